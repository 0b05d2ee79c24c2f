import { readFileSync } from "node:fs";
import { BtfError, readElf } from "@rbgen/btf";
import { isRingBufError } from "@rbgen/runtime";
import { compileBpf } from "@rbgen/testkit/compile";
import { hostileObjects } from "@rbgen/testkit/native/hostile-objects";
import { describeWith } from "@rbgen/testkit/tools";
import { expect, test } from "vitest";
import { CoreError } from "../core/core-error.ts";
import { VmObject } from "./vm-object.ts";

const read = (name: string): string =>
  readFileSync(new URL(`../../../testkit/src/native/${name}`, import.meta.url), "utf8");
const long = process.env["RBGEN_LONG"] === "1";
const count = long ? 100_000 : 1500;
/** Hours where it is long: as long as a machine takes whose cores are busy. */
const timeout = long ? 24 * 3_600_000 : 900_000;

/** How it ended: every error has to be one that is told of. */
function ended(work: () => void): "whole" | "refused" {
  try {
    work();
    return "whole";
  } catch (error) {
    if (isRingBufError(error) || error instanceof BtfError || error instanceof CoreError) return "refused";
    throw error;
  }
}

describeWith(["clang", "libbpf"], "a damaged object", () => {
  test.each(["object.bpf.c", "contract.bpf.c", "slots.bpf.c"])(
    "of %s runs, or is refused by an error that is told of",
    { timeout },
    (source) => {
      const damaged = hostileObjects(compileBpf(read(source)), { code: true });
      const ends = { whole: 0, refused: 0, ran: 0, faulted: 0 };
      for (let seed = 0; seed < count; seed += 1) {
        const bytes = damaged(seed);
        try {
          const end = ended(() => {
            using object = VmObject.open(bytes, {
              engine: seed % 8 === 0 ? "wasm" : "interpreter",
              instructionBudget: 20_000,
            });
            object.load();
            for (const name of object.programNames) {
              const ran = ended(() => void object.program(name).run());
              ends[ran === "whole" ? "ran" : "faulted"] += 1;
            }
            for (const variable of object.variables) ended(() => void variable.get());
          });
          ends[end] += 1;
        } catch (cause) {
          throw new Error(`seed ${seed} of ${source}`, { cause });
        }
      }
      // else the damage would only ever have been to what is looked at first, or to nothing
      for (const ways of Object.values(ends)) expect(ways).toBeGreaterThan(count / 10);
    },
  );

  test("whose relocation begins at no instruction is refused by the place", () => {
    const bytes = compileBpf(read("object.bpf.c"));
    const relocations = readElf(bytes).sections.find(({ name }) => name === ".relsyscall");
    if (relocations === undefined) throw new Error("no relocations of SEC(syscall)");
    const changed = bytes.slice();
    const at = relocations.bytes.byteOffset - bytes.byteOffset;
    // 16 bytes an entry, of which the first 8 are the offset
    changed[at] = (changed[at] as number) + 5;
    using object = VmObject.open(changed);
    expect(() => object.load()).toThrow(/send has a relocation that begins at no instruction/);
  });

  test("that is none takes no memory for programs", () => {
    const { Memory } = WebAssembly;
    let made = 0;
    WebAssembly.Memory = class extends Memory {
      constructor(descriptor: WebAssembly.MemoryDescriptor) {
        super(descriptor);
        made += 1;
      }
    };
    try {
      const whole = compileBpf(read("object.bpf.c"));
      for (const bytes of [
        new Uint8Array(0),
        new Uint8Array(4096),
        whole.subarray(0, 200),
        compileBpf("int x;", "big"),
      ]) {
        expect(() => VmObject.open(bytes)).toThrow();
      }
      expect(made).toBe(0);
      VmObject.open(whole).close();
      expect(made).toBe(1);
    } finally {
      WebAssembly.Memory = Memory;
    }
  });
});
