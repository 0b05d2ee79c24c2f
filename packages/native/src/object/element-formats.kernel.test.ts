import type { ArrayMapDescriptor, HashMapDescriptor, RecordCodec } from "@rbgen/runtime";
import { beforeAll, expect, test } from "vitest";
import { compileBpf } from "../../../testkit/src/compile.ts";
import { describeWith } from "../../../testkit/src/index.ts";
import { generatedSdk } from "../../../testkit/src/native/generated-sdk.ts";
import { PrivateBpffs } from "../../../testkit/src/native/private-bpffs.ts";
import { BpfObject } from "../index.ts";

/** An object with a hash and an array of `value`, which has eight bytes. */
function source(value: string): string {
  return `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, __u32); __type(value, ${value}); } shared SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, ${value}); } slots SEC(".maps");
SEC("syscall") int nothing(void *context) { return 0; }
char LICENSE[] SEC("license") = "GPL";
`;
}

interface Maps {
  readonly shared: HashMapDescriptor<RecordCodec<number>, RecordCodec<unknown>>;
  readonly slots: ArrayMapDescriptor<RecordCodec<unknown>>;
}

describeWith(["kernel", "clang", "libbpf"], "a map that another object made", () => {
  let words: Uint8Array;
  let pairs: Uint8Array;
  beforeAll(() => {
    words = compileBpf(source("__u64"));
    pairs = compileBpf(source("struct { __u32 a; __u32 b; }"));
  });

  async function mapsOf(bytes: Uint8Array): Promise<Maps> {
    const { maps } = (await generatedSdk(bytes)) as unknown as { readonly maps: Maps };
    return maps;
  }

  test("is held against the types that it has in the kernel, beside those of the object", async () => {
    const bpffs = new PrivateBpffs();
    try {
      const pinned = { shared: { pinPath: bpffs.path("shared") }, slots: { pinPath: bpffs.path("slots") } };
      using maker = await BpfObject.load(words, { maps: pinned });
      const ofWords = await mapsOf(words);
      maker.hash(ofWords.shared).set(1, 2n as never);
      using other = await BpfObject.load(pairs, { maps: pinned });
      const ofPairs = await mapsOf(pairs);
      expect(() => other.hash(ofPairs.shared)).toThrow(/EINVAL.*values of hash "shared": shared_value differs/);
      expect(() => other.array(ofPairs.slots)).toThrow(/EINVAL.*values of array "slots": slots_value differs/);
      expect(() => other.hash(ofWords.shared)).toThrow(/EINVAL.*values of hash "shared": __u64 differs/);
      using same = await BpfObject.load(words, { maps: pinned });
      expect(same.hash(ofWords.shared).get(1)).toBe(2n);
    } finally {
      bpffs.close();
    }
  });
});
