import { expect, test } from "vitest";
import { MemoryHost } from "./host/memory-host.ts";
import { runCommand } from "./program.ts";

const header = `struct inner { int a; };
/* @rbgen record */
struct noted { int b; };
struct plain { int c; struct inner held; };
/* @rbgen record=other */
typedef struct { int d; } typed;
`;
const program = `#include "types.h"
#include <linux/thing.h>
struct mine { int x; };
struct { int (*type)[27]; int (*max_entries)[4096]; struct mine *value; } events __attribute__((section(".maps")));
struct { int (*type)[27]; int (*max_entries)[4096]; } other __attribute__((section(".maps")));
`;
const files = {
  "/w/types.h": header,
  "/w/probe.bpf.c": program,
  "/w/uses.h": '#include "types.h"\nstruct own { struct plain plain; };\n',
  "/usr/include/linux/thing.h": "/* @rbgen record */\nstruct systems { int y; };\n",
};

async function recordsOf(args: string, more: Record<string, string> = {}): Promise<readonly string[]> {
  const host = new MemoryHost({ files: { ...files, ...more } });
  expect(await runCommand([...args.split(" "), "--json", "--dry-run"], host), host.out + host.err).toBe(0);
  const { files: made, diagnostics } = JSON.parse(host.out);
  expect(diagnostics).toEqual([]);
  return made.flatMap(({ records }: { records: readonly string[] }) => records).sort();
}

test("annotations reach the structs of the headers that a program is compiled of, and not those of the system's", async () => {
  expect(await recordsOf("probe.bpf.c")).toEqual(["mine", "noted", "typed"]);
  const host = new MemoryHost({ files });
  await runCommand(["list", "probe.bpf.c"], host);
  expect(host.out).toContain("other   ringbuf, max_entries 4096, record typed");
});

test("list tells of the types of those headers", async () => {
  const host = new MemoryHost({ files });
  await runCommand(["list", "probe.bpf.c", "--json"], host);
  const [{ from }] = JSON.parse(host.out).inputs;
  const types = ["struct inner", "struct noted", "struct plain", "typedef typed"];
  expect(from).toContainEqual({ origin: "types.h", types });
  expect(host.out).not.toContain("systems");
});

test("so do the configuration's, and --all", async () => {
  const config = { "/w/rbgen.config.json": '{ "annotations": { "plain": ["record"] } }' };
  expect(await recordsOf("probe.bpf.c", config)).toEqual(["mine", "noted", "plain", "typed"]);
  expect(await recordsOf("probe.bpf.c --all")).toEqual(["inner", "mine", "noted", "plain", "typed"]);
});

test("what a header includes is an input of its own", async () => {
  expect(await recordsOf("uses.h")).toEqual(["own"]);
  expect(await recordsOf("uses.h --all")).toEqual(["own"]);
});
