import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describeWith } from "@rbgen/testkit";
import { compileBpf } from "@rbgen/testkit/compile";
import { PrivateBpffs } from "@rbgen/testkit/native/private-bpffs";
import { afterAll, beforeAll, expect, test } from "vitest";

const bin = fileURLToPath(new URL("../../bin/rbgen.mjs", import.meta.url));
const built = existsSync(new URL("../../dist/cli/start.cjs", import.meta.url));
const title = "rbgen tail";

const source = `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct event { __u64 ts; __u32 pid; char comm[12]; };
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } tailed SEC(".maps");
const struct event *unused_event __attribute__((unused));
SEC("syscall") int send(void *context)
{
	struct event event = { .ts = 1ull << 60, .pid = 7, .comm = "sh" };
	bpf_ringbuf_output(&tailed, &event, sizeof(event), 0);
	return 0;
}
char LICENSE[] SEC("license") = "GPL";
`;

describeWith(["kernel", "libbpf", "clang"], built ? title : `${title} [needs a build (npm test)]`, () => {
  let folder: string;
  let close: () => void;
  let pinned: string;

  function rbgen(...args: readonly string[]) {
    const done = spawnSync(process.execPath, [bin, ...args], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, NO_COLOR: "1" },
    });
    return { code: done.status, out: done.stdout, err: done.stderr };
  }

  beforeAll(async () => {
    const { BpfObject } = await import("@rbgen/native");
    folder = mkdtempSync(join(tmpdir(), "rbgen-tail-"));
    const bytes = compileBpf(source);
    writeFileSync(join(folder, "probe.bpf.o"), bytes);
    writeFileSync(
      join(folder, "event.h"),
      "struct event { unsigned long long ts; unsigned int pid; char comm[12]; };\n",
    );
    const object = await BpfObject.load(bytes);
    const ring = object.ringBuf("tailed");
    const bpffs = new PrivateBpffs();
    pinned = bpffs.path("events");
    ring.pin(pinned);
    for (let index = 0; index < 16; index += 1) object.program("send").run();
    close = () => {
      object.close();
      bpffs.close();
    };
  });
  afterAll(() => {
    close();
    rmSync(folder, { recursive: true, force: true });
  });

  const line = '{"ts":"1152921504606846976","pid":7,"comm":"sh"}\n';

  test("prints a line of JSON for each record, by the types that the kernel has", () => {
    expect(rbgen("tail", pinned, "--type", "event", "--count", "2")).toEqual({ code: 0, out: line.repeat(2), err: "" });
  });

  test("takes a header, or an object whose code tells the record", () => {
    expect(rbgen("tail", pinned, "event.h", "--type", "event", "-n", "1")).toEqual({ code: 0, out: line, err: "" });
    expect(rbgen("tail", pinned, "probe.bpf.o", "-n", "1")).toMatchObject({ code: 0, out: line });
  });

  test("reads by what the entry of the configuration says of its input", () => {
    const inputs = [{ path: "other.bpf.o" }, { path: "*.o", annotations: { "event.pid": "name=process" } }];
    writeFileSync(join(folder, "own.json"), JSON.stringify({ inputs }));
    const renamed = line.replace("pid", "process");
    expect(rbgen("tail", pinned, "probe.bpf.o", "-n", "1", "--config", "own.json")).toMatchObject({
      code: 0,
      out: renamed,
    });
    writeFileSync(join(folder, "first.json"), JSON.stringify({ inputs: inputs.slice(1) }));
    expect(rbgen("tail", pinned, "-n", "1", "--config", "first.json")).toMatchObject({ code: 0, out: renamed });
  });

  test("says that no program tells the layout, and refuses one that differs from a program's", () => {
    writeFileSync(
      join(folder, "other.h"),
      "struct unheard { unsigned long long ts; unsigned int pid; char comm[12]; };\nstruct event { unsigned int pid, seq; unsigned long long ts; char comm[8]; };\n",
    );
    const told = rbgen("tail", pinned, "other.h", "--type", "unheard", "-n", "1");
    expect(told).toMatchObject({ code: 0, out: line });
    expect(told.err).toContain('warning RB5023: nothing tells the layout of "unheard"');
    const json = rbgen("tail", pinned, "other.h", "--type", "unheard", "-n", "1", "--diagnostics", "json");
    expect(JSON.parse(json.err)).toMatchObject({ code: "RB5023", severity: "warning" });
    const differs = rbgen("tail", pinned, "other.h", "--type", "event", "-n", "1");
    expect(differs).toMatchObject({ code: 1, out: "" });
    expect(differs.err).toMatch(/error RB5021: in the kernel's program send, event differs/);
  });

  test("says what is missing: the ring, the record, or its type", () => {
    expect(rbgen("tail", `${pinned}-not`, "--type", "event")).toMatchObject({
      code: 1,
      err: expect.stringContaining("error RB5021: ENOENT"),
    });
    expect(rbgen("tail", pinned, "--type", "nosuch").err).toContain(
      'no program in the kernel that uses this ring tells of "nosuch"',
    );
    expect(rbgen("tail", pinned, "event.h")).toEqual({
      code: 1,
      out: "",
      err:
        `${pinned}: error RB5021: nothing tells which records tailed carries\n  note: structs there: event\n` +
        `  hint: say it: rbgen tail ${pinned} event.h --type event\n`,
    });
    expect(rbgen("tail", pinned, "--type", "event", "-n", "0").code).toBe(2);
  });

  test("names commands that there are, and no struct of a hash, where the kernel's types do not tell the record", async () => {
    const { BpfObject } = await import("@rbgen/native");
    const untold = source
      .replace(
        /const struct event \*unused_event.*\n/,
        'struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 8); __type(key, struct flow); __type(value, __u64); } flows SEC(".maps");\n',
      )
      .replace("struct event {", "struct flow { __u32 a; };\nstruct event {")
      .replace(
        "\tbpf_ringbuf_output",
        "\tstruct flow flow = {};\n\tbpf_map_lookup_elem(&flows, &flow);\n\tbpf_ringbuf_output",
      );
    const object = await BpfObject.load(compileBpf(untold));
    const bpffs = new PrivateBpffs();
    try {
      const place = bpffs.path("untold");
      object.ringBuf("tailed").pin(place);
      object.program("send").run();
      const run = rbgen("tail", place);
      expect(run).toEqual({
        code: 1,
        out: "",
        err:
          `${place}: error RB5021: nothing tells which records tailed carries\n` +
          `  hint: name the header or source that has the record behind the ring: rbgen tail ${place} events.h --type event\n`,
      });
      expect(rbgen("tail", place, "event.h", "--type", "event", "-n", "1").out).toBe(line);
    } finally {
      object.close();
      bpffs.close();
    }
  });
});
