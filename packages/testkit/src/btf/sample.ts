import {
  type ArrayType,
  bits,
  bytes,
  type Datasec,
  type Func,
  type Int,
  type Struct,
  type Type,
  type Var,
} from "@rbgen/btf";

const int: Int = { kind: "int", name: "int", size: bytes(4), signed: true, char: false, bool: false };
const char: Int = { kind: "int", name: "char", size: bytes(1), signed: true, char: true, bool: false };
const bool: Int = { kind: "int", name: "_Bool", size: bytes(1), signed: false, char: false, bool: true };
/** Three bits at bit 5 of an `int`: how bit-fields were written before members had a width. */
const oldBits: Int = { ...int, bits: { offset: bits(5), size: bits(3) } };
const text: ArrayType = { kind: "array", element: char, index: int, count: 16 };

/** A list whose nodes point at each other: the graph has a circle. */
const node: Struct = {
  kind: "struct",
  name: "node",
  size: bytes(16),
  tags: ["record"],
  get members() {
    return [
      { name: "next", type: { kind: "ptr", target: node } as const, bitOffset: bits(0) },
      { name: "value", type: int, bitOffset: bits(64), tags: ["member"] },
      { name: "low", type: int, bitOffset: bits(96), bitSize: bits(5) },
      { name: "high", type: int, bitOffset: bits(101), bitSize: bits(27) },
    ];
  },
};
Object.defineProperty(node, "members", { value: node.members });

const old: Struct = {
  kind: "struct",
  name: "old",
  size: bytes(8),
  members: [
    { name: "a", type: oldBits, bitOffset: bits(5), bitSize: bits(3) },
    { name: "b", type: { kind: "const", target: oldBits }, bitOffset: bits(37), bitSize: bits(3) },
  ],
};
const func: Func = {
  kind: "func",
  name: "run",
  linkage: "global",
  tags: ["func"],
  proto: {
    kind: "func_proto",
    result: int,
    params: [
      {
        name: "node",
        type: { kind: "ptr", target: { kind: "type_tag", value: "user", target: node } },
        tags: ["param"],
      },
      { name: "", type: { kind: "void" } },
    ],
  },
};
const variable: Var = { kind: "var", name: "counter", type: { kind: "volatile", target: int }, linkage: "static" };
const section: Datasec = {
  kind: "datasec",
  name: ".data",
  size: bytes(4),
  variables: [{ variable, offset: bytes(0), size: bytes(4) }],
};

/** A graph with every kind of BTF, circles, tags and bit-fields of both forms. */
export const sampleTypes: readonly Type[] = [
  node,
  old,
  {
    kind: "union",
    name: "either",
    size: bytes(16),
    members: [
      { name: "text", type: text, bitOffset: bits(0) },
      { name: "", type: { ...node, name: "", tags: [] }, bitOffset: bits(0) },
      { name: "flag", type: bool, bitOffset: bits(0) },
    ],
  },
  {
    kind: "enum",
    name: "signed_one",
    size: bytes(4),
    signed: true,
    values: [
      { name: "MINUS", value: -5n },
      { name: "PLUS", value: 7n },
    ],
  },
  {
    kind: "enum64",
    name: "wide_one",
    size: bytes(8),
    signed: false,
    values: [{ name: "WIDE", value: 0xffff_ffff_0000_0001n }],
  },
  { kind: "fwd", name: "elsewhere", of: "union" },
  { kind: "typedef", name: "list", target: node, tags: ["typedef"] },
  { kind: "restrict", target: { kind: "ptr", target: { kind: "void" } } },
  { kind: "float", name: "double", size: bytes(8) },
  func,
  section,
];
