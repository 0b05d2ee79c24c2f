import { afterAll, expect, test } from "vitest";
import { load } from "./testing/load.ts";
import { typeCheck } from "./testing/type-check.ts";
import * as t from "./testing/types.ts";

const tag = (text: string): { tags: string[] } => ({ tags: [`rbgen:${text}`] });
const record = t.struct("stack", 72, [
  t.member("size", t.u32, 0),
  t.member("small", t.array(t.u16, 2), 4),
  t.member("rows", t.array(t.array(t.s32, 2), 2), 8),
  t.member("ratio", t.array({ kind: "float", name: "float", size: t.u32.size } as never, 1), 24),
  t.member("access", t.array(t.u32, 1), 28, tag("enum=kind")),
  t.member("bytes", t.array(t.u8, 4), 32),
  t.member("numbers", t.array(t.u64, 1), 40, tag("int64=number")),
  t.member("frames", t.array(t.u64, 3), 48, tag("length=size,bytes")),
]);
const kinds = t.enumeration("kind", { A: 1n });
const files: Record<string, string> = {};

test("arrays of numbers become typed arrays where that is asked for, and are taken as either", async () => {
  const { codec, text } = await load(t.moduleOf([kinds, record]), { types: ["stack"], typedArrays: true });
  files["typed.gen.ts"] = text;
  files["typed.ts"] = `import { stack, type Stack, type StackInput, type StackWriter } from "./typed.gen.ts";
const plain: StackInput = { frames: [1n, 2], rows: [[1, 2], [3, 4]], small: [1, 2] };
export const typed: StackInput = { frames: BigUint64Array.of(1n), rows: [Int32Array.of(1, 2), [3, 4]], small: Uint16Array.of(1, 2) };
export const bytes: Uint8Array = stack.toBytes(plain);
export const top = (event: Stack): bigint | undefined => event.frames[0];
export const rows = (event: Stack): readonly Int32Array[] => event.rows;
export function set(writer: StackWriter): void { writer.frames = BigUint64Array.of(1n); writer.small = [1, 2]; }
`;
  const stack = codec("stack");
  const value = {
    size: 16,
    small: Uint16Array.of(1, 2),
    rows: [Int32Array.of(1, -2), Int32Array.of(3, 4)],
    ratio: Float32Array.of(0.5),
    access: [1],
    bytes: Uint8Array.of(1, 2, 3, 4),
    numbers: [5],
    frames: BigUint64Array.of(7n, 8n),
  };
  const bytes = stack.toBytes(value);
  expect(stack.decode(bytes)).toStrictEqual(value);
  const plain = {
    ...value,
    small: [1, 2],
    rows: [
      [1, -2],
      [3, 4],
    ],
    ratio: [0.5],
    frames: [7n, 8],
  };
  expect(stack.toBytes(plain)).toEqual(bytes);
  const json = stack.toJSON(value);
  expect(json).toMatchObject({
    small: [1, 2],
    rows: [
      [1, -2],
      [3, 4],
    ],
    ratio: [0.5],
    frames: ["7", "8"],
  });
  expect(stack.fromJSON(JSON.parse(JSON.stringify(json)))).toStrictEqual(value);
  expect(() => stack.toBytes({ small: Uint16Array.of(1) })).toThrow(/small: has 1 elements in place of 2/);
  expect(() => stack.toBytes({ frames: BigUint64Array.of(1n, 2n, 3n, 4n) })).toThrow(
    /frames: has length 4, more than 3/,
  );
  expect(() => stack.toBytes({ rows: [Int32Array.of(1, 2), Float64Array.of(0.5, 1)] })).toThrow(
    /rows\[1\]\[0\]: 0.5 is no integer/,
  );
  expect(() => stack.toBytes({ frames: new DataView(new ArrayBuffer(8)) })).toThrow(/frames: is no array/);
});

test("a record that is an array is one, too", async () => {
  const { codec, text } = await load(t.moduleOf([]), { types: ["__u64[2]"], typedArrays: true });
  files["bare.gen.ts"] = text;
  const own = [...Object.values((await load(t.moduleOf([]), { types: ["__u64[2]"], typedArrays: true })).exports)].find(
    (value) => typeof value === "object" && value !== null && "decode" in value,
  ) as ReturnType<typeof codec>;
  expect(own.decode(own.toBytes([1n, 2n]))).toStrictEqual(BigUint64Array.of(1n, 2n));
});

afterAll(() => {
  expect(typeCheck(files)).toEqual({ oldest: [], own: [] });
});
