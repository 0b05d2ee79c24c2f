import { BpfObject } from "@rbgen/native";
import { compileBpf } from "@rbgen/testkit/compile";
import { describeWith } from "@rbgen/testkit/tools";
import { expect, test } from "vitest";
import { loadAddon } from "../../../native/src/addon/load-addon.ts";
import { createMap, deleteElement, lookupElement } from "../../../native/src/kernel/map-commands.ts";
import { VmObject } from "../index.ts";
import { jhash2 } from "./jhash.ts";

/** Asks twice for its stack, as flags say, and once for its bytes. */
const source = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
struct { __uint(type, BPF_MAP_TYPE_STACK_TRACE); __uint(max_entries, 1000); __uint(key_size, 4); __uint(value_size, 16 * 8); } stacks SEC(".maps");
__u64 flags, size;
__s64 first, second, copied, short_copy;
__u64 frames[16];
SEC("raw_tp/sched_switch") int ask(void *ctx)
{
	first = bpf_get_stackid(ctx, &stacks, flags);
	second = bpf_get_stackid(ctx, &stacks, flags | BPF_F_FAST_STACK_CMP);
	copied = bpf_get_stack(ctx, frames, sizeof(frames), flags);
	short_copy = size == 12 ? bpf_get_stack(ctx, frames, 12, flags) : 0;
	return 0;
}`;

const BPF_F_FAST_STACK_CMP = 1n << 9n;

const bytes = compileBpf(source);
const wanted = ["first", "second", "copied", "short_copy"] as const;

describeWith(["kernel", "clang", "libbpf"], "stacks", () => {
  test.each(["wasm", "interpreter"] as const)("have the kernel's ids and lengths, by %s", async (engine) => {
    using kernel = await BpfObject.load(bytes);
    const ask = (object: BpfObject | VmObject, flags: bigint, size = 0) => {
      object.global("flags").set(flags);
      object.global("size").set(BigInt(size));
      object.program("ask").run({ context: new Uint8Array(8) });
      return wanted.map((name) => object.global(name).get());
    };
    const framesOf = (object: BpfObject | VmObject): bigint[] => [
      ...new BigUint64Array((object.global("frames").get() as Uint8Array).slice().buffer),
    ];
    for (const skip of [0n, 1n, 3n]) {
      using vm = await VmObject.load(bytes, { engine });
      const theirs = ask(kernel, skip);
      const seen = framesOf(kernel).slice(0, Number(theirs[2]) / 8);
      expect(seen.length).toBeGreaterThan(2);
      // the kernel's own frames: those that it skipped do not count
      const skipped = Array.from({ length: Number(skip) }, () => 1n);
      vm.become({ stack: { kernel: [...skipped, ...seen] } });
      const ours = ask(vm, skip);
      expect(ours[2]).toBe(theirs[2]);
      expect(framesOf(vm).slice(0, seen.length)).toEqual(seen);
      expect(ours[0]).toBe(ours[1]);
      expect(vm.stackTraces("stacks").get(Number(ours[0]))).toEqual(seen);
    }
  });

  test("have the id that the kernel's hash of them gives", async () => {
    const size = 16 * 8;
    const fd = createMap({ type: 7, keySize: 4, valueSize: size, maxEntries: 1000, flags: 0, name: "stacks" });
    try {
      using kernel = await BpfObject.load(bytes, { maps: { stacks: { reuse: { fd } } } });
      const keyOf = (id: number) => new Uint8Array(Uint32Array.of(id).buffer);
      for (const skip of [0n, 1n, 2n]) {
        for (const compare of [0n, BPF_F_FAST_STACK_CMP]) {
          kernel.global("flags").set(skip | compare);
          kernel.program("ask").run({ context: new Uint8Array(8) });
          const id = Number(kernel.global("first").get());
          const value = new Uint8Array(size);
          expect(lookupElement(fd, keyOf(id), value)).toBe(0);
          const frames = [...new BigUint64Array(value.buffer)];
          const stack = frames.includes(0n) ? frames.slice(0, frames.indexOf(0n)) : frames;
          expect(stack.length).toBeGreaterThan(2);
          expect(jhash2(stack) & 1023).toBe(id);
          // two stacks may have one hash, and the one that comes second is then refused: each finds an empty map
          for (let other = 0; other < 1024; other++) deleteElement(fd, keyOf(other));
        }
      }
    } finally {
      loadAddon().close(fd);
    }
  });

  test.each([1n << 12n, 1n << 40n, 255n, 255n | 256n])("with the flags %d give the kernel's errnos", async (flags) => {
    using kernel = await BpfObject.load(bytes);
    using vm = await VmObject.load(bytes);
    const outcomes = [kernel, vm].map((object) => {
      object.global("flags").set(flags);
      object.program("ask").run({ context: new Uint8Array(8) });
      return wanted.map((name) => object.global(name).get());
    });
    expect(outcomes[1]).toEqual(outcomes[0]);
  });
});
