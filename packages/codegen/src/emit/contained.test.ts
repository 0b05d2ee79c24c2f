import { UserRingBufWriter } from "@rbgen/runtime";
import { type Attachable, attachView } from "@rbgen/runtime/codegen/v1";
import { EmulatedKernel } from "@rbgen/runtime/emulated";
import { anyBytes } from "@rbgen/testkit/contract/codecs";
import { beforeAll, expect, test } from "vitest";
import { contained } from "./testing/contained.ts";
import { type Loaded, load } from "./testing/load.ts";

let loaded: Loaded;

beforeAll(async () => {
  loaded = await load(contained, { all: true });
});

function encodeOver(name: string, value: unknown, ground: number): number[] {
  const codec = loaded.codec(name);
  const target = new Uint8Array(64).fill(ground);
  return [...target.subarray(0, codec.encode(value, new DataView(target.buffer)))];
}

test("the writer of a struct that holds two with tags writes the arms of both", () => {
  const target = new Uint8Array(48).fill(0xee);
  const writer = loaded.codec("conn").createWriter() as Attachable &
    Record<"src" | "dst", { family: number; v4: number; v6: Uint8Array }>;
  writer[attachView](new DataView(target.buffer), 0, 48);
  writer.src.family = 2;
  writer.src.v4 = 7;
  writer.dst.family = 10;
  writer.dst.v6 = new Uint8Array(16).fill(9);
  expect(loaded.codec("conn").decode(new DataView(target.buffer))).toEqual({
    ts: 0n,
    src: { kind: "v4", family: 2, v4: 7 },
    dst: { kind: "v6", family: 10, v6: new Uint8Array(16).fill(9) },
  });
});

test.each<[string, unknown]>([
  ["out", { id: 1, body: { kind: "unknown", type: 5, $bytes8: new Uint8Array([1]) } }],
  ["out", { id: 1, body: { kind: "text", text: { d: new Uint8Array([1, 2]) } } }],
  ["out", { id: 1, body: { kind: "num", num: 3 } }],
  ["out", { id: 1 }],
  ["call", { nr: 1, arg: { kind: "text", text: "ab" } }],
  ["call", { nr: 1, arg: { text: "abcdefgh" } }],
  ["call", { nr: 1, arg: { kind: "unknown", type: 9 } }],
  ["body", { kind: "text" }],
  ["arg", { kind: "text", text: "" }],
  ["holder", { a: { x: 1 } }],
])("encode leaves no byte of what was there before: %s %j", (name, value) => {
  const [zeros, others] = [0x00, 0xee].map((ground) => encodeOver(name, value, ground));
  expect(others).toEqual(zeros);
});

test("a writer of a user ring hands on no byte of the samples that lay there before", () => {
  const kernel = new EmulatedKernel();
  const map = kernel.createUserRingBuf({ name: "calls", maxEntries: 4096 });
  const drained: Uint8Array[] = [];
  const drain = kernel.loadProgram({
    type: "syscall",
    run: (bpf) =>
      bpf.userRingbufDrain(
        map,
        (sample) => {
          const bytes = new Uint8Array(length);
          bpf.dynptrRead(bytes, sample, 0, 0);
          drained.push(bytes);
          return 0;
        },
        null,
        0,
      ),
  });
  const value = { nr: 1, arg: { kind: "text", text: "ab" } };
  const expected = new Uint8Array(encodeOver("call", value, 0));
  const { length } = expected;
  const others = new UserRingBufWriter(map, anyBytes);
  while (others.tryWrite(new Uint8Array(length).fill(0xee)));
  others.close();
  drain.run();
  const writer = new UserRingBufWriter(map, loaded.codec("call"));
  drained.length = 0;
  writer.write(value);
  writer.writeAll([value, value]);
  drain.run();
  expect(drained).toEqual([expected, expected, expected]);
});

test("an array that grows between two looks is an EncodeError, and writes nothing behind its sample", () => {
  let looks = 0;
  const growing = {
    get d(): Uint8Array {
      looks += 1;
      return new Uint8Array(2 * looks).fill(7);
    },
  };
  const target = new Uint8Array(64).fill(0xee);
  const length = 4;
  const encode = (): unknown => loaded.codec("counted").encode(growing, new DataView(target.buffer, 0, length));
  expect(encode).toThrow(expect.objectContaining({ name: "EncodeError", path: "d" }));
  expect([...target.subarray(length)]).toEqual(new Array<number>(60).fill(0xee));
});
