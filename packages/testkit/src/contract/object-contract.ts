import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RingBufError, type RingBufMap, RingBufReader, type UserRingBufMap } from "@rbgen/runtime";
import { claimMap } from "@rbgen/runtime/backend";
import { describe, expect, test } from "vitest";
import { anyBytes } from "./codecs.ts";

type Value = number | bigint | boolean | Uint8Array;

/** What an array of an object does. */
interface TestedArray {
  readonly perCpu: boolean;
  readonly length: number;
  readonly closed: boolean;
  readonly info: unknown;
  get(index: number): Uint8Array;
  values(index: number): readonly Uint8Array[];
  set(index: number, value: Uint8Array): void;
  sum(index: number, byteOffset?: number): bigint;
  reset(): void;
  close(): void;
}

/** What a hash of an object does. */
interface TestedHash {
  readonly perCpu: boolean;
  readonly closed: boolean;
  get(key: number | Uint8Array): Uint8Array | undefined;
  values(key: number | Uint8Array): readonly Uint8Array[] | undefined;
  set(key: number | Uint8Array, value: Uint8Array, flags?: number): void;
  delete(key: number | Uint8Array): boolean;
  keys(): readonly Uint8Array[];
  entries(): readonly (readonly [key: Uint8Array, value: Uint8Array])[];
  sum(key: number | Uint8Array, byteOffset?: number): bigint;
  close(): void;
}

/** What a map of maps of an object does. */
interface TestedMapOfMaps {
  readonly closed: boolean;
  readonly info: unknown;
  set(key: number | Uint8Array, inner: never): void;
  idOf(key: number | Uint8Array): number | undefined;
  delete(key: number | Uint8Array): boolean;
  close(): void;
}

interface TestedProgram {
  run(input?: { readonly context?: Uint8Array; readonly data?: Uint8Array; readonly repeat?: number }): {
    readonly returnValue: number;
    readonly context: Uint8Array | undefined;
    readonly data: Uint8Array | undefined;
  };
  runInPlace(context: Uint8Array): number;
}

/** A BPF object of any backend. */
interface TestedObject extends Disposable {
  readonly programNames: readonly string[];
  readonly mapNames: readonly string[];
  load(): void;
  close(): void;
  program(name: string): TestedProgram;
  global(name: string): { get(): Value; set(value: Value): void };
  ringBuf(name: string | { readonly name: string }): RingBufMap & { readonly closed: boolean };
  userRingBuf(name: string): UserRingBufMap & { readonly closed: boolean };
  perfEventArray(name: string): unknown;
  array(name: string): TestedArray;
  hash(name: string): TestedHash;
  mapOfMaps(name: string): TestedMapOfMaps;
}

/** How a backend opens objects and makes rings. */
export interface ObjectSide {
  open(source: string | Uint8Array, options?: never): TestedObject;
  load(source: string | Uint8Array, options?: never): Promise<TestedObject>;
  /** A ring buffer of no object. */
  createRing(options: { readonly name: string; readonly maxEntries: number }): RingBufMap;
}

/** What native objects do and this contract does not ask, since only the real kernel has it. */
export const onlyOfTheKernel: readonly { readonly what: string; readonly reason: string }[] = [
  {
    what: "maps are pinned and shared",
    reason: "a path in bpffs names a map of the kernel; two objects share a ring by reuse",
  },
  { what: "layouts of other programs in the kernel", reason: "other processes' programs exist only there" },
  { what: "descriptors and ids of maps and programs", reason: "file descriptors are the process's in the kernel" },
  { what: "the verifier's log", reason: "there is no verifier: checks name the line of C, in their own tests" },
  { what: "capabilities, and libbpf that is absent", reason: "nothing of either is asked for" },
];

function request(tenant: number, number: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(tenant, number).buffer);
}

/** Code of the error that `use` throws; undefined where it throws none. */
function codeOf(use: () => unknown): unknown {
  try {
    use();
    return undefined;
  } catch (error) {
    return (error as { readonly code?: unknown }).code;
  }
}

/** What objects of every backend do with `object.bpf.c`, compiled: `bytes` gives it, `make` what opens it. */
export function objectContract(name: string, bytes: () => Uint8Array, make: () => ObjectSide): void {
  describe(name, () => {
    const side: ObjectSide = {
      open: (source, options) => make().open(source, options),
      load: (source, options) => make().load(source, options),
      createRing: (options) => make().createRing(options),
    };
    const load = (options: object = {}): Promise<TestedObject> => side.load(bytes(), options as never);
    const open = (options: object = {}): TestedObject => side.open(bytes(), options as never);

    test("is loaded from bytes and from a file, and runs", async () => {
      const folder = mkdtempSync(join(tmpdir(), "rbgen-object-"));
      writeFileSync(join(folder, "my-object.bpf.o"), bytes());
      for (const source of [bytes(), join(folder, "my-object.bpf.o")]) {
        using object = await side.load(source);
        expect([...object.programNames].sort()).toEqual(["drain", "length", "send"]);
        expect(object.mapNames).toEqual(expect.arrayContaining(["events", "commands", "drops", "plain", "tenants"]));
        const context = request(0, 9);
        expect(object.program("send").run({ context })).toMatchObject({
          returnValue: 0,
          context: request(0, 4711),
          data: undefined,
        });
        expect(context).toEqual(request(0, 9));
        const reader = new RingBufReader(object.ringBuf("events"), anyBytes);
        const seen: Uint8Array[] = [];
        expect(reader.consume((record) => void seen.push(record))).toBe(1);
        expect(seen[0]).toHaveLength(16);
        expect(new DataView(seen[0]?.buffer as ArrayBuffer).getUint32(0, true)).toBe(9);
      }
      rmSync(folder, { recursive: true });
    });

    test("a program that sees packets is run on one", async () => {
      using object = await load();
      const { returnValue, data } = object.program("length").run({ data: new Uint8Array(64).fill(7) });
      expect(returnValue).toBe(50); // without the Ethernet header
      expect(data).toHaveLength(64);
      expect(() => object.program("length").run({ data: new Uint8Array(3) })).toThrow(/EINVAL/);
    });

    test("global variables are set before loading, and read and written live", async () => {
      using object = open({
        rodata: { threshold: 100, signed_constant: -1, enabled: true, ratio: 0.5 },
      });
      expect(object.global("threshold").get()).toBe(100n);
      expect(object.global("signed_constant").get()).toBe(-1);
      expect(object.global("enabled").get()).toBe(true);
      expect(object.global("ratio").get()).toBe(0.5);
      expect(object.global("small").get()).toBe(65535);
      expect(object.global("mode_now").get()).toBe(7);
      expect(object.global("bytes").get()).toEqual(Uint8Array.of(1, 2, 3, 4, 5));
      object.global("counter").set(40);
      object.load();
      expect(object.program("send").run({ context: request(0, 5) }).returnValue).toBe(1);
      expect(object.global("counter").get()).toBe(41);
      expect(object.global("hidden").get()).toBe(0n);
      expect(object.global("point").get()).toEqual(new Uint8Array(Int32Array.of(8, 4).buffer));
      object.global("counter").set(1000);
      object.global("bytes").set(Uint8Array.of(5, 4, 3, 2, 1));
      object.program("send").runInPlace(request(0, 5));
      expect(object.global("counter").get()).toBe(1001);
      expect(object.global("bytes").get()).toEqual(Uint8Array.of(5, 4, 3, 2, 1));
      expect(object.global("threshold").get()).toBe(100n);
      expect(() => object.global("threshold").set(1)).toThrow(
        /EPERM: "threshold" is in \.rodata, which is read-only once loaded: give it to load\(\) as rodata/,
      );
      const { value } = record(object);
      expect(value).toBe(BigInt(100 - 1 + 40));
    });

    function record(object: TestedObject): { readonly value: bigint } {
      const seen: Uint8Array[] = [];
      const reader = new RingBufReader(object.ringBuf("events"), anyBytes);
      reader.consume((one) => void seen.push(one), { max: 1 });
      reader.close();
      return { value: new DataView(seen[0]?.buffer as ArrayBuffer).getBigUint64(8, true) };
    }

    test.each([
      ["small", 65536, "ERANGE"],
      ["small", -1, "ERANGE"],
      ["signed_constant", 2 ** 31, "ERANGE"],
      ["threshold", -1n, "ERANGE"],
      ["threshold", 2n ** 64n, "ERANGE"],
      ["threshold", 1.5, "ERANGE"],
      ["enabled", 2, "ERANGE"],
      ["bytes", new Uint8Array(4), "EINVAL"],
      ["point", 3, "EINVAL"],
      ["absent", 3, "ENOENT"],
    ])("setting %s to %s is refused with %s", (name, value, code) => {
      expect(() => open({ rodata: { [name]: value } })).toThrow(new RegExp(`^${code}: .*"${name}"`));
    });

    test("an element that has no room or no place is told with what the map has", async () => {
      using object = await load();
      const table = object.hash("table");
      for (let key = 0; key < 4; key += 1) table.set(key, new Uint8Array(4));
      expect(() => table.set(4, new Uint8Array(4))).toThrow(
        'E2BIG: BPF_MAP_UPDATE_ELEM: hash "table" is full: it has 4 entries',
      );
      expect(() => table.set(3, new Uint8Array(4), 1)).toThrow(
        'EEXIST: BPF_MAP_UPDATE_ELEM: hash "table" has this key already',
      );
      table.delete(3);
      expect(() => table.set(3, new Uint8Array(4), 2)).toThrow(
        'ENOENT: BPF_MAP_UPDATE_ELEM: hash "table" does not have this key',
      );
      expect(() => object.array("plain").get(3)).toThrow(
        'ENOENT: BPF_MAP_LOOKUP_ELEM: element 3 of array "plain", which has 3',
      );
      expect(() => object.array("plain").set(3, new Uint8Array(8))).toThrow(
        'E2BIG: BPF_MAP_UPDATE_ELEM: element 3 of array "plain", which has 3',
      );
    });

    test("what is not there is told by name, and what is there instead", async () => {
      using object = await load();
      expect(() => object.ringBuf("event")).toThrow(/no map "event"; it has .*"events"/);
      expect(() => object.ringBuf("plain")).toThrow(/has type array, not ringbuf/);
      expect(() => object.userRingBuf("events")).toThrow(/has type ringbuf, not user_ringbuf/);
      expect(() => object.array("events")).toThrow(/has type ringbuf, not array or percpu_array/);
      expect(() => object.program("none")).toThrow(/no program "none"; it has .*"send"/);
      using closed = open();
      expect(() => closed.ringBuf("events")).toThrow(/not made yet: call load\(\) first/);
      expect(() => closed.program("send").run()).toThrow(/not loaded: call load\(\)/);
      closed.close();
      expect(() => closed.program("send")).toThrow(/ERR_RINGBUF_CLOSED/);
      expect(() => closed.load()).toThrow(/ERR_RINGBUF_CLOSED/);
    });

    test.each<[what: string, use: (object: TestedObject) => unknown, absent: string, meant: string]>([
      ["a ring", (object) => object.ringBuf("evnts"), 'map "evnts"', "events"],
      ["a user ring", (object) => object.userRingBuf("comands"), 'map "comands"', "commands"],
      ["a perf event array", (object) => object.perfEventArray("event"), 'map "event"', "events"],
      ["an array", (object) => object.array("plian"), 'map "plian"', "plain"],
      ["a hash", (object) => object.hash("tabel"), 'map "tabel"', "table"],
      ["a map of maps", (object) => object.mapOfMaps("tenant"), 'map "tenant"', "tenants"],
      ["a map by its descriptor", (object) => object.ringBuf({ name: "Events" }), 'map "Events"', "events"],
      ["a program", (object) => object.program("sned"), 'program "sned"', "send"],
      ["a variable", (object) => object.global("treshold"), 'global variable "treshold"', "threshold"],
      ["a variable to set", () => open({ rodata: { counte: 1 } }), 'global variable "counte"', "counter"],
      ["a map to change", () => open({ maps: { drosp: { maxEntries: 1 } } }), 'map "drosp"', "drops"],
    ])(
      "%s whose name is misspelt is told with the nearest one, and all that there are",
      async (_, use, absent, meant) => {
        using object = await load();
        expect(codeOf(() => use(object))).toBe("ENOENT");
        expect(() => use(object)).toThrow(
          new RegExp(
            `^ENOENT: .* has no ${absent}; it has ("[^"]+", )*"${meant}"(, "[^"]+")*; did you mean "${meant}"`,
          ),
        );
      },
    );

    test("a name that is like none is told with those that there are, and no guess", async () => {
      using object = await load();
      expect(() => object.program("zzzzzz")).toThrow(
        /has no program "zzzzzz"; it has ("(send|length|drain)"(, )?){3}$/,
      );
    });

    test("a run whose input closes the object as it is read runs nothing", async () => {
      let looked = false;
      const close = (object: TestedObject): void => {
        looked = true;
        object.close();
      };
      const closing = (object: TestedObject): Uint8Array =>
        Object.defineProperty(new Uint8Array(8), "byteLength", {
          get() {
            close(object);
            return 8;
          },
        });
      const member = (object: TestedObject) => ({
        get context() {
          close(object);
          return new Uint8Array(8);
        },
      });
      const runs: ((object: TestedObject) => unknown)[] = [
        (object) => object.program("send").run(member(object)),
        (object) => object.program("send").run({ context: closing(object) }),
        (object) => object.program("send").runInPlace(closing(object)),
      ];
      for (const [index, run] of runs.entries()) {
        const object = await load();
        looked = false;
        const code = codeOf(() => run(object));
        // who never asks an array for its length, but the engine, is not closed by it
        expect(code).toBe(looked ? "ERR_RINGBUF_CLOSED" : undefined);
        expect(looked || index > 0).toBe(true);
        object.close();
      }
    });

    test("maps are resized, with libbpf's rounding", async () => {
      using object = await load({ maps: { events: { maxEntries: 100_000 }, plain: { maxEntries: 7 } } });
      expect(object.ringBuf("events").maxEntries).toBe(131_072);
      expect(object.array("plain").length).toBe(7);
      using plain = await load();
      expect(plain.ringBuf("events").maxEntries).toBe(8192);
      expect(() => open({ maps: { none: { maxEntries: 1 } } })).toThrow(/no map "none"/);
      const section = plain.mapNames.find((one) => one.endsWith(".bss")) ?? "";
      expect(() => open({ maps: { [section]: { maxEntries: 65536 } } })).toThrow(/EINVAL.*bss" is a data section/);
    });

    test("a map made here is used in place of the object's own", async () => {
      using map = side.createRing({ name: "mine", maxEntries: 65536 });
      using object = await load({ maps: { events: { reuse: map } } });
      object.program("send").run({ context: request(0, 1) });
      expect(object.ringBuf("events").maxEntries).toBe(65536);
      expect(new RingBufReader(map, anyBytes).consume(() => undefined)).toBe(1);
    });

    test("drops are counted per CPU and added up", async () => {
      using object = await load({ maps: { events: { maxEntries: 4096 } } });
      const drops = object.array("drops");
      expect(drops.perCpu).toBe(true);
      expect(drops.sum(0)).toBe(0n);
      let failed = 0n;
      for (let i = 0; i < 300; i++) if (object.program("send").runInPlace(request(0, i)) === -1) failed++;
      expect(failed).toBe(300n - 170n); // 24 bytes a record, at most 4088 of them
      expect(drops.sum(0)).toBe(failed);
      expect(drops.sum(1)).toBe(0n);
      expect(drops.values(0).every((value) => value.byteLength === 16)).toBe(true);
      expect(() => drops.sum(0, 12)).toThrow(/no u64 at 12/);
      expect(() => drops.sum(2)).toThrow(/ENOENT/);
      expect(() => drops.get(0)).toThrow(/one value per CPU/);
      drops.set(0, new Uint8Array(16));
      expect(drops.sum(0)).toBe(0n);
      const plain = object.array("plain");
      plain.set(2, new Uint8Array(BigUint64Array.of(2n ** 63n).buffer));
      expect(plain.sum(2)).toBe(2n ** 63n);
      expect(plain.get(2)).toEqual(new Uint8Array(BigUint64Array.of(2n ** 63n).buffer));
      expect(() => plain.set(2, new Uint8Array(4))).toThrow(/values of 8 bytes, not 4/);
      expect(() => plain.set(3, new Uint8Array(8))).toThrow(/E2BIG/);
      expect(() => plain.get(1.5)).toThrow(/not an index/);
      drops.set(1, new Uint8Array(16).fill(1));
      for (const array of [drops, plain]) {
        array.reset();
        const values = Array.from({ length: array.length }, (_, index) => array.values(index)).flat();
        expect(values.every((value) => value.every((byte) => byte === 0))).toBe(true);
      }
    });

    test("elements of a hash are set, found, walked through and taken out, with the kernel's errnos", async () => {
      using object = await load();
      const table = object.hash("table");
      const word = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
      expect([table.perCpu, table.get(1), table.values(1), table.delete(1), table.entries()]).toEqual([
        ...[false, undefined, undefined, false],
        [],
      ]);
      for (const key of [1, 2, 3]) table.set(key, word(10 * key));
      table.set(word(4), word(40), 1);
      expect(table.get(word(2))).toEqual(word(20));
      expect(table.values(4)).toEqual([word(40)]);
      const walked = [...table.entries()].map(([key, value]) => [...word(0).map((_, at) => key[at]!), value[0]]);
      expect(
        table
          .keys()
          .map(([first]) => first)
          .sort(),
      ).toEqual([1, 2, 3, 4]);
      expect(walked.sort()).toEqual([1, 2, 3, 4].map((key) => [...word(key), 10 * key]));
      expect(() => table.set(1, word(0), 1)).toThrow(/EEXIST/);
      expect(() => table.set(9, word(0), 2)).toThrow(/ENOENT/);
      expect(() => table.set(9, word(0))).toThrow(/E2BIG/);
      table.set(1, word(11), 2);
      expect(table.get(1)).toEqual(word(11));
      expect([table.delete(1), table.delete(1), table.get(1)]).toEqual([true, false, undefined]);
      table.set(9, word(90));
      expect(() => table.set(9, new Uint8Array(5))).toThrow(/EINVAL.*values of 4 bytes, not 5/);
      expect(() => table.get(new Uint8Array(5))).toThrow(/EINVAL.*keys of 4 bytes, not 5/);
      expect(() => table.get(-1)).toThrow(/EINVAL/);
      expect(() => table.set(9, word(0), 4)).toThrow(/EINVAL.*flags/);
      expect(() => table.sum(9)).toThrow(/EINVAL.*no u64 at 0/);
      expect(() => object.hash("plain")).toThrow(/EINVAL.*has type array/);
      table.close();
      expect(() => table.get(2)).toThrow(/ERR_RINGBUF_CLOSED/);
      expect(object.hash("table").get(2)).toEqual(word(20));
    });

    test("a per-CPU hash has a value for each CPU, added up", async () => {
      using object = await load();
      const seen = object.hash("seen");
      expect(seen.perCpu).toBe(true);
      const key = new Uint8Array(6).fill(7);
      expect(seen.sum(key)).toBe(0n);
      seen.set(key, new Uint8Array(Uint32Array.of(5, 0, 1).buffer), 1);
      const values = seen.values(key) ?? [];
      expect(values.every((value) => value.byteLength === 12 && value[0] === 5)).toBe(true);
      expect(seen.sum(key)).toBe(5n * BigInt(values.length));
      expect(seen.keys()).toEqual([key]);
      expect(() => seen.get(key)).toThrow('EINVAL: percpu_hash "seen" has one value per CPU: use values() or sum()');
      expect(() => seen.entries()).toThrow('EINVAL: percpu_hash "seen" has one value per CPU: use keys() and values()');
      expect(() => seen.set(key, new Uint8Array(12), 1)).toThrow(/EEXIST/);
      expect(() => seen.values(7)).toThrow(/EINVAL.*keys of 6 bytes: give them as bytes/);
    });

    test("rings inside a map of maps are put in, found and read", async () => {
      using object = await load();
      const tenants = object.mapOfMaps("tenants");
      using ring = side.createRing({ name: "tenant", maxEntries: 65536 });
      tenants.set(7, ring as never);
      expect(tenants.idOf(7)).toBeGreaterThan(0);
      expect(tenants.idOf(8)).toBe(undefined);
      expect(object.program("send").run({ context: request(8, 1) }).returnValue).toBe(-2);
      expect(object.program("send").run({ context: request(7, 1) }).returnValue).toBe(0);
      expect(new RingBufReader(ring, anyBytes).consume(() => undefined)).toBe(1);
      expect(() => tenants.set(9, object.array("plain") as never)).toThrow(
        /EINVAL.*type and flags must be those of its template/,
      );
      expect(() => tenants.set(new Uint8Array(3), ring as never)).toThrow(/keys of 4 bytes, not 3/);
    });

    test("asking for a map again gives the same one, until it is closed", async () => {
      using object = await load();
      for (const ask of [
        () => object.ringBuf("events"),
        () => object.userRingBuf("commands"),
        () => object.array("plain"),
        () => object.hash("table"),
        () => object.mapOfMaps("tenants"),
      ]) {
        const map = ask();
        for (let i = 0; i < 10; i++) expect(ask()).toBe(map);
        map.close();
        expect(map.closed).toBe(true);
        const another = ask();
        expect(another).not.toBe(map);
        expect(another.closed).toBe(false);
      }
    });

    test("closing the object ends its readers and maps", async () => {
      const object = await load();
      const map = object.ringBuf("events");
      expect(object.ringBuf("events")).toBe(map);
      const reader = new RingBufReader(map, anyBytes);
      const array = object.array("plain");
      const next = reader[Symbol.asyncIterator]().next();
      setTimeout(() => object.close(), 5);
      await expect(next)
        .resolves.toMatchObject({ done: true })
        .catch(() => expect(next).rejects.toThrow(/CLOSED/));
      expect(() => reader.consume(() => undefined)).toThrow(/ERR_RINGBUF_CLOSED/);
      expect(() => map[claimMap]()).toThrow(/ERR_RINGBUF_CLOSED/);
      expect(() => array.get(0)).toThrow(/ERR_RINGBUF_CLOSED/);
      expect(() => object.ringBuf("events")).toThrow(/ERR_RINGBUF_CLOSED/);
      expect(() => object.userRingBuf("commands")).toThrow(/ERR_RINGBUF_CLOSED/);
    });

    test.each([
      ["a string for an integer", { rodata: { threshold: "5" } }, /EINVAL: "threshold" is an integer/],
      ["nothing for an integer", { rodata: { threshold: undefined } }, /EINVAL: "threshold" is an integer/],
      ["a bigint for a double", { rodata: { ratio: 1n } }, /EINVAL: "ratio" is a floating-point number/],
      ["half an entry", { maps: { plain: { maxEntries: 1.5 } } }, /EINVAL: map "plain" cannot have 1.5 entries/],
      ["entries beyond 32 bits", { maps: { plain: { maxEntries: 2 ** 32 + 1 } } }, /EINVAL: .* cannot have 4294967297/],
      [
        "an option that there is not",
        { mapps: {} },
        /EINVAL: the options of an object: there is no "mapps"; there are "rodata", "maps".*; did you mean "maps"\?$/,
      ],
      [
        "a setting of a map that there is not",
        { maps: { plain: { maxEntires: 4 } } },
        /EINVAL: what is set of map "plain": there is no "maxEntires"; .*did you mean "maxEntries"\?$/,
      ],
      [
        "a setting of a template that there is not",
        { maps: { tenants: { inner: { maxEntries: 4096, falgs: 1 } } } },
        /EINVAL: the template of what is inside of map "tenants": there is no "falgs"; there are "maxEntries"$/,
      ],
      [
        "nothing in place of settings",
        { maps: { plain: null } },
        /EINVAL: what is set of map "plain" is an object, not null/,
      ],
      ["no map in place of one", { maps: { events: { reuse: {} } } }, /EBADF.*: map "events"/],
    ])("%s is refused, and told by name", async (_, options, message) => {
      const error = await load(options as never).catch((thrown) => thrown);
      expect(error).toBeInstanceOf(RingBufError);
      expect(error.message).toMatch(message);
    });

    test("a known option of no value is as one that is left out", async () => {
      using object = await load({
        rodata: undefined,
        maps: { plain: { maxEntries: undefined, inner: undefined } },
      } as never);
      expect(object.array("plain").length).toBeGreaterThan(0);
    });

    test("an input of a run that there is not is refused with the nearest", async () => {
      using object = await load();
      expect(() => object.program("length").run({ repaet: 3 } as never)).toThrow(
        /EINVAL: the input of a run: there is no "repaet"; .*did you mean "repeat"\?$/,
      );
    });

    test("what is neither a path nor bytes is no object", async () => {
      for (const source of [undefined, 3, new ArrayBuffer(8)]) {
        await expect(side.load(source as never)).rejects.toThrow(
          /EINVAL: an object is given by its path, or its bytes/,
        );
      }
    });

    test("what is neither a name nor a descriptor names nothing of an object, and is told", async () => {
      using object = await load();
      for (const [named, shown] of [
        [undefined, "undefined"],
        [3, "3"],
        [null, "null"],
      ]) {
        const told = `EINVAL: a thing of an object is told by its name or its generated descriptor, not ${shown}`;
        expect(() => object.program(named as never)).toThrow(told);
        expect(() => object.ringBuf(named as never)).toThrow(told);
      }
    });

    test("a program runs a whole number of times", async () => {
      using object = await load();
      const length = object.program("length");
      expect(length.run({ data: new Uint8Array(64), repeat: 3 }).returnValue).toBe(50);
      for (const repeat of [0, -1, 1.5, 2 ** 32, "2"]) {
        const run = () => length.run({ data: new Uint8Array(64), repeat: repeat as number });
        expect(run).toThrow(/EINVAL: a program runs a whole number of times/);
      }
    });

    test("keys that C would cut off are refused by a map of maps, which says when it is full", async () => {
      using object = await load();
      using inner = side.createRing({ name: "inner", maxEntries: 4096 });
      const tenants = object.mapOfMaps("tenants");
      for (const key of [-1, 1.5, 2 ** 32]) {
        expect(() => tenants.set(key, inner as never)).toThrow(/EINVAL: .* is not a key of hash_of_maps "tenants"/);
        expect(() => tenants.idOf(key)).toThrow(/EINVAL/);
      }
      expect(() => tenants.set(1, {} as never)).toThrow(/EBADF/);
      for (let key = 1; key <= 4; key++) tenants.set(key, inner as never);
      expect(() => tenants.set(5, inner as never)).toThrow(/E2BIG: .* "tenants" is full, .* 4 entries/);
    });
  });
}
