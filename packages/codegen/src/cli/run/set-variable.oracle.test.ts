import { compileBpf } from "@rbgen/testkit/compile";
import { describeWith } from "@rbgen/testkit/tools";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { header, rbgen, source, values } from "./testing/stored-values.ts";

/** The program that stores what its variables hold as bytes, too. */
function sourceOfBytes(types: readonly (readonly [type: string, initializer: string])[]): string {
  const maps = types.map(
    ([type], at) => `struct bytes_${at} { __u8 all[sizeof(${type})]; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, struct bytes_${at}); } raw_${at} SEC(".maps");`,
  );
  const stores = types.map((_, at) => `bpf_map_update_elem(&raw_${at}, &key, (void *)&value_${at}, 0);`);
  return source(types)
    .replace('SEC("syscall")', `${maps.join("\n")}\nSEC("syscall")`)
    .replace("\treturn 0;", `\t${stores.join("\n\t")}\n\treturn 0;`);
}

interface Left {
  readonly variables: Readonly<Record<string, unknown>>;
  /** Of each variable, in hexadecimal. */
  readonly bytes: readonly unknown[];
}

interface Shown {
  readonly maps: readonly {
    readonly name: string;
    readonly elements: readonly { readonly value: { all: string } }[];
  }[];
  readonly variables: Readonly<Record<string, unknown>>;
}

describeWith(["clang", "libbpf"], "rbgen run --set", () => {
  let zeros: Uint8Array;
  let initialized: Uint8Array;
  beforeAll(() => {
    initialized = compileBpf(sourceOfBytes(values.map(([type, initializer]) => [type, initializer])));
    zeros = compileBpf(sourceOfBytes(values.map(([type]) => [type, /^(enum|__|_Bool)/.test(type) ? "0" : "{}"])));
  });

  async function run(object: Uint8Array, ...set: readonly string[]): Promise<Left> {
    const done = await rbgen(object, "--json", ...set.flatMap((one) => ["--set", one]));
    expect([done.err, done.code]).toEqual(["", 0]);
    const { maps, variables }: Shown = JSON.parse(done.out);
    const raw = maps.filter(({ name }) => name.startsWith("raw_"));
    return { variables, bytes: raw.map(({ elements }) => elements[0]?.value.all) };
  }

  /** What a run printed of the variables, as words for `--set`. */
  const printed = ({ variables }: Left): string[] =>
    values.map((_, at) => `value_${at}=${JSON.stringify(variables[`value_${at}`])}`);

  test("takes what a run printed of each type, and makes the same bytes of it", async () => {
    const left = await run(initialized);
    expect(new Set(left.bytes).size).toBeGreaterThan(values.length - 2);
    expect(await run(zeros, ...printed(left))).toEqual(left);
    expect(await run(initialized, ...printed(await run(zeros)))).toEqual(await run(zeros));
  });

  test("takes what a run printed of any bytes, and leaves them as they are", async () => {
    const sizes = (await run(zeros)).bytes.map((bytes) => String(bytes).length / 2);
    const whole = values.flatMap(([type], at) => (/^(enum|__|_Bool|label_t)/.test(type) ? [] : [at]));
    const bytesOf = (at: number): fc.Arbitrary<Uint8Array> => {
      const [minLength, maxLength] = [sizes[at] ?? 0, sizes[at] ?? 0];
      // text that is no UTF-8 is printed as U+FFFD, which stands for more bytes
      return fc.uint8Array({ minLength, maxLength, ...(values[at]?.[0] === "struct text" && { max: 127 }) });
    };
    await fc.assert(
      fc.asyncProperty(fc.tuple(...whole.map(bytesOf)), async (all) => {
        const given = all.map((one, index) => `value_${whole[index]}=${Buffer.from(one).toString("hex")}`);
        const first = await run(zeros, ...given);
        for (const [index, at] of whole.entries()) {
          expect(first.bytes[at]).toBe(Buffer.from(all[index] ?? []).toString("hex"));
        }
        expect(await run(zeros, ...given, ...printed(first))).toEqual(first);
        expect((await run(initialized, ...printed(first))).variables).toEqual(first.variables);
      }),
      { numRuns: 3, endOnFailure: true },
    );
  });

  test("leaves what a codec does not read of the members that are not set", async () => {
    const object = compileBpf(
      sourceOfBytes([["struct padded", "{}"]]).replace(
        "typedef char label_t",
        "struct padded { __u8 first; __u32 second; char name[4]; __u8 low : 3; __u8 high : 3; };\ntypedef char label_t",
      ),
    );
    const left = await run(object, "value_0=01aabbcc020000006100ff62ffdddddd", "value_0.second=3", "value_0.low=1");
    expect(left.bytes).toEqual(["01aabbcc030000006100ff62f9dddddd"]);
    const named = await run(object, "value_0=01aabbcc020000006100ff62ffdddddd", 'value_0={"name":"xyz"}');
    expect(named.bytes).toEqual(["01aabbcc0200000078797a00ffdddddd"]);
  });

  const objects = new Map<string, Uint8Array>();

  /** The program with one variable of this type, `value_0`. */
  function objectOf(wanted: string): Uint8Array {
    // what annotations name is in BTF where something is of that type
    const found = [wanted, "enum level", "enum access"].flatMap((one) =>
      values.filter(([type]) => type === one).map(([type, initializer]) => [type, initializer] as const),
    );
    const object = objects.get(wanted) ?? compileBpf(source(found));
    objects.set(wanted, object);
    return object;
  }

  async function variableOf(type: string, given: string): Promise<unknown> {
    return (await run(objectOf(type), `value_0${given}`)).variables["value_0"];
  }

  test.each([
    ["struct peer", '={"address":1,"port":443}', { address: 1, station: "0200000000ff", port: 443 }],
    ["struct peer", ".address=10.0.0.1", { address: 0x0a000001, station: "0200000000ff", port: 80 }],
    ["struct peer", ".station=02:00:5e:00:00:01", { address: 0x7f000001, station: "02005e000001", port: 80 }],
    ["struct peer", ".station[5]=0x0a", { address: 0x7f000001, station: "02000000000a", port: 80 }],
    ["struct peer", '={"station":[1,2]}', { address: 0x7f000001, station: "0102000000ff", port: 80 }],
    ["struct meant", '={"access":["WRITE"]}', { level: 9, access: ["WRITE"], on: true, error: -2 }],
    ["struct meant", ".access=EXECUTE", { level: 9, access: ["EXECUTE"], on: true, error: -2 }],
    ["struct meant", '.access=["READ",8]', { level: 9, access: ["READ", 8], on: true, error: -2 }],
    ["struct meant", ".on=false", { level: 9, access: ["READ", "EXECUTE"], on: false, error: -2 }],
    ["struct meant", ".error=EPERM", { level: 9, access: ["READ", "EXECUTE"], on: true, error: -1 }],
    ["struct meant", ".level=LOW", { level: 0, access: ["READ", "EXECUTE"], on: true, error: -2 }],
    ["struct bits", ".wide=0xffffffffffffff", { low: 5, high: -3, wide: "72057594037927935" }],
    ["enum level", "=LOW", 0],
    ["union number", ".word=7", { word: 7, bytes: "07000000", $bytes: "07000000" }],
    ["union number", ".bytes=0a0b", { word: 0x0b0a, bytes: "0a0b0000", $bytes: "0a0b0000" }],
    ["union number", '={"$bytes":"01000000"}', { word: 1, bytes: "01000000", $bytes: "01000000" }],
    ["struct event", ".pair=[5,6]", { kind_: "pair", kind: 1, pair: [5, 6] }],
    ["struct event", ".pair[1]=6", { kind_: "pair", kind: 1, pair: [3, 6] }],
    ["struct event", '={"word":9}', { kind_: "word", kind: 0, word: 9 }],
    ["struct event", ".kind_=word", { kind_: "word", kind: 0, word: 0 }],
    ["struct event", '={"kind":"WORD"}', { kind_: "word", kind: 0, word: 0 }],
    ["struct event", '={"kind":1}', { kind_: "pair", kind: 1, pair: [3, 4] }],
    ["struct event", ".kind=7", { kind_: "unknown", kind: 7, $bytes4: "00000000" }],
    ["struct longs", ".most=0x10", { most: "16", least: "-9223372036854775808", number: 2 ** 52, pointer: "0" }],
    ["struct text", '={"tail":"x"}', { name: "eins", raw: "01020304", tail: "x" }],
    ["label_t", '="x y"', "x y"],
    ["label_t", "=[x", "[x"],
    [
      "table_t",
      "=[[7]]",
      [
        [7, 2],
        [3, -4],
      ],
    ],
    ["doubles_t", "[1]=Infinity", [0.5, "Infinity"]],
    ["__u64", "=5", "5"],
    ["_Bool", "=0", false],
  ] as const)("%s%s is set as its codec takes it, and the rest stays", async (type, given, json) => {
    expect(await variableOf(type, given)).toEqual(json);
  });

  test("an arm of a union inside of a struct takes the place of the others", async () => {
    expect(await variableOf("struct outer", ".ratio=0.5")).toMatchObject({
      inner: 3,
      id: 0x3f000000,
      ratio: 0.5,
      $bytes24: "0000003f",
    });
    expect(await variableOf("struct outer", '.peers[1]={"address":"127.0.0.1"}')).toMatchObject({
      id: 0x3f800000,
      peers: [{ address: 1 << 24 }, { address: 0x7f000001, station: "000000000000", port: 0 }],
    });
  });

  test.each([
    ["union number", '={"word":1,"bytes":"00000002"}', "gives more than one arm of a union"],
    ["struct event", '={"word":1,"pair":[1,2]}', "there is no member"],
    ["struct event", ".kind_=triple", 'kind_ is one of word, pair, unknown, not "triple"'],
    ["struct event", '={"kind_":"word","kind":1}', "kind"],
    ["struct peer", ".address=10.0.0", "10.0.0 is not written as 10.0.0.1 is"],
    ["struct peer", ".port=65536", "65536 is no integer from 0 to 65535"],
    ["struct peer", ".station=zz", "zz"],
    ["struct peer", ".station[1]=256", "256 is no byte"],
    ["struct meant", '.access=["MISSING"]', "MISSING is the name of no flag"],
    ["struct meant", ".on=2", '"2" is neither true nor false'],
    ["struct bits", ".low=1.5", '"1.5" is no number'],
    ["struct bits", '={"low":1.5}', "1.5 is no integer"],
    ["struct longs", '={"most":9007199254740993}', "is not exact as a number of JSON"],
    ["label_t", "[0]=65", "a text has no elements"],
    ["table_t", "=[1,2,3]", "is no value of an array of 2"],
    ["table_t", "=[[1],[2],[3]]", "there are 2 elements, not 3"],
  ] as const)("%s%s is refused with the reason", async (type, given, says) => {
    const done = await rbgen(objectOf(type), "--set", `value_0${given}`);
    expect([done.code, done.out]).toEqual([2, ""]);
    expect(done.err).toContain("--set value_0");
    expect(done.err).toContain(says);
  });

  const further = `
struct hdr { __u32 kind; };
struct deep { struct hdr hdr; union { __u32 word RB_VARIANT(1); __u32 pair[2] RB_VARIANT(2); } RB_TAG_AT(hdr.kind); };
struct counts { __u32 n; __u32 list[4] RB_LENGTH(n); };
union nested { struct { __u32 low; union { __u8 byte; __u16 half; }; }; __u64 whole; };
struct named { __u8 length; char name[] RB_LENGTH(length); };
struct opened { __u8 type; __u8 fd; } RB_VARIANT(1) RB_TAG_AT(type);
struct text_item { __u8 type; __u8 size; char text[] RB_LENGTH(size); } RB_VARIANT(2) RB_TAG_AT(type);
struct items { __u32 size; char items[16] RB_LIST(opened|text_item, 1) RB_LENGTH_BYTES(size); };
volatile struct opened opened;
volatile struct text_item text_item;
struct texts { char args[8] RB_STRINGS; __u32 dev RB_DEV; __u8 uuid[16] RB_UUID; __u8 names[2][4] RB_IPV4; };
`;

  test.each([
    ["struct deep", "{ { 1 }, { .word = 9 } }", ".pair=[1,2]", { kind: "pair", hdr: { kind: 2 }, pair: [1, 2] }],
    ["struct deep", "{ { 1 }, { .word = 9 } }", ".hdr.kind=2", { kind: "pair", hdr: { kind: 2 }, pair: [0, 0] }],
    // the second one was not read before
    ["struct deep", "{ { 1 }, { .pair = { 9, 7 } } }", ".pair=[9,0]", { kind: "pair", hdr: { kind: 2 }, pair: [9, 0] }],
    ["struct counts", "{ 2, { 5, 6, 7, 8 } }", ".list[1]=9", { n: 2, list: [5, 9] }],
    ["struct counts", "{ 2, { 5, 6, 7, 8 } }", '={"n":3,"list":[5,6,0]}', { n: 3, list: [5, 6, 0] }],
    [
      "union nested",
      "{ .whole = 0x1122334455667788 }",
      ".half=258",
      { low: 0x55667788, byte: 2, half: 258, $bytes4: "0201", whole: "1109534341000", $bytes: "8877665502010000" },
    ],
    ["struct named", '{ 1, "a" }', ".name=b", { length: 1, name: "b" }],
    [
      "struct items",
      "{ 2, { 1, 3 } }",
      '={"size":5,"items":[{"kind":"opened","fd":4},{"kind":"text_item","text":"x"}]}',
      {
        items: [
          { kind: "opened", type: 1, fd: 4 },
          { kind: "text_item", type: 2, size: 1, text: "x" },
        ],
      },
    ],
    ["struct items", "{ 2, { 1, 3 } }", ".items[0].fd=9", { items: [{ kind: "opened", type: 1, fd: 9 }] }],
    ["struct items", "{ 2, { 1, 3 } }", '={"items":[{"kind":"opened","fd":9}]}', { items: [{ type: 1, fd: 9 }] }],
    ["struct texts", '{ "a" }', '.args=["b","cd"]', { args: ["b", "cd"] }],
    ["struct texts", '{ "a\\0b" }', ".args[1]=c", { args: ["a", "c"] }],
    ["struct texts", "{}", '.dev={"major":8,"minor":1}', { dev: (8 << 20) | 1 }],
    ["struct texts", "{}", ".uuid=123e4567-e89b-12d3-a456-426614174000", { uuid: "123e4567e89b12d3a456426614174000" }],
    ["struct texts", "{}", ".names[1]=10.0.0.1", { names: ["00000000", "0a000001"] }],
  ] as const)("%s of %s is set by %s", async (type, initializer, given, json) => {
    const object = compileBpf(`#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
${header}
${further}
volatile ${type} value_0 = ${initializer};
SEC("syscall") int store(void *ctx) { return *(volatile __u8 *)&value_0; }
char LICENSE[] SEC("license") = "GPL";
`);
    const done = await rbgen(object, "--json", "--set", `value_0${given}`);
    expect([done.err, done.code]).toEqual(["", 0]);
    expect(JSON.parse(done.out).variables.value_0).toMatchObject(json);
  });

  test("an element of an arm that is not there is given with its array", async () => {
    const done = await rbgen(objectOf("struct event"), "--set", "value_0.kind_=word", "--set", "value_0.pair[1]=2");
    expect([done.code, done.err]).toEqual([2, expect.stringContaining("it has no elements yet: give it as a whole")]);
  });

  test("a variable is set where its BTF tells another section than the object has it in", async () => {
    const { variables } = await run(
      compileBpf(sourceOfBytes([["struct bits", "{}"]])),
      'value_0={"low":5,"high":-3,"wide":"1"}',
    );
    expect(variables["value_0"]).toEqual({ low: 5, high: -3, wide: "1" });
  });

  test("a value that its codec refuses is given back as the bytes that it is printed as, or replaced whole", async () => {
    const object = compileBpf(source([["struct counted", '{ 9, "abcd" }']]));
    const set = async (given: string) => {
      const done = await rbgen(object, "--json", "--set", given);
      return done.code === 0 ? JSON.parse(done.out).variables.value_0 : done.err;
    };
    expect(await set("value_0=0900000061626364")).toBe("0900000061626364");
    expect(await set('value_0={"length":2,"text":"ab"}')).toEqual({ length: 2, text: "ab" });
    expect(await set("value_0.length=3")).toContain("counted.text needs 9 bytes, there are 4");
  });
});
