import { readFileSync } from "node:fs";
import { mapTypeName } from "@rbgen/btf";
import { checkBytes, shown } from "../kernel/arguments.ts";
import { littleEndian } from "../kernel/attributes.ts";
import { cpuList } from "../kernel/cpu-list.ts";
import { ringError, systemError } from "../kernel/errno.ts";
import type { MapInfo } from "../kernel/map-commands.ts";

/** How messages name a map: `percpu_array "drops"`. */
export function whatOf({ type, name }: MapInfo): string {
  return `${mapTypeName(type)} "${name}"`;
}

/** The values of one element as bpf(2) copies them: one, or one for each possible CPU, each rounded up to 8 bytes. */
export class ElementValues {
  readonly perCpu: boolean;
  readonly #info: MapInfo;
  readonly #cpus: number;
  readonly #stride: number;

  constructor(info: MapInfo) {
    this.#info = info;
    this.perCpu = mapTypeName(info.type).includes("percpu");
    this.#cpus = this.perCpu ? possibleCpus() : 1;
    this.#stride = this.perCpu ? Math.ceil(info.valueSize / 8) * 8 : info.valueSize;
  }

  /** Room for all of them. */
  room(): Uint8Array {
    return new Uint8Array(this.#stride * this.#cpus);
  }

  /** Each of them, of what the kernel wrote into {@link room}. */
  split(bytes: Uint8Array): readonly Uint8Array[] {
    return Array.from({ length: this.#cpus }, (_, cpu) =>
      bytes.slice(cpu * this.#stride, cpu * this.#stride + this.#info.valueSize),
    );
  }

  /**
   * `value` for every CPU.
   * @throws RingBufError EINVAL for another length.
   */
  filled(value: Uint8Array): Uint8Array {
    const what = whatOf(this.#info);
    const given = checkBytes(value, `a value of ${what}`);
    if (given.byteLength !== this.#info.valueSize) {
      throw ringError("EINVAL", `${what} holds values of ${this.#info.valueSize} bytes, not ${given.byteLength}`);
    }
    const bytes = this.room();
    for (let cpu = 0; cpu < this.#cpus; cpu++) bytes.set(given, cpu * this.#stride);
    return bytes;
  }

  /**
   * The `u64` at `byteOffset` of each of `values`, added up modulo 2⁶⁴.
   * @throws RingBufError EINVAL where there is none.
   */
  sum(values: readonly Uint8Array[], byteOffset: number): bigint {
    const { valueSize } = this.#info;
    if (!Number.isInteger(byteOffset) || byteOffset < 0 || byteOffset + 8 > valueSize) {
      throw ringError(
        "EINVAL",
        `${whatOf(this.#info)} has no u64 at ${shown(byteOffset)}: its values are ${valueSize} bytes`,
      );
    }
    let total = 0n;
    for (const value of values) total += new DataView(value.buffer).getBigUint64(byteOffset, littleEndian);
    return BigInt.asUintN(64, total);
  }
}

let cpus: number | undefined;

/** How many values the kernel copies per element: one per CPU that may ever come (lib/cpumask `num_possible_cpus`). */
function possibleCpus(): number {
  cpus ??= cpuList(possibleList()).length;
  return cpus;
}

function possibleList(): string {
  const file = "/sys/devices/system/cpu/possible";
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw systemError(cause, `${file}, which tells how many values an element has, cannot be read`);
  }
}
