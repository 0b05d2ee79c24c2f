import type { GeneratedCodec, LayoutDescriptor, RecordCodec, RecordOf, VariableDescriptor } from "@rbgen/runtime";
import { describe, expect, onTestFinished, test } from "vitest";
import { withoutDebugInfo } from "../compile.ts";

const word = (path: string, byte: number, bitSize = 32) =>
  ({ path, bitOffset: byte * 8, bitSize, class: "unsigned" }) as const;

/** Of `layouts.bpf.c`. */
export const exec: LayoutDescriptor = {
  name: "exec",
  size: 16,
  endian: "little",
  leaves: [word("kind", 0), word("pid", 4), word("cgroup", 8, 64)],
};
export const exit: LayoutDescriptor = {
  name: "exit",
  size: 8,
  endian: "little",
  leaves: [word("kind", 0), word("code", 4)],
};
/** As an older source had it: the same length, and another meaning. */
export const olderExit: LayoutDescriptor = { ...exit, leaves: [word("code", 0), word("kind", 4)] };

/** The layout of a ring of several records. */
export function ringOf(...records: readonly LayoutDescriptor[]): LayoutDescriptor {
  const leaves = records.flatMap(({ name, leaves }) =>
    leaves.map((leaf) => ({ ...leaf, path: `${name}.${leaf.path}` })),
  );
  return { name: "events", size: 16, endian: "little", leaves, records };
}

/** A descriptor of map `name`, as far as layouts are concerned. */
export function described(
  name: string,
  layout: LayoutDescriptor,
): { readonly name: string; readonly codec: { readonly layout: LayoutDescriptor } } {
  return { name, codec: { layout } };
}

/** Warnings of this process from here on, until the test ends. */
export function uncomparedWarnings(): () => Promise<readonly string[]> {
  const heard: string[] = [];
  const listen = (warning: Error & { code?: string }): void => {
    if (warning.code === "RINGBUF_UNCOMPARED") heard.push(warning.message);
  };
  process.on("warning", listen);
  onTestFinished(() => void process.off("warning", listen));
  // Node tells of a warning in the next tick.
  return () => new Promise((resolve) => setImmediate(() => resolve(heard)));
}

interface Limits {
  readonly other: number;
  readonly tgid: number;
  readonly max: bigint;
}

const limitsLayout: LayoutDescriptor = {
  name: "limits",
  size: 16,
  endian: "little",
  leaves: [word("other", 0), word("tgid", 4), word("max", 8, 64)],
};

function limitsBy(layout: LayoutDescriptor): VariableDescriptor<RecordCodec<Limits, Limits>> {
  const codec = {
    layout,
    endian: "little",
    decode: (view: DataView, offset = 0): Limits => ({
      other: view.getUint32(offset, true),
      tgid: view.getUint32(offset + 4, true),
      max: view.getBigUint64(offset + 8, true),
    }),
    encode({ other, tgid, max }: Limits, view: DataView, offset = 0): number {
      view.setUint32(offset, other, true);
      view.setUint32(offset + 4, tgid, true);
      view.setBigUint64(offset + 8, max, true);
      return 16;
    },
  } as Partial<GeneratedCodec<Limits, Limits>> as RecordCodec<Limits, Limits>;
  return { name: "limits", section: ".rodata", offset: 0, size: 16, codec };
}

type Named = string | { readonly name: string; readonly codec?: unknown };

/** A BPF object of any backend, as far as it compares layouts. */
interface ComparedObject extends Disposable {
  load(): void;
  program(name: string): { run(): unknown };
  ringBuf(named: Named): unknown;
  userRingBuf(named: Named): unknown;
  perfEventArray(named: Named): unknown;
  global<Codec extends RecordCodec<unknown, never>>(
    variable: VariableDescriptor<Codec>,
  ): { get(): RecordOf<Codec>; set(value: Parameters<Codec["encode"]>[0]): void };
  global(named: string): { get(): unknown };
}

/** What objects of every backend do with the layouts of `layouts.bpf.c`, compiled: `bytes` gives it, `open` opens it. */
export function layoutContract(
  name: string,
  bytes: () => Uint8Array,
  open: (bytes: Uint8Array) => ComparedObject,
): void {
  const load = (loaded: Uint8Array): ComparedObject => {
    const object = open(loaded);
    object.load();
    return object;
  };

  describe(name, () => {
    test("records that the BTF lacks are held against the debug information, each of a ring of several", async () => {
      const heard = uncomparedWarnings();
      using object = load(bytes());
      object.ringBuf(described("events", ringOf(exec, exit)));
      object.perfEventArray(described("samples", exec));
      for (const layout of [olderExit, ringOf(exec, olderExit)]) {
        const message = /^EINVAL: "events": exit differs from the one generated for: `code` moved from byte 0 to 4/;
        expect(() => object.ringBuf(described("events", layout))).toThrow(message);
      }
      expect(() => object.userRingBuf(described("commands", olderExit))).toThrow(/^EINVAL: "commands": exit differs/);
      expect(() => object.perfEventArray(described("samples", olderExit))).toThrow(/^EINVAL: "samples": exit differs/);
      expect(await heard()).toEqual([]);
    });

    test("what only writing takes is no matter for a ring that is read, nor the reverse", () => {
      using object = load(bytes());
      const shorter = { ...exit, size: 4, leaves: [word("kind", 0)] };
      object.ringBuf(described("events", shorter));
      object.perfEventArray(described("samples", shorter));
      expect(() => object.userRingBuf(described("commands", shorter))).toThrow(/`code` is new at byte 4/);
    });

    test("where nothing can be compared, a warning says so once for each map and its records", async () => {
      const heard = uncomparedWarnings();
      using object = load(withoutDebugInfo(bytes()));
      for (let i = 0; i < 2; i++) object.ringBuf(described("events", ringOf(exec, olderExit)));
      object.perfEventArray(described("samples", exec));
      expect(await heard()).toEqual([
        expect.stringMatching(/map "events": nothing tells the layout of "exec", "exit", .*RB_RECORD/),
        expect.stringMatching(/map "samples": nothing tells the layout of "exec"/),
      ]);
    });

    test("a name alone, or a ring of plain numbers, is no reason to warn", async () => {
      const heard = uncomparedWarnings();
      using object = load(withoutDebugInfo(bytes()));
      object.ringBuf("events");
      object.ringBuf(described("events", { name: "__u64", size: 8, endian: "little", leaves: [word("", 0, 64)] }));
      expect(await heard()).toEqual([]);
    });

    test("what is no layout is refused", () => {
      using object = load(bytes());
      for (const layout of [{}, { ...exit, leaves: [{}] }, 3]) {
        expect(() => object.ringBuf({ name: "events", codec: { layout } })).toThrow(
          /EINVAL.*none that rbgen generates/,
        );
      }
    });

    test("a variable is read and written as the codec of its descriptor has it", () => {
      using object = open(bytes());
      const limits = object.global(limitsBy(limitsLayout));
      expect(limits.get()).toEqual({ other: 0, tgid: 0, max: 1000n });
      limits.set({ other: 1, tgid: 2, max: 3n });
      expect(object.global("limits").get()).toEqual(Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0));
      object.load();
      object.program("send").run();
      expect(object.global("most").get()).toBe(3n);
      expect(limits.get()).toEqual({ other: 1, tgid: 2, max: 3n });
      expect(() => limits.set({ other: 0, tgid: 0, max: 0n })).toThrow(/EPERM.*read-only once loaded/);
    });

    test("a variable of another type than its codec's is refused, as is what is no codec", () => {
      using object = open(bytes());
      const swapped = { ...limitsLayout, leaves: [word("other", 4), word("tgid", 0), word("max", 8, 64)] };
      expect(() => object.global(limitsBy(swapped))).toThrow(
        /EINVAL: variable "limits": limits differs.*`other` moved/,
      );
      const bare = { ...limitsBy(limitsLayout), codec: {} as never };
      expect(() => object.global(bare)).toThrow(/EINVAL: variable "limits": .* is no codec: it lacks decode or encode/);
    });
  });
}
