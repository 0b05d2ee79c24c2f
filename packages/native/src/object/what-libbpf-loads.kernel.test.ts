import { expect, test } from "vitest";
import { compileBpf } from "../../../testkit/src/compile.ts";
import { describeWith } from "../../../testkit/src/index.ts";
import { BpfObject } from "../index.ts";

const head = `
#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
`;

describeWith(["kernel", "clang", "libbpf"], "what libbpf loads", () => {
  test("an object with an enum that is only declared is opened, loaded and run", async () => {
    const bytes = compileBpf(`${head}
      enum later; struct ops { int (*callback)(enum later); int count; };
      struct ops ops;
      SEC("syscall") int program(void *ctx) { return ++ops.count; }`);
    using object = await BpfObject.load(bytes);
    expect(object.btf?.find("later")).toMatchObject([{ kind: "fwd", of: "enum" }]);
    expect(object.program("program").run({ context: new Uint8Array(8) }).returnValue).toBe(1);
  });

  test("variables of .kconfig are what the programs read, whatever their order, and are read-only", async () => {
    const bytes = compileBpf(`${head}
      extern bool CONFIG_BPF __kconfig __weak;
      extern int LINUX_KERNEL_VERSION __kconfig;
      extern unsigned long CONFIG_HZ __kconfig __weak;
      extern char CONFIG_CC_VERSION_TEXT[6] __kconfig __weak;
      struct seen { unsigned long hz; int version; bool bpf; char text[6]; } seen;
      SEC("syscall") int program(void *ctx) {
        seen.bpf = CONFIG_BPF; seen.version = LINUX_KERNEL_VERSION; seen.hz = CONFIG_HZ;
        for (int i = 0; i < 6; i++) seen.text[i] = CONFIG_CC_VERSION_TEXT[i];
        return 0; }`);
    using object = BpfObject.open(bytes);
    expect(() => object.global("LINUX_KERNEL_VERSION").get()).toThrow(/once the object is loaded/);
    object.load();
    object.program("program").run({ context: new Uint8Array(8) });
    const seen = object.global("seen").get() as Uint8Array;
    const view = new DataView(seen.buffer, seen.byteOffset);
    expect(object.global("LINUX_KERNEL_VERSION").get()).toBe(view.getInt32(8, true));
    expect(view.getInt32(8, true)).toBeGreaterThan(0x50000);
    expect(object.global("CONFIG_HZ").get()).toBe(view.getBigUint64(0, true));
    expect(object.global("CONFIG_BPF").get()).toBe(view.getUint8(12) === 1);
    expect(object.global("CONFIG_CC_VERSION_TEXT").get()).toEqual(seen.subarray(13, 19));
    expect(() => object.global("CONFIG_HZ").set(1n)).toThrow(expect.objectContaining({ code: "EPERM" }));
  });

  test.each(["RINGBUF", "USER_RINGBUF", "PERF_EVENT_ARRAY"])(
    "a type of values that tells the records of a map of type %s costs nothing",
    async (type) => {
      const entries = type === "PERF_EVENT_ARRAY" ? 2 : 4096;
      const bytes = compileBpf(`${head}
        struct event { long a, b; };
        struct { __uint(type, BPF_MAP_TYPE_${type}); __uint(max_entries, ${entries}); __type(value, struct event);
          ${type === "PERF_EVENT_ARRAY" ? "__uint(key_size, 4);" : ""} } events SEC(".maps");
        SEC("syscall") int program(void *ctx) { return 0; }`);
      using object = await BpfObject.load(bytes);
      const map =
        type === "RINGBUF"
          ? object.ringBuf("events")
          : type === "USER_RINGBUF"
            ? object.userRingBuf("events")
            : object.perfEventArray("events");
      expect(map.info.maxEntries).toBe(entries);
    },
  );

  test.each([
    [
      "STACK_TRACE",
      "__uint(key_size, 4); __uint(max_entries, 8);",
      { valueSize: 0 },
      { valueSize: 16 },
      /value_size is 0,.*valueSize/,
    ],
    [
      "STACK_TRACE",
      "__uint(key_size, 4); __uint(max_entries, 8);",
      { valueSize: 12 },
      { valueSize: 1016 },
      /value_size is 12/,
    ],
    [
      "STACK_TRACE",
      "__uint(key_size, 8); __uint(max_entries, 8);",
      { valueSize: 16 },
      undefined,
      /key_size is 8, and has to be 4/,
    ],
    ["HASH", "__type(key, int); __type(value, int);", {}, { maxEntries: 3 }, /max_entries is 0/],
    ["HASH", "__type(key, int); __uint(max_entries, 8);", {}, { valueSize: 4 }, /value_size is 0/],
    ["ARRAY", "__type(key, long); __type(value, int); __uint(max_entries, 8);", {}, undefined, /key_size is 8/],
    [
      "QUEUE",
      "__type(key, int); __type(value, int); __uint(max_entries, 8);",
      {},
      undefined,
      /key_size is 4, and has to be 0/,
    ],
    [
      "PROG_ARRAY",
      "__uint(key_size, 4); __uint(max_entries, 8);",
      { valueSize: 8 },
      { valueSize: 4 },
      /value_size is 8, and has to be 4/,
    ],
    [
      "LPM_TRIE",
      "__type(key, long); __type(value, int); __uint(max_entries, 8);",
      {},
      undefined,
      /map_flags is 0x0.*NO_PREALLOC/,
    ],
    [
      "LPM_TRIE",
      "__type(key, int); __type(value, int); __uint(max_entries, 8); __uint(map_flags, 1);",
      {},
      undefined,
      /key_size is 4/,
    ],
    [
      "HASH",
      "__type(key, int); __type(value, int); __uint(max_entries, 8); __uint(map_flags, 1 << 30);",
      {},
      undefined,
      /key_size 4, value_size 4, max_entries 8, map_flags 0x40000000/,
    ],
  ] as const)(
    "of a %s { %s } with %j the kernel's refusal is told, and %j mends it",
    async (type, fields, wrong, right, why) => {
      const bytes = compileBpf(`${head}
      struct { __uint(type, BPF_MAP_TYPE_${type}); ${fields} } m SEC(".maps");
      SEC("syscall") int program(void *ctx) { return 0; }`);
      const refused = BpfObject.load(bytes, { maps: { m: wrong } });
      await expect(refused).rejects.toMatchObject({ code: "EINVAL", message: expect.stringMatching(why) });
      if (right === undefined) return;
      using object = await BpfObject.load(bytes, { maps: { m: right } });
      expect(object.mapNames).toContain("m");
    },
  );

  test("a size of values that is no number of bytes is refused before libbpf sees it", () => {
    const bytes = compileBpf(`${head}
      struct { __uint(type, BPF_MAP_TYPE_HASH); __type(key, int); __type(value, int); } m SEC(".maps");
      SEC("syscall") int program(void *ctx) { return 0; }`);
    for (const valueSize of [-1, 1.5, 2 ** 32]) {
      expect(() => BpfObject.open(bytes, { maps: { m: { valueSize } } })).toThrow(/cannot have values of/);
    }
  });
});
