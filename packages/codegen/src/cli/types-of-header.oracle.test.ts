import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWith } from "@rbgen/testkit";
import { compileBpf, withoutDebugInfo } from "@rbgen/testkit/compile";
import { afterEach, beforeEach, expect, test } from "vitest";
import { realHost } from "./host/machine.ts";
import { runCommand } from "./program.ts";

const header = `
typedef unsigned int u32;
enum kind { EXEC = 1 };
struct event { u32 pid; enum kind kind; char comm[16]; long when; };
struct other { char bytes[12]; };
`;
const source = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "event.h"
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } events SEC(".maps");
SEC("tp/sched/sched_process_exec") int on_exec(void *ctx) {
  struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
  if (!e) return 0;
  e->pid = bpf_get_current_pid_tgid() >> 32;
  e->kind = EXEC;
  bpf_get_current_comm(e->comm, sizeof(e->comm));
  bpf_ringbuf_submit(e, 0);
  return 0;
}
`;

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rbgen-types-"));
  writeFileSync(join(folder, "event.h"), header);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: readonly string[]): Promise<{ code: number; told: string }> {
  let told = "";
  const write = (text: string): void => {
    told += text;
  };
  const stream = { isTTY: false, columns: 100, write };
  const code = await runCommand(args, { ...realHost(), cwd: folder, stdout: stream, stderr: stream });
  return { code, told };
}

describeWith(["clang"], "an object whose compiler dropped its record", () => {
  test.each(["little", "big"] as const)("finds it in the header of --types, %s-endian", async (endian) => {
    writeFileSync(join(folder, "probe.bpf.o"), withoutDebugInfo(compileBpf(source, endian, [`-I${folder}`])));
    const without = await run("probe.bpf.o");
    expect(without.code).toBe(0);
    expect(without.told).toMatch(/warning RB4009/);
    expect(without.told).toMatch(/32 bytes are reserved here without a type[\s\S]*--types HEADER/);
    const { code, told } = await run("probe.bpf.o", "--types", "event.h", "-o", "out.ts");
    expect(told).toMatch(/^events: struct event \(the only struct of that size\), reserved at .*types\.bpf\.c:7$/m);
    expect(code).toBe(0);
    const text = readFileSync(join(folder, "out.ts"), "utf8");
    expect(text).toContain("export interface Event");
    expect(text).not.toContain("Other");
    expect(text.includes("getUint32(offset, true)")).toBe(endian === "little");
    const listed = await run("list", "probe.bpf.o", "--types", "event.h");
    expect(listed.told).toMatch(/events +ringbuf, max_entries 4096, record event/);
  });

  test("a header that is none, or is not there, is an error", async () => {
    writeFileSync(join(folder, "probe.bpf.o"), compileBpf(source, "little", [`-I${folder}`]));
    expect((await run("probe.bpf.o", "--types", "probe.bpf.o")).told).toMatch(/RB5003: --types takes a C header/);
    expect((await run("probe.bpf.o", "--types", "none.h")).told).toMatch(/none\.h/);
  });
});
