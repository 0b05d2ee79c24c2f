import type {
  ArrayMapDescriptor,
  ElementCodec,
  ElementInput,
  ElementOf,
  HashMapDescriptor,
  KeyInput,
  LayoutDescriptor,
  RecordCodec,
} from "@rbgen/runtime";
import { beforeAll, describe, expect, test } from "vitest";
import { generatedSdk } from "../native/generated-sdk.ts";
import { uncomparedWarnings } from "./layout-contract.ts";

interface Flow {
  readonly saddr: number;
  readonly port: number;
}
interface Totals {
  readonly packets: bigint;
  readonly bytes: bigint;
}
interface Pair {
  readonly first: bigint;
  readonly second: number;
}
interface Route {
  readonly prefixlen: number;
  readonly address: number;
}
type Word = RecordCodec<bigint, bigint | number>;

/** `maps` of the file that is generated from `typed-maps.bpf.c`, typed as it types them. */
interface Maps {
  readonly flows: HashMapDescriptor<RecordCodec<Flow, Partial<Flow>>, RecordCodec<Totals, Partial<Totals>>>;
  readonly counts: HashMapDescriptor<RecordCodec<number>, Word>;
  readonly states: HashMapDescriptor<RecordCodec<string>, RecordCodec<number>>;
  readonly routes: HashMapDescriptor<RecordCodec<Route>, RecordCodec<boolean>>;
  readonly pairs: ArrayMapDescriptor<RecordCodec<Pair>>;
  readonly drops: ArrayMapDescriptor<Word>;
  readonly raw: HashMapDescriptor<undefined, undefined>;
}

interface TestedHash<Key, Value, KeyIn, ValueIn> {
  readonly closed: boolean;
  get(key: KeyIn): Value | undefined;
  values(key: KeyIn): readonly Value[] | undefined;
  set(key: KeyIn, value: ValueIn, flags?: number): void;
  delete(key: KeyIn): boolean;
  keys(): readonly Key[];
  entries(): readonly (readonly [key: Key, value: Value])[];
  sum(key: KeyIn, byteOffset?: number): bigint;
  close(): void;
}

interface TestedArray<Value, ValueIn> {
  readonly closed: boolean;
  get(index: number): Value;
  values(index: number): readonly Value[];
  set(index: number, value: ValueIn): void;
  sum(index: number, byteOffset?: number): bigint;
  reset(): void;
  close(): void;
}

interface TestedObject extends Disposable {
  program(name: string): { run(input?: { readonly context?: Uint8Array }): { readonly returnValue: number } };
  hash<Key extends ElementCodec, Value extends ElementCodec>(
    map: HashMapDescriptor<Key, Value>,
  ): TestedHash<ElementOf<Key>, ElementOf<Value>, KeyInput<Key>, ElementInput<Value>>;
  hash(name: string): TestedHash<Uint8Array, Uint8Array, number | Uint8Array, Uint8Array>;
  array<Value extends ElementCodec>(map: ArrayMapDescriptor<Value>): TestedArray<ElementOf<Value>, ElementInput<Value>>;
  array(name: string): TestedArray<Uint8Array, Uint8Array>;
}

function flowBytes(saddr: number, port: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setUint32(0, saddr, true);
  new DataView(bytes.buffer).setUint16(4, port, true);
  return bytes;
}

/** The same codec for another layout. */
function laidOut<Out, In>(codec: RecordCodec<Out, In>, layout: Partial<LayoutDescriptor>): RecordCodec<Out, In> {
  return { ...codec, layout: { ...codec.layout, ...layout } };
}

let warned = 0;

/** What objects of every backend do with `typed-maps.bpf.c`, compiled, by its generated descriptors. */
export function elementContract(
  name: string,
  bytes: () => Uint8Array,
  load: (bytes: Uint8Array) => Promise<TestedObject>,
): void {
  describe(name, () => {
    let maps: Maps;
    beforeAll(async () => {
      ({ maps } = (await generatedSdk(bytes())) as unknown as { readonly maps: Maps });
    });

    test("what a program puts into a map is read as its type says", async () => {
      using object = await load(bytes());
      expect(object.program("fill").run().returnValue).toBe(0);
      const second: number = object.array(maps.pairs).get(2).second;
      expect([second, object.array(maps.pairs).get(2).first]).toEqual([-2, 2n ** 40n]);
      const drops: readonly bigint[] = object.array(maps.drops).values(0);
      expect(drops.reduce((sum, one) => sum + one)).toBe(3n);
      expect(object.array(maps.drops).sum(0)).toBe(3n);
      const counts: readonly bigint[] | undefined = object.hash(maps.counts).values(5);
      expect(counts?.reduce((sum, one) => sum + one)).toBe(7n);
      expect(object.hash(maps.counts).sum(5)).toBe(7n);
      expect(object.hash(maps.counts).values(6)).toBeUndefined();
      const states: readonly (readonly [string, number])[] = object.hash(maps.states).entries();
      expect(states).toEqual([["sshd", 7]]);
      expect(object.hash(maps.states).get("sshd")).toBe(7);
    });

    test("what does not fit is an EncodeError that names the map, and whether it is a key or a value", async () => {
      using object = await load(bytes());
      const flows = object.hash(maps.flows);
      const refused = (work: () => void): unknown => {
        try {
          work();
        } catch (error) {
          return error;
        }
        return undefined;
      };
      expect(refused(() => flows.set({ port: 65536 }, {}))).toMatchObject({
        name: "EncodeError",
        path: "port",
        value: 65536,
        message: expect.stringMatching(/^ERANGE: key of hash "flows": port: /),
      });
      for (const work of [() => flows.get(undefined as never), () => flows.delete(undefined as never)]) {
        expect(refused(work)).toMatchObject({
          name: "EncodeError",
          message: 'ERANGE: key of hash "flows": is left out',
        });
      }
      expect(refused(() => flows.set({}, { packets: -1n }))).toMatchObject({
        name: "EncodeError",
        path: "packets",
        message: expect.stringMatching(/^ERANGE: value of hash "flows": packets: /),
      });
      expect(refused(() => object.array(maps.drops).set(0, -1n))).toMatchObject({
        name: "EncodeError",
        message: expect.stringMatching(/^ERANGE: value of percpu_array "drops": /),
      });
    });

    test("what is put into a map is what a program finds there, padding as zeros", async () => {
      using object = await load(bytes());
      const flows = object.hash(maps.flows);
      const pass = (): number => object.program("pass").run({ context: flowBytes(9, 443) }).returnValue;
      expect(pass()).toBe(1);
      flows.set({ saddr: 9, port: 443 }, { packets: 41n });
      expect(pass()).toBe(42);
      expect(flows.get({ saddr: 9, port: 443 })).toEqual({ packets: 42n, bytes: 100n });
      expect(flows.entries()).toEqual([
        [
          { saddr: 9, port: 443 },
          { packets: 42n, bytes: 100n },
        ],
      ]);
      expect(object.hash("flows").get(flowBytes(9, 443))).toEqual(new Uint8Array(BigUint64Array.of(42n, 100n).buffer));
      expect(flows.sum({ saddr: 9, port: 443 }, 8)).toBe(100n);
      expect(flows.delete({ saddr: 9, port: 443 })).toBe(true);
      expect(flows.delete({ saddr: 9, port: 443 })).toBe(false);
      expect(pass()).toBe(1);
    });

    test("a value per CPU is set on each of them, an array begins anew", async () => {
      using object = await load(bytes());
      const [counts, drops] = [object.hash(maps.counts), object.array(maps.drops)];
      counts.set(1, 2n);
      const values = counts.values(1) ?? [];
      expect(counts.sum(1)).toBe(2n * BigInt(values.length));
      expect(new Set(values)).toEqual(new Set([2n]));
      expect(() => counts.set(1, 3n, 1)).toThrow(/EEXIST/);
      drops.set(1, 4);
      expect(drops.sum(1)).toBe(4n * BigInt(drops.values(1).length));
      drops.reset();
      expect(drops.sum(1)).toBe(0n);
      object.array(maps.pairs).set(0, { first: 5n, second: -1 });
      expect(object.array(maps.pairs).get(0)).toEqual({ first: 5n, second: -1 });
    });

    test("a trie finds the longest prefix of a typed key", async () => {
      using object = await load(bytes());
      const routes = object.hash(maps.routes);
      routes.set({ prefixlen: 8, address: 10 }, true);
      expect(routes.get({ prefixlen: 32, address: 0x0100_000a })).toBe(true);
      expect(routes.get({ prefixlen: 32, address: 11 })).toBeUndefined();
      expect(routes.entries()).toEqual([[{ prefixlen: 8, address: 10 }, true]]);
    });

    test("what does not fit a type is refused, and nothing is set", async () => {
      using object = await load(bytes());
      expect(() => object.hash(maps.counts).set(-1, 1n)).toThrow(/ERANGE/);
      expect(() => object.hash(maps.counts).set(1, 2n ** 64n)).toThrow(/ERANGE/);
      expect(() => object.hash(maps.states).set("longer than sixteen", 1)).toThrow(/ERANGE/);
      expect(object.hash(maps.counts).keys()).toEqual([]);
      // @ts-expect-error a flow is no number
      expect(() => object.hash(maps.flows).get(4)).toThrow(/EINVAL|ERANGE/);
    });

    test("keys and values that have no type are bytes, a key of four a number too", async () => {
      using object = await load(bytes());
      const raw = object.hash(maps.raw);
      raw.set(7, Uint8Array.of(1, 2));
      const value: Uint8Array | undefined = raw.get(Uint8Array.of(7, 0, 0, 0));
      expect(value).toEqual(Uint8Array.of(1, 2));
      expect(() => raw.set(7, Uint8Array.of(1))).toThrow(/EINVAL.*values of 2 bytes, not 1/);
    });

    test("a descriptor gives the same object, and closing it closes the map of that name", async () => {
      using object = await load(bytes());
      const flows = object.hash(maps.flows);
      expect(object.hash(maps.flows)).toBe(flows);
      flows.close();
      expect(flows.closed).toBe(true);
      expect(() => flows.get({ saddr: 1 })).toThrow(/ERR_RINGBUF_CLOSED/);
      expect(object.hash(maps.flows).get({ saddr: 1 })).toBeUndefined();
      const [drops, other] = [object.array("drops"), object.array(maps.drops)];
      drops.close();
      expect(other.closed).toBe(true);
    });

    test("codecs of another layout, size or byte order are refused", async () => {
      using object = await load(bytes());
      const { flows, pairs, counts } = maps;
      const [saddr, port] = flows.keyCodec.layout.leaves;
      const swapped = laidOut(flows.keyCodec, {
        leaves: [
          { ...port!, bitOffset: 0 },
          { ...saddr!, bitOffset: 32 },
        ],
      });
      expect(() => object.hash({ ...flows, keyCodec: swapped })).toThrow(
        /EINVAL.*keys of hash "flows": flow differs from the one generated for: .*saddr/,
      );
      expect(() => object.hash({ ...flows, valueCodec: flows.keyCodec })).toThrow(/EINVAL.*values of hash "flows"/);
      expect(() => object.array({ ...pairs, valueCodec: flows.keyCodec })).toThrow(/EINVAL.*values of array "pairs"/);
      const big = laidOut({ ...counts.keyCodec, endian: "big" }, { endian: "big" });
      expect(() => object.hash({ ...counts, keyCodec: big })).toThrow(/EINVAL.*endian/);
      expect(() => object.hash({ ...counts, keyCodec: {} as never })).toThrow(/EINVAL.*no codec/);
      expect(() => object.array({ ...pairs, name: "flows" })).toThrow(/EINVAL.*has type hash/);
      expect(() => object.array({ ...pairs, name: "none" })).toThrow(/ENOENT/);
    });

    test("where a definition has sizes alone, they are compared, and a warning tells that no more is", async () => {
      using object = await load(bytes());
      const { raw, counts, flows } = maps;
      const heard = uncomparedWarnings();
      expect(() => object.hash({ ...raw, keyCodec: flows.keyCodec })).toThrow(/EINVAL.*flow has 8 bytes, they have 4/);
      warned += 1; // each is told once
      const keyCodec = { ...counts.keyCodec, name: `number ${warned}` };
      expect(object.hash({ ...raw, keyCodec }).get(7)).toBeUndefined();
      expect(await heard()).toEqual([expect.stringMatching(/keys of hash "raw": nothing tells their type.*number/)]);
    });
  });
}
