import { sampleTypes } from "@rbgen/testkit/btf/sample";
import { describe, expect, test } from "vitest";
import { type Btf, BtfError, encodeBtf, parseBtf, type Struct, sizeOf } from "../index.ts";

/** A raw BTF file of these words, with a header as long as asked for and what follows it. */
function raw(
  words: readonly number[],
  options: {
    readonly strings?: string;
    readonly header?: number;
    readonly layout?: Uint8Array;
    readonly big?: boolean;
  } = {},
): Uint8Array {
  const text = new TextEncoder().encode(options.strings ?? "\0a\0b\0");
  const header = options.header ?? (options.layout === undefined ? 24 : 32);
  const layout = options.layout ?? new Uint8Array();
  const bytes = new Uint8Array(header + words.length * 4 + layout.length + text.length);
  const view = new DataView(bytes.buffer);
  const little = options.big !== true;
  view.setUint16(0, 0xeb9f, little);
  view.setUint8(2, 1);
  const fields = [header, 0, words.length * 4, words.length * 4 + layout.length, text.length];
  if (options.layout !== undefined) fields.push(words.length * 4, layout.length);
  for (const [i, value] of fields.entries()) view.setUint32(4 + i * 4, value, little);
  for (const [i, value] of words.entries()) view.setUint32(header + i * 4, value, little);
  bytes.set(layout, header + words.length * 4);
  bytes.set(text, header + words.length * 4 + layout.length);
  return bytes;
}

const info = (kind: number, vlen = 0, flag = false): number => ((flag ? 0x8000_0000 : 0) | (kind << 24) | vlen) >>> 0;
const int = [1, info(1), 4, (1 << 24) | 32];

function structOf(btf: Btf, id: number): Struct {
  const type = btf.typeById(id);
  if (type.kind !== "struct") throw new Error(`type ${id} is ${type.kind}`);
  return type;
}

describe("reading BTF", () => {
  test.each([24, 28, 40, 64])("a header of %d bytes is skipped as a whole", (header) => {
    const btf = parseBtf(raw(int, { header }));
    expect(btf.typeById(1)).toMatchObject({ kind: "int", name: "a", size: 4, signed: true });
  });

  test("a kind of the future is skipped by the layout section, and is an error only for who asks for it", () => {
    // Kind 25: one word after the common three, two per element.
    const layout = new Uint8Array(26 * 4);
    layout.set([4, 8], 25 * 4);
    const btf = parseBtf(raw([...int, 1, info(25, 2), 0, 9, 9, 9, 9, 9, 3, info(8), 1], { layout }));
    expect(btf.typeCount).toBe(4);
    expect([...btf.types()].map((type) => type.id)).toEqual([1, 3]);
    expect(btf.find("b")).toMatchObject([{ kind: "typedef", id: 3 }]);
    expect(() => btf.typeById(2)).toThrow(/kind 25 is not known.*type id 2/);
    expect(() => parseBtf(raw([1, info(26), 0], { layout }))).toThrow(/kind 26 is not known/);
  });

  test.each([6, 19])("an enum of kind %d without bytes and values is a declaration, and has no size", (kind) => {
    const type = parseBtf(raw([...int, 3, info(kind), 0])).typeById(2);
    expect(type).toEqual({ kind: "fwd", id: 2, name: "b", of: "enum" });
    expect(() => sizeOf(type)).toThrow(/has no size/);
    expect(() => parseBtf(raw([...int, 3, info(6, 1), 0, 1, 0]))).toThrow(/an enum of 0 bytes/);
  });

  test("a struct of more than 65 535 members is read: vlen has 24 bits", () => {
    const count = 70_000;
    const words = [...int, 3, info(4, count), count * 4];
    for (let i = 0; i < count; i++) words.push(1, 1, i * 32);
    const { members } = structOf(parseBtf(raw(words)), 2);
    expect(members.length).toBe(count);
    expect(members[count - 1]).toMatchObject({ name: "a", bitOffset: (count - 1) * 32 });
  });

  test("bit-fields have the width that the member says, where the struct's flag says that members do", () => {
    const btf = parseBtf(raw([...int, 3, info(4, 3, true), 8, 1, 1, (3 << 24) | 0, 1, 1, (7 << 24) | 3, 3, 1, 32]));
    expect(structOf(btf, 2).members.map(({ bitOffset, bitSize }) => [bitOffset, bitSize])).toEqual([
      [0, 3],
      [3, 7],
      [32, undefined],
    ]);
  });

  test("old bit-fields have width and offset of their integer, through typedefs and qualifiers", () => {
    const narrow = [1, info(1), 4, (1 << 24) | (5 << 16) | 3];
    const words = [...int, ...narrow, 3, info(8), 2, 0, info(10), 3, 3, info(4, 3), 8, 1, 2, 0, 1, 4, 32, 3, 1, 4];
    const btf = parseBtf(raw(words));
    expect(structOf(btf, 5).members.map(({ bitOffset, bitSize }) => [bitOffset, bitSize])).toEqual([
      [5, 3],
      [37, 3],
      // A whole integer at an odd place is a bit-field of all its bits.
      [4, 32],
    ]);
  });

  test("an integer's encoding has four bits; what is above them is not its business", () => {
    const btf = parseBtf(raw([1, info(1), 4, (0xf1 << 24) | 32]));
    expect(btf.typeById(1)).toEqual({ kind: "int", id: 1, name: "a", size: 4, signed: true, char: false, bool: false });
  });

  test("both byte orders give the same graph", () => {
    const [little, big] = (["little", "big"] as const).map((endian) => parseBtf(encodeBtf(sampleTypes, { endian })));
    expect(big?.endian).toBe("big");
    expect(encodeBtf(big!.types(), { endian: "little" })).toEqual(encodeBtf(little!.types(), { endian: "little" }));
  });

  test("bytes at an odd address are read too", () => {
    const bytes = encodeBtf(sampleTypes, { endian: "little" });
    const odd = new Uint8Array(bytes.length + 1).subarray(1);
    odd.set(bytes);
    expect(encodeBtf(parseBtf(odd).types(), { endian: "little" })).toEqual(bytes);
  });

  test("types are made when they are asked for, once", () => {
    const btf = parseBtf(encodeBtf(sampleTypes, { endian: "little" }));
    const [node] = btf.find("node");
    if (node?.kind !== "struct") throw new Error("node is a struct");
    const next = node.members[0]!.type;
    expect(next.kind === "ptr" && next.target).toBe(node);
    expect(btf.typeById(node.id!)).toBe(node);
  });

  test("every name is found, with every type that has it", () => {
    const btf = parseBtf(raw([...int, 1, info(8), 1, 3, info(4), 4, 1, info(7, 0, true), 0]));
    expect([...btf.names()]).toEqual(["a", "b"]);
    expect(btf.find("a").map((type) => type.kind)).toEqual(["int", "typedef", "fwd"]);
    expect(btf.find("b").map((type) => type.kind)).toEqual(["struct"]);
    for (const name of ["", "c", "a\0", "ab", "\u{1f600}"]) expect(btf.find(name)).toEqual([]);
    expect(btf.findKind("typedef", "a").map((type) => type.id)).toEqual([2]);
    expect([...btf.findAll("struct")].map((type) => type.name)).toEqual(["b"]);
  });

  test("tags are on what they tag, and are types of their own", () => {
    const btf = parseBtf(encodeBtf(sampleTypes, { endian: "little" }));
    const [node] = btf.find("node");
    const [list] = btf.find("list");
    const [run] = btf.findKind("func", "run");
    if (node?.kind !== "struct" || list?.kind !== "typedef" || run === undefined)
      throw new Error("not what was written");
    expect(node.tags).toEqual(["record"]);
    expect(node.members.map((member) => member.tags)).toEqual([[], ["member"], [], []]);
    expect(list.tags).toEqual(["typedef"]);
    expect(run.tags).toEqual(["func"]);
    expect(run.proto.params.map((param) => param.tags)).toEqual([["param"], []]);
    expect(btf.tagsOf(node, 1)).toMatchObject([{ kind: "decl_tag", value: "member", component: 1 }]);
    // The union holds an anonymous copy of the node, whose member is tagged too.
    expect([...btf.findAll("decl_tag")].length).toBe(6);
  });

  test("a split file continues ids and strings of its base, and tags types of it", () => {
    const base = parseBtf(encodeBtf(sampleTypes, { endian: "little" }));
    const node = base.find("node")[0]!;
    const bytes = encodeBtf(
      [
        { kind: "typedef", name: "module_node", target: node },
        { kind: "decl_tag", value: "late", target: node as Struct, component: -1 },
      ],
      { endian: "little", base },
    );
    const split = parseBtf(bytes, { base });
    expect([split.firstId, split.typeCount]).toEqual([base.typeCount, base.typeCount + 2]);
    const [own] = split.find("module_node");
    expect(own?.kind === "typedef" && own.target).toBe(node);
    expect(split.find("node")).toEqual([node]);
    expect([...split.types()].map((type) => type.kind)).toEqual(["typedef", "decl_tag"]);
    expect([...split.names()].slice(-1)).toEqual(["module_node"]);
    expect(split.tagsOf(node).map((tag) => tag.value)).toEqual(["record", "late"]);
    expect(encodeBtf(split.types(), { endian: "little", base })).toEqual(bytes);
    expect(() => parseBtf(bytes)).toThrow(BtfError);
    expect(() => parseBtf(encodeBtf([], { endian: "big" }), { base })).toThrow(/base is little-endian/);
  });

  test("a pointer has the size that the file's long has", () => {
    const words = (size: number): number[] => [1, info(1), size, size * 8, 0, info(2), 1];
    const sizes = [4, 8].map((size) => {
      const btf = parseBtf(raw(words(size), { strings: "\0long\0" }));
      const pointer = btf.typeById(2);
      return [btf.pointerSize, pointer.kind === "ptr" ? pointer.size : 0];
    });
    expect(sizes).toEqual([
      [4, 4],
      [8, 8],
    ]);
    expect(parseBtf(raw(int)).pointerSize).toBe(8);
  });
});
