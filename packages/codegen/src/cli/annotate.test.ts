import { expect, test } from "vitest";
import { MemoryHost } from "./host/memory-host.ts";
import { runCommand } from "./program.ts";

const head = `
#include <linux/types.h>
#include <bpf/bpf_helpers.h>
#include "event.h"
static long (*bpf_ringbuf_output)(void *ringbuf, void *data, __u64 size, __u64 flags) = (void *) 130;
struct { __uint(type, 27); __uint(max_entries, 4096); } events SEC(".maps");
struct { __uint(type, 27); __uint(max_entries, 4096); } texts SEC(".maps");
`;
const source = `${head}
SEC("tp/a") int a(void *ctx) { struct open e = { .kind = 1 }; bpf_ringbuf_output(&events, &e, sizeof(e), 0); return 0; }
SEC("tp/b") int b(void *ctx) { struct exit e = { .kind = 2 }; bpf_ringbuf_output(&events, &e, sizeof(e), 0); return 0; }
SEC("tp/c") int c(void *ctx) { struct text e = {}; bpf_ringbuf_output(&texts, &e, 4 + e.length, 0); return 0; }
`;
const header = `struct open { __u32 kind; char path[8]; }; struct exit { __u32 kind; int code; };
struct text { __u32 length; char bytes[16]; }; struct other { int x; };
`;
const files = { "/p/.git/HEAD": "", "/p/src/probe.bpf.c": source, "/p/include/event.h": header };
const configuration = `import { defineConfig } from "rbgen";

export default defineConfig({
  inputs: [
    {
      path: "probe.bpf.c",
      maps: {
        "events": { // sent at probe.bpf.c:9
          tag: "kind",
          records: {
            "struct open": 1,
            "struct exit": 2,
          },
        },
        "texts": "struct text", // sent at probe.bpf.c:11
      },
      annotations: {
        "text.bytes": ["length=length"],
      },
    },
  ],
  includePaths: ["../include"],
});
`;

async function rbgen(
  args: string,
  more: Readonly<Record<string, string>> = {},
  configs: Readonly<Record<string, unknown>> = {},
) {
  const host = new MemoryHost({ files: { ...files, ...more }, cwd: "/p/src", configs });
  const code = await runCommand(args === "" ? [] : args.split(" "), host);
  return Object.assign(host, { code });
}

test("annotate takes the configuration's inputs where none is named", async () => {
  const run = await rbgen("annotate", { "/p/src/rbgen.config.json": '{ "inputs": ["probe.bpf.c"] }' });
  expect([run.code, run.out]).toEqual([0, configuration]);
  const none = await rbgen("annotate");
  expect([none.code, none.err]).toEqual([2, expect.stringContaining("no input: name a header")]);
});

test("annotate prints the configuration that says what was found", async () => {
  const run = await rbgen("annotate probe.bpf.c");
  expect([run.code, run.err, run.out]).toEqual([0, "-I ../include: found event.h there\n", configuration]);
  expect(run.written).toEqual([]);
});

test("--write writes it once, and never over one that is there", async () => {
  const run = await rbgen("annotate probe.bpf.c --write");
  expect([run.code, run.out, run.text("/p/src/rbgen.config.ts")]).toEqual([0, "", configuration]);
  const again = await rbgen(
    "annotate probe.bpf.c --write",
    { "/p/src/rbgen.config.ts": "mine" },
    { "/p/src/rbgen.config.ts": {} },
  );
  expect(again.code).toBe(1);
  expect(again.err).toContain("error RB5005: cannot write rbgen.config.ts: it is there already");
  expect(again.text("/p/src/rbgen.config.ts")).toBe("mine");
});

test("what it prints generates the same", async () => {
  const value: unknown = new Function(
    `${configuration.replace(/^import.*$/m, "").replace("export default defineConfig(", "return (")}`,
  )();
  const plain = await rbgen("probe.bpf.c -o a.ts");
  const fixed = await rbgen("", { "/p/src/rbgen.config.ts": "" }, { "/p/src/rbgen.config.ts": value });
  expect([plain.code, fixed.code]).toEqual([0, 0]);
  const text = plain.text("/p/src/a.ts");
  expect(text).toContain("`texts`: ringbuf, 4096 bytes. struct text, sent in probe.bpf.c.");
  expect(fixed.text("/p/src/probe.gen.ts")).toBe(text);
});

test("a line before a program's code, or a header's structs, changes nothing of what is generated", async () => {
  const plain = await rbgen("probe.bpf.c -o a.ts");
  const moved = await rbgen("probe.bpf.c -o a.ts", {
    "/p/src/probe.bpf.c": `\n\n${source.replace('SEC("tp/a")', '\nSEC("tp/a")')}`,
    "/p/include/event.h": `\n\n\n${header}`,
  });
  expect([plain.code, moved.code]).toEqual([0, 0]);
  expect(moved.text("/p/src/a.ts")).toBe(plain.text("/p/src/a.ts"));
});

test("a tag that goes by another path in each record is printed so, and generates the same", async () => {
  const headed = source
    .replace(/SEC\("tp\/a"\).*/, "struct headed { struct exit head; long more; };\n$&")
    .replace(/struct open e = .*?;/, "struct headed e = { .head.kind = 1 };");
  const more = { "/p/src/probe.bpf.c": headed };
  const run = await rbgen("annotate probe.bpf.c", more);
  expect(run.out).toContain('"struct headed": "head.kind",\n            "struct exit": "kind",');
  const text = run.out.replace(/^import.*$/m, "").replace("export default defineConfig(", "return (");
  const value: unknown = new Function(text)();
  const plain = await rbgen("probe.bpf.c -o a.ts", more);
  const fixed = await rbgen("", { ...more, "/p/src/rbgen.config.ts": "" }, { "/p/src/rbgen.config.ts": value });
  expect([plain.code, fixed.code]).toEqual([0, 0]);
  expect(fixed.text("/p/src/probe.gen.ts")).toBe(plain.text("/p/src/a.ts"));
});

test("the empty file that a shell makes for its output is no fault", async () => {
  const empty = { "/p/src/rbgen.config.ts": "" };
  const printed = await rbgen("annotate probe.bpf.c", empty, { "/p/src/rbgen.config.ts": undefined });
  expect([printed.code, printed.out]).toEqual([0, configuration]);
  const json = await rbgen("probe.bpf.c -o a.ts", { "/p/src/rbgen.config.json": "" });
  expect(json.code).toBe(0);
  const written = await rbgen("annotate probe.bpf.c --write", empty, { "/p/src/rbgen.config.ts": undefined });
  expect([written.code, written.text("/p/src/rbgen.config.ts")]).toEqual([0, configuration]);
});

test("a map that carries more than what is known is a comment", async () => {
  const more = `${source} SEC("tp/d") int d(void *ctx) { char b[8]; bpf_ringbuf_output(&texts, b, 8, 0); return 0; }`;
  const run = await rbgen("annotate probe.bpf.c", { "/p/src/probe.bpf.c": more });
  expect(run.out).toContain("      // texts carries struct text, and not these alone, or untold apart\n");
  expect(run.out).not.toContain('"texts":');
  expect(run.err).toContain("warning RB4009");
});

test("infer: false of a configuration is --no-infer", async () => {
  const configs = { "/p/src/rbgen.config.ts": { infer: false } };
  const off = await rbgen("probe.bpf.c -o a.ts", { "/p/src/rbgen.config.ts": "" }, configs);
  const flag = await rbgen("probe.bpf.c -o a.ts --no-infer");
  expect(off.text("/p/src/a.ts")).toBe(flag.text("/p/src/a.ts"));
  expect(off.err).not.toContain("sent at");
});

test("list and --json say how a record was found, and where", async () => {
  const list = await rbgen("list probe.bpf.c");
  expect(list.out).toContain("  events  ringbuf, max_entries 4096, record open,exit, sent at probe.bpf.c:9\n");
  const found = { by: "type", verb: "sent", at: "probe.bpf.c:11" };
  const { inputs } = JSON.parse((await rbgen("list probe.bpf.c --json")).out);
  expect(inputs[0].maps[1]).toMatchObject({ name: "texts", record: "text", found });
  const generated = JSON.parse((await rbgen("probe.bpf.c --json -o a.ts")).out);
  expect(generated.files[0].maps[1]).toEqual({ map: "texts", records: ["struct text"], found });
});

test("-v shows each call, how long its sample is, and what tells records apart", async () => {
  const run = await rbgen("probe.bpf.c -o a.ts -v");
  expect(run.err).toContain("events: sent at probe.bpf.c:9: struct open, by its type, 12 bytes\n");
  expect(run.err).toContain("events: struct exit where kind is 2\n");
  expect(run.err).toContain("texts: sent at probe.bpf.c:11: struct text, by its type, 4 bytes and length\n");
});

test.each(["\u202e", "\u061c", "\u200b", "\x1b[31m", "\x85", "\u{e0041}", "\u2028", '"', "\\u0041"])(
  "the configuration names files whose names are hostile, and shows what it says: %j",
  async (text) => {
    const name = `p${text}.c`;
    const folder = `/p/x${text}y`;
    for (const write of [true, false]) {
      const host = new MemoryHost({
        files: { "/p/.git/HEAD": "", [`${folder}/${name}`]: source, "/p/include/event.h": header },
        cwd: "/p",
        configs: {},
      });
      const args = ["annotate", `${folder}/${name}`, "-I", "include", ...(write ? ["--write"] : [])];
      expect(await runCommand(args, host)).toBe(0);
      const written = write ? host.text("/p/rbgen.config.ts")! : host.out;
      expect(written).toMatch(/^[\n -~]*$/);
      const value: unknown = new Function(
        `${written.replace(/^import.*$/m, "").replace("export default defineConfig(", "return (")}`,
      )();
      expect(value).toMatchObject({ inputs: [{ path: `x${text}y/${name}` }], includePaths: ["include"] });
    }
  },
);

test("a file that is called - is no standard input", async () => {
  const host = new MemoryHost({ files: { ...files, "/p/src/-": source }, cwd: "/p/src" });
  expect(await runCommand(["annotate", "./-"], host)).toBe(0);
  expect(host.out).toContain('path: "./-"');
});
