import { readFileSync } from "node:fs";
import * as runtime from "@rbgen/runtime";
import * as v1 from "@rbgen/runtime/codegen/v1";
import * as vm from "../../../../../vm/src/index.ts";
import { MemoryHost } from "../../host/memory-host.ts";
import { runCommand } from "../../program.ts";

const declarations = `
enum level { LOW, HIGH = 9 };
enum access { READ = 1, WRITE = 2, EXECUTE = 4 };
enum kind { WORD, PAIR };
union number { __u32 word; __u8 bytes[4]; };
struct peer { __u32 address RB_IPV4; __u8 station[6] RB_MAC; __u16 port RB_ENDIAN(big); };
struct meant { __u8 level RB_ENUM(level); __u8 access RB_FLAGS(access); __u8 on RB_BOOL; __s32 error RB_ERRNO; };
struct bits { __u32 low : 3; __s32 high : 5; __u64 wide : 60; };
struct outer { struct { short inner; }; struct bits bits; union { __u32 id; float ratio; }; struct peer peers[2]; };
struct event { enum kind kind; union { __u32 word RB_VARIANT(WORD); __u16 pair[2] RB_VARIANT(PAIR); } as RB_TAG_AT(kind); };
struct text { char name[8]; __u8 raw[4]; __u8 tail[4] RB_STRING; };
struct longs { __u64 most; __s64 least; __u64 number RB_NUMBER; void *pointer; };
struct counted { __u32 length; char text[4] RB_LENGTH(length); };
typedef char label_t[8];
typedef int table_t[2][2];
typedef double doubles_t[2];
`;

/** Of each type its initializer, and what it is in JSON. */
export const values: readonly (readonly [type: string, initializer: string, json: unknown])[] = [
  ["union number", "{ .word = 0x04030201 }", { word: 0x04030201, bytes: "01020304", $bytes: "01020304" }],
  ["enum level", "HIGH", 9],
  ["enum access", "WRITE", 2],
  [
    "struct peer",
    "{ 0x0100007f, { 2, 0, 0, 0, 0, 0xff }, 0x5000 }",
    { address: 0x7f000001, station: "0200000000ff", port: 80 },
  ],
  ["struct meant", "{ 9, 5, 1, -2 }", { level: 9, access: ["READ", "EXECUTE"], on: true, error: -2 }],
  ["struct bits", "{ 5, -3, 1ull << 59 }", { low: 5, high: -3, wide: "576460752303423488" }],
  ["struct event", "{ PAIR, { .pair = { 3, 4 } } }", { kind_: "pair", kind: 1, pair: [3, 4] }],
  ["struct text", '{ "eins", { 1, 2, 3, 4 }, { 97, 98 } }', { name: "eins", raw: "01020304", tail: "ab" }],
  [
    "struct longs",
    "{ -1ull, 1ull << 63, 1ull << 52, 0 }",
    { most: "18446744073709551615", least: "-9223372036854775808", number: 2 ** 52, pointer: "0" },
  ],
  ["label_t", '"a_b"', "a_b"],
  [
    "table_t",
    "{ { 1, 2 }, { 3, -4 } }",
    [
      [1, 2],
      [3, -4],
    ],
  ],
  ["doubles_t", "{ 0.5, -2 }", [0.5, -2]],
  ["__u64", "1ull << 60", "1152921504606846976"],
  ["__s32", "-7", -7],
  ["_Bool", "1", true],
  [
    "struct outer",
    "{ { 3 }, { 1, -1, 2 }, { .ratio = 1 }, { { 1 }, { 2 } } }",
    {
      inner: 3,
      bits: { low: 1, high: -1, wide: "2" },
      id: 0x3f800000,
      ratio: 1,
      $bytes24: "0000803f",
      peers: [
        { address: 1 << 24, station: "000000000000", port: 0 },
        { address: 2 << 24, station: "000000000000", port: 0 },
      ],
    },
  ],
];

/** `rbgen.h`. */
export const header: string = readFileSync(new URL("../../../../include/rbgen.h", import.meta.url), "utf8");

/** A program that has a variable, a hash and an array of each type, and stores the variable in both. */
export function source(types: readonly (readonly [type: string, initializer: string])[]): string {
  const each = types.map(
    ([type, initializer], at) => `volatile ${type} value_${at} = ${initializer};
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 1); __type(key, __u32); __type(value, ${type}); } hash_${at} SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, ${type}); } array_${at} SEC(".maps");`,
  );
  const stores = types.map(
    (_, at) =>
      `key = 7; bpf_map_update_elem(&hash_${at}, &key, (void *)&value_${at}, 0); key = 0; bpf_map_update_elem(&array_${at}, &key, (void *)&value_${at}, 0);`,
  );
  return `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
${header}
${declarations}
${each.join("\n")}
SEC("syscall") int store(void *ctx)
{
	__u32 key;
	${stores.join("\n\t")}
	return 0;
}
char LICENSE[] SEC("license") = "GPL";
`;
}

/** `rbgen run` of the object's program `store`, with words behind it. */
export async function rbgen(object: Uint8Array, ...args: readonly string[]): Promise<MemoryHost & { code: number }> {
  const packages = { "@rbgen/vm": "/m/vm", "@rbgen/runtime": "/m/runtime", "@rbgen/runtime/codegen/v1": "/m/v1" };
  const modules = { "/m/vm": vm, "/m/runtime": runtime, "/m/v1": v1 };
  const host = new MemoryHost({ files: { "/w/a.bpf.o": object }, packages, modules });
  return Object.assign(host, { code: await runCommand(["run", "a.bpf.o", "--program", "store", ...args], host) });
}
