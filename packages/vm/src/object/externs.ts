import { type Btf, type ElfSymbol, sizeOf } from "@rbgen/btf";
import type { Words } from "../load/linker.ts";
import type { VmMemory } from "../memory/memory.ts";
import { absent } from "./named.ts";

/**
 * Refuses values of `__kconfig` variables that the object does not declare.
 * @throws RingBufError ENOENT
 */
export function expectDeclared(btf: Btf, values: Readonly<Record<string, unknown>>): void {
  const [section] = btf.findKind("datasec", ".kconfig");
  const declared = new Set(
    section?.variables.flatMap(({ variable }) => (variable.kind === "var" ? variable.name : [])),
  );
  for (const name of Object.keys(values)) if (!declared.has(name)) throw absent("__kconfig variable", name, declared);
}

/** Variables that the kernel gives an object (`__kconfig`), in the VM's memory as programs ask for them. */
export class Externs {
  readonly #btf: Btf;
  readonly #memory: VmMemory;
  readonly #values: ReadonlyMap<string, number | bigint>;
  readonly #known = new Map<string, Words>();

  /** `values` by name; `LINUX_KERNEL_VERSION` is that of `kernelVersion` ("6.18") and any other 0 where they are silent. */
  constructor(btf: Btf, memory: VmMemory, values: Readonly<Record<string, number | bigint>>, kernelVersion: string) {
    this.#btf = btf;
    this.#memory = memory;
    const [major = 6, minor = 18] = kernelVersion.split(".").map(Number);
    this.#values = new Map(Object.entries({ LINUX_KERNEL_VERSION: (major << 16) | (minor << 8), ...values }));
  }

  /** Pointer to a variable; NULL for a weak one that there is not, undefined for another. */
  pointerTo({ name, bind }: ElfSymbol): Words | undefined {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const section = this.#btf.findKind("datasec", ".kconfig")[0];
    const found = section?.variables.find(({ variable }) => variable.name === name)?.variable;
    if (found?.kind !== "var") return bind === "weak" ? { low: 0, high: 0 } : undefined;
    const size = sizeOf(found.type);
    const region = this.#memory.allocate(size, { kind: "global", name, access: "read" });
    let rest = BigInt.asUintN(64, BigInt(this.#values.get(name) ?? 0));
    for (let at = 0; at < size; at += 1) {
      this.#memory.bytes[region.address + at] = Number(rest & 0xffn);
      rest >>= 8n;
    }
    const words = { low: 0, high: region.id };
    this.#known.set(name, words);
    return words;
  }
}
