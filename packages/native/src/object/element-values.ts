import { readFileSync } from "node:fs";
import { mapTypeName } from "@rbgen/btf";
import type { ValueFormat } from "@rbgen/runtime/backend";
import { shown } from "../kernel/arguments.ts";
import { littleEndian } from "../kernel/attributes.ts";
import { cpuList } from "../kernel/cpu-list.ts";
import { ringError, systemError } from "../kernel/errno.ts";
import type { MapInfo } from "../kernel/map-commands.ts";

/** How messages name a map: `percpu_array "drops"`. */
export function whatOf({ type, name }: MapInfo): string {
  return `${mapTypeName(type)} "${name}"`;
}

/** The values of one element as bpf(2) copies them: one, or one for each possible CPU, each rounded up to 8 bytes. */
export class ElementValues<Out, In> {
  readonly perCpu: boolean;
  readonly #info: MapInfo;
  readonly #format: ValueFormat<Out, In>;
  readonly #cpus: number;
  readonly #stride: number;

  constructor(info: MapInfo, format: ValueFormat<Out, In>) {
    this.#info = info;
    this.#format = format;
    this.perCpu = mapTypeName(info.type).includes("percpu");
    this.#cpus = this.perCpu ? possibleCpus() : 1;
    this.#stride = this.perCpu ? Math.ceil(info.valueSize / 8) * 8 : info.valueSize;
  }

  /** Room for all of them. */
  room(): Uint8Array {
    return new Uint8Array(this.#stride * this.#cpus);
  }

  /** The first of them, of what the kernel wrote into {@link room}. */
  first(bytes: Uint8Array): Out {
    return this.#read(bytes, 0);
  }

  /** Each of them, of what the kernel wrote into {@link room}. */
  split(bytes: Uint8Array): readonly Out[] {
    return Array.from({ length: this.#cpus }, (_, cpu) => this.#read(bytes, cpu));
  }

  /**
   * `value` for every CPU.
   * @throws RingBufError EINVAL for bytes of another length; EncodeError of a codec.
   */
  filled(value: In): Uint8Array {
    const given = this.#format.write(value);
    const bytes = this.room();
    for (let cpu = 0; cpu < this.#cpus; cpu++) bytes.set(given, cpu * this.#stride);
    return bytes;
  }

  /**
   * The `u64` at `byteOffset` of each of them, of what the kernel wrote into {@link room}, added up modulo 2⁶⁴; 0 of none.
   * @throws RingBufError EINVAL where there is none.
   */
  sum(bytes: Uint8Array | undefined, byteOffset: number): bigint {
    const { valueSize } = this.#info;
    if (!Number.isInteger(byteOffset) || byteOffset < 0 || byteOffset + 8 > valueSize) {
      throw ringError(
        "EINVAL",
        `${whatOf(this.#info)} has no u64 at ${shown(byteOffset)}: its values are ${valueSize} bytes`,
      );
    }
    if (bytes === undefined) return 0n;
    const view = new DataView(bytes.buffer);
    let total = 0n;
    for (let cpu = 0; cpu < this.#cpus; cpu++)
      total += view.getBigUint64(cpu * this.#stride + byteOffset, littleEndian);
    return BigInt.asUintN(64, total);
  }

  #read(bytes: Uint8Array, cpu: number): Out {
    const at = cpu * this.#stride;
    return this.#format.read(bytes.slice(at, at + this.#info.valueSize));
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
