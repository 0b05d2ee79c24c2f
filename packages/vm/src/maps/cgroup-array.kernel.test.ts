import { closeSync, mkdirSync, openSync, readFileSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BpfObject } from "@rbgen/native";
import { compileBpf } from "@rbgen/testkit/compile";
import { cgroupRoot, describeWith } from "@rbgen/testkit/tools";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadAddon } from "../../../native/src/addon/load-addon.ts";
import { createMap, deleteElement, updateElement } from "../../../native/src/kernel/map-commands.ts";
import { VmObject } from "../index.ts";

const slots = 6;
const bytes = compileBpf(`
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
struct { __uint(type, BPF_MAP_TYPE_CGROUP_ARRAY); __uint(max_entries, ${slots}); __type(key, __u32); __type(value, __u32); } groups SEC(".maps");
__u64 own;
__s64 answers[${slots} + 2];
SEC("raw_tp/sched_switch") int ask(void *ctx)
{
	own = bpf_get_current_cgroup_id();
	for (__u32 slot = 0; slot < ${slots}; slot++)
		answers[slot] = bpf_current_task_under_cgroup(&groups, slot);
	answers[${slots}] = bpf_current_task_under_cgroup(&groups, ${slots});
	answers[${slots} + 1] = bpf_current_task_under_cgroup(&groups, 0xffffffff);
	return 0;
}`);

const u32 = (value: number) => new Uint8Array(Uint32Array.of(value).buffer);

function ask(object: BpfObject | VmObject): readonly unknown[] {
  object.program("ask").run({ context: new Uint8Array(8) });
  const answers = (object.global("answers").get() as Uint8Array).slice();
  return [object.global("own").get(), ...new BigInt64Array(answers.buffer)];
}

const idOf = (folder: string): bigint => statSync(folder, { bigint: true }).ino;

describeWith(["kernel", "clang", "libbpf", "cgroup2"], "control groups", () => {
  const root = cgroupRoot() ?? "";
  const folders = ["", "outer", "outer/inner", "outer/beside", "outer/inner/below"].map((path) =>
    path === "" ? root : join(root, `rbgen-${process.pid}`, path),
  );
  const [, outer = "", inner = ""] = folders;
  const top = join(root, `rbgen-${process.pid}`);
  /** Where this process is, to go back to. */
  let before = root;

  beforeAll(() => {
    const path = /^0::(.*)$/m.exec(readFileSync("/proc/self/cgroup", "utf8"))?.[1] ?? "/";
    before = join(root, path);
    for (const folder of [top, ...folders.slice(1)]) mkdirSync(folder);
    writeFileSync(join(inner, "cgroup.procs"), `${process.pid}`);
  });

  afterAll(() => {
    writeFileSync(join(before, "cgroup.procs"), `${process.pid}`);
    for (const folder of [...folders.slice(1).reverse(), top]) rmdirSync(folder);
  });

  test("have the task under its own and those above, and not under others, as in the kernel", async () => {
    const map = createMap({ type: 8, keySize: 4, valueSize: 4, maxEntries: slots, flags: 0, name: "groups" });
    const opened = folders.map((folder) => openSync(folder, "r"));
    try {
      opened.forEach((fd, slot) => {
        expect(updateElement(map, u32(slot), u32(fd))).toBe(0);
      });
      using kernel = await BpfObject.load(bytes, { maps: { groups: { reuse: { fd: map } } } });
      const theirs = ask(kernel);
      expect(theirs).toEqual([idOf(inner), 1n, 1n, 1n, 0n, 0n, -11n, -7n, -7n]);
      const beyond = updateElement(map, u32(slots), u32(opened[0] as number));
      const emptied = [2, 2, slots].map((slot) => deleteElement(map, u32(slot)));
      for (const engine of ["wasm", "interpreter"] as const) {
        using vm = await VmObject.load(bytes, { engine });
        const groups = vm.cgroupArray("groups");
        vm.become({ cgroupId: idOf(inner), cgroupAncestors: [idOf(outer), idOf(top)] });
        folders.forEach((folder, slot) => {
          groups.set(slot, idOf(folder));
        });
        expect(ask(vm)).toEqual(theirs);
        expect(() => groups.set(slots, 1n)).toThrow(expect.objectContaining({ code: "E2BIG", errno: beyond }));
        expect([groups.delete(2), groups.delete(2)]).toEqual(emptied.slice(0, 2).map((result) => result === 0));
        expect(() => groups.delete(slots)).toThrow(expect.objectContaining({ errno: emptied[2] }));
        expect(ask(vm)).toEqual(ask(kernel));
      }
    } finally {
      for (const fd of opened) closeSync(fd);
      loadAddon().close(map);
    }
  });

  test.each([
    [4, 4, 1, 0],
    [4, 8, 1, 0],
    [8, 4, 1, 0],
    [4, 4, 0, 0],
    [4, 4, 1, 128],
    [4, 4, 1, 256],
  ])(
    "are kept in maps of the kernel's sizes: %d and %d bytes, %d slots, flags %d",
    (keySize, valueSize, maxEntries, flags) => {
      const fd = createMap({ type: 8, keySize, valueSize, maxEntries, flags, name: "groups" });
      if (fd >= 0) loadAddon().close(fd);
      using object = VmObject.open(
        compileBpf(`#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct { __uint(type, BPF_MAP_TYPE_CGROUP_ARRAY); __uint(key_size, ${keySize}); __uint(value_size, ${valueSize}); __uint(max_entries, ${maxEntries}); __uint(map_flags, ${flags}); } groups SEC(".maps");`),
      );
      if (fd >= 0) object.load();
      else expect(() => object.load()).toThrow(expect.objectContaining({ code: "EINVAL" }));
    },
  );
});
