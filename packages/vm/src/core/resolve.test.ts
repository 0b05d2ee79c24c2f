import {
  type Btf,
  BtfError,
  bits,
  bytes,
  type CoreRelocation,
  type Endian,
  type Enum,
  encodeBtf,
  type Int,
  type Member,
  parseBtf,
  type Struct,
  type Type,
} from "@rbgen/btf";
import { mutations, tangledBtf } from "@rbgen/testkit/btf/hostile";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CoreError } from "./core-error.ts";
import { essentialName } from "./essential-name.ts";
import { patchInstruction, poisonedHelper } from "./patch.ts";
import { CoreResolver } from "./resolve.ts";

const integer = (size: number, signed = false): Int => ({
  kind: "int",
  name: `i${size}`,
  size: bytes(size),
  signed,
  char: false,
  bool: false,
});
const [u8, u32, u64] = [integer(1), integer(4), integer(8)];
const member = (name: string, type: Type, offset: number, width?: number): Member => ({
  name,
  type,
  bitOffset: bits(offset),
  ...(width === undefined ? {} : { bitSize: bits(width) }),
});
const struct = (name: string, size: number, ...members: Member[]): Struct => ({
  kind: "struct",
  name,
  size: bytes(size),
  members,
});
const graph = (endian: Endian, ...types: Type[]): Btf => parseBtf(encodeBtf(types, { endian }));

const task = struct("task", 16, member("pid", u32, 0), member("start", u64, 64));
const colour: Enum = {
  kind: "enum",
  name: "colour",
  size: bytes(4),
  signed: false,
  values: [{ name: "RED", value: 7n }],
};

function relocationOf(local: Btf, name: string, kind: CoreRelocation["kind"], access: string): CoreRelocation {
  return { offset: 0, typeId: local.find(name)[0]!.id!, access, kind };
}

/** What a relocation of `task` gives, on targets of these types. */
function resolve(kind: CoreRelocation["kind"], access: string, ...types: Type[]) {
  const local = graph("little", task, colour);
  const name = kind.startsWith("enumval") ? "colour" : "task";
  return new CoreResolver(local, [graph("little", ...types)]).resolve(relocationOf(local, name, kind, access));
}

describe("CO-RE", () => {
  test.each([
    ["task_struct", "task_struct"],
    ["task_struct___old", "task_struct"],
    ["a___b___c", "a___b"],
    ["___a", "___a"],
    ["a____b", "a____b"],
    ["a_____b___c", "a_____b"],
    ["a___", "a___"],
    ["", ""],
  ])("takes %s for a flavour of %s", (name, essential) => {
    expect(essentialName(name)).toBe(essential);
  });

  test("gives the place of a member of the target, through its anonymous members", () => {
    const inner = struct("", 16, member("pad", u64, 0), member("pid", u32, 64));
    expect(resolve("field_byte_offset", "0:0", struct("task", 24, member("", inner, 64)))).toMatchObject({
      kind: "value",
      before: 0n,
      after: 16n,
      misread: undefined,
    });
  });

  test.each<[string, readonly Type[], string]>([
    [
      "there is no such type",
      [struct("other", 4)],
      "struct task.pid: the target has no struct task, nor a flavour of it",
    ],
    ["it has no such member", [struct("task", 4)], 'struct task.pid: struct task of the target has no member "pid"'],
    [
      "the member is of another kind",
      [struct("task", 8, member("pid", { kind: "ptr", target: u32 }, 0))],
      'struct task.pid: member "pid" of struct task is of another kind in the target',
    ],
  ])("poisons an instruction with the reason where %s", (_, types, reason) => {
    expect(resolve("field_byte_offset", "0:0", ...types)).toEqual({ kind: "poison", reason });
  });

  test("gives 0 for what is not there where that is an answer", () => {
    for (const kind of ["field_exists", "type_exists", "type_size", "type_id_target", "type_matches"] as const) {
      const access = kind === "field_exists" ? "0:0" : "0";
      expect(resolve(kind, access, struct("other", 4))).toMatchObject({ after: 0n });
    }
    expect(resolve("enumval_exists", "0", task)).toMatchObject({ before: 1n, after: 0n });
    expect(resolve("enumval_value", "0", task)).toMatchObject({ kind: "poison" });
  });

  test("refuses candidates that disagree, and takes those that agree", () => {
    const moved = (name: string, offset: number): Struct => struct(name, 16, member("pid", u32, offset));
    expect(() => resolve("field_byte_offset", "0:0", moved("task", 0), moved("task___2", 32))).toThrow(
      /types of the target disagree, task \(type id \d+\) and task___2/,
    );
    expect(resolve("field_byte_offset", "0:0", moved("task", 32), moved("task___2", 32))).toMatchObject({ after: 4n });
  });

  test("refuses a bit-field whose type has no bytes, which no load holds however wide", () => {
    const nothing = struct("nothing", 0);
    const local = graph("little", struct("s", 4, member("x", nothing, 0, 3)));
    const asked = relocationOf(local, "s", "field_lshift_u64", "0:0");
    expect(() => new CoreResolver(local, [local]).resolve(asked)).toThrow(/of a type that has no bytes/);
  });

  test("asks modules only for what the kernel does not have", () => {
    const local = graph("little", task);
    const kernel = graph("little", struct("other", 4));
    const module = parseBtf(
      encodeBtf([struct("task", 8, member("pid", u32, 32))], { endian: "little", base: kernel }),
      {
        base: kernel,
      },
    );
    const relocation = relocationOf(local, "task", "field_byte_offset", "0:0");
    expect(new CoreResolver(local, [kernel, module]).resolve(relocation)).toMatchObject({ after: 4n });
    const both = new CoreResolver(local, [local, module]);
    expect(both.resolve(relocation)).toMatchObject({ after: 0n });
  });

  test.each<[Endian, bigint]>([
    ["little", 64n - 8n],
    ["big", 32n + 3n],
  ])("shifts a bit-field of a %s-endian target to the top", (endian, shift) => {
    const target = graph(endian, struct("task", 4, member("pid", u32, 3, 5)));
    const local = graph(endian, task);
    const of = (kind: CoreRelocation["kind"]) =>
      new CoreResolver(local, [target]).resolve(relocationOf(local, "task", kind, "0:0"));
    expect(of("field_lshift_u64")).toMatchObject({ after: shift });
    expect(of("field_rshift_u64")).toMatchObject({ after: 59n });
    expect(of("field_byte_size")).toMatchObject({ after: 4n });
  });

  test.each([
    ["0:9", "field_byte_offset"],
    ["0:0:0", "field_exists"],
    ["", "field_exists"],
    ["0:-1", "field_exists"],
    ["1", "type_size"],
    ["9", "enumval_value"],
    [`0${":0".repeat(64)}`, "field_exists"],
  ] as const)("refuses the access %s for %s", (access, kind) => {
    expect(() => resolve(kind, access, task)).toThrow(CoreError);
  });
});

describe("instructions", () => {
  const value = { kind: "value", certain: true, memory: { before: 4, after: 4 }, misread: undefined } as const;
  const word = (opcode: number, offset: number, imm: number): number[] => {
    const code = new DataView(new ArrayBuffer(8));
    code.setUint8(0, opcode);
    code.setInt16(2, offset, true);
    code.setInt32(4, imm, true);
    return [...new Uint8Array(code.buffer)];
  };

  test.each([
    ["an immediate", word(0xb7, 0, 8), word(0xb7, 0, 600)],
    ["the offset of a load", word(0x61, 8, 0), word(0x61, 600, 0)],
    ["the offset of a store", word(0x63, 8, 0), word(0x63, 600, 0)],
    ["an immediate of 64 bits", [...word(0x18, 0, 8), ...word(0, 0, 0)], [...word(0x18, 0, 600), ...word(0, 0, 0)]],
  ])("get their value: %s", (_, before, after) => {
    const code = Uint8Array.from(before);
    patchInstruction(code, 0, "little", { ...value, before: 8n, after: 600n });
    expect([...code]).toEqual(after);
  });

  test("of a member of another size load as many bytes, if nothing changes by it", () => {
    const code = Uint8Array.from(word(0x61, 8, 0));
    const resized = { ...value, before: 8n, after: 16n, memory: { before: 4, after: 8 } };
    patchInstruction(code, 0, "little", resized);
    expect([...code]).toEqual(word(0x79, 16, 0));
    const misread = Uint8Array.from(word(0x61, 8, 0));
    expect(patchInstruction(misread, 0, "little", { ...resized, misread: "why" })).toEqual({
      kind: "poison",
      reason: "why",
    });
    expect([...misread]).toEqual(word(0x85, 0, poisonedHelper));
  });

  test("of 64 bits are poisoned in both slots", () => {
    const code = Uint8Array.from([...word(0x18, 0, 1), ...word(0, 0, 0)]);
    patchInstruction(code, 0, "little", { kind: "poison", reason: "why" });
    expect([...code]).toEqual([...word(0x85, 0, poisonedHelper), ...word(0x85, 0, poisonedHelper)]);
  });

  test.each<[string, number[], bigint]>([
    ["one that holds something else", word(0xb7, 0, 9), 1n],
    ["one of a register", word(0xbf, 0, 8), 1n],
    ["a jump", word(0x05, 0, 8), 1n],
    ["a load of an offset that does not fit", word(0x61, 8, 0), 40_000n],
    ["an immediate that does not fit", word(0xb7, 0, 8), 1n << 40n],
    ["half of an instruction of 64 bits", word(0x18, 0, 8), 1n],
    ["one of a map", [0x18, 0x10, ...word(0x18, 0, 8).slice(2), ...word(0, 0, 0)], 1n],
  ])("are refused: %s", (_, words, after) => {
    const code = Uint8Array.from(words);
    expect(() => patchInstruction(code, 0, "little", { ...value, before: 8n, after })).toThrow(CoreError);
    expect([...code]).toEqual(words);
  });
});

describe("hostile types", () => {
  const kinds: readonly CoreRelocation["kind"][] = [
    "field_byte_offset",
    "field_lshift_u64",
    "field_signed",
    "type_exists",
    "type_matches",
    "type_size",
    "enumval_value",
  ];
  const relocation = fc.record({
    typeId: fc.integer({ min: 1, max: 6 }),
    access: fc.constantFrom("0", "0:0", "0:1", "1:0:2", "0:1:0:0", "0:9"),
    kind: fc.constantFrom(...kinds),
  });

  /** Parses and relocates: an answer, a CoreError or a BtfError. */
  function relocate(local: Uint8Array, target: Uint8Array, asked: Omit<CoreRelocation, "offset">): boolean {
    try {
      new CoreResolver(parseBtf(local), [parseBtf(target)]).resolve({ offset: 0, ...asked });
      return true;
    } catch (error) {
      if (!(error instanceof CoreError) && !(error instanceof BtfError)) throw error;
      return false;
    }
  }

  test("are answered or refused", () => {
    const sample = encodeBtf([task, colour, struct("outer", 32, member("a", task, 0), member("", task, 128))], {
      endian: "little",
    });
    let answered = 0;
    fc.assert(
      fc.property(mutations, fc.boolean(), relocation, (mutate, own, asked) => {
        const changed = mutate(sample);
        if (relocate(own ? changed : sample, own ? sample : changed, asked)) answered += 1;
      }),
      { numRuns: 3_000 },
    );
    expect(answered).toBeGreaterThan(20);
    fc.assert(
      fc.property(tangledBtf, tangledBtf, relocation, (one, other, asked) => {
        relocate(one, other, asked);
      }),
      { numRuns: 3_000 },
    );
  });

  test("that double at each step are refused in bounded time", () => {
    let type = struct("s", 1, member("x", u8, 0));
    for (let i = 0; i < 30; i++) {
      const inner = type;
      type = struct("s", 1, member("a", inner, 0), member("b", inner, 0), member("", inner, 0), member("", inner, 0));
    }
    const doubling = encodeBtf([type], { endian: "little" });
    const btf = parseBtf(doubling);
    const typeId = btf.find("s").at(0)!.id!;
    const missing = encodeBtf([struct("s", 1, member("none", u8, 0))], { endian: "little" });
    expect(relocate(doubling, doubling, { typeId, access: "0", kind: "type_matches" })).toBe(false);
    expect(relocate(missing, doubling, { typeId: 1, access: "0:0", kind: "field_exists" })).toBe(false);
  });
});
