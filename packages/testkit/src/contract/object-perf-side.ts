import { BPF_F_CURRENT_CPU, type PerfEventArrayMap } from "@rbgen/runtime";
import type { PerfSide, Sent } from "./perf-side.ts";

/** What is asked of an object that was loaded from native/perf.bpf.c, whoever runs it. */
export interface PerfObject {
  perfEventArray(name: string): PerfEventArrayMap;
  program(name: string): {
    run(input: { readonly context: Uint8Array; readonly cpu: number }): { readonly returnValue: number };
  };
  close(): void;
}

/** How a side of compiled programs differs from another. */
export interface ObjectPerfSideOptions {
  /** What is returned where nobody reads; the kernel's −ENOENT unless told. */
  readonly unread?: number;
  readonly setOnline?: PerfSide["setOnline"];
}

/** The kernel's end by the program of native/perf.bpf.c, run on one CPU or another. */
export function objectPerfSide(
  object: PerfObject,
  cpus: readonly number[],
  { unread = -2, setOnline }: ObjectPerfSideOptions = {},
): PerfSide {
  const program = object.program("send");
  return {
    map: object.perfEventArray("events"),
    cpus,
    unread,
    setOnline,
    send({ number = 0, count = 1, length = 0, key = 0n, cpu = cpus[0] ?? 0, flags = BPF_F_CURRENT_CPU }: Sent) {
      const context = new Uint8Array(BigUint64Array.of(...[number, count, length, flags, key].map(BigInt)).buffer);
      return program.run({ context, cpu }).returnValue;
    },
    close: () => object.close(),
  };
}
