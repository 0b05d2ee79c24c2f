import { fileURLToPath } from "node:url";

/** BPF programs that make their records up, compiled; the path is that of the built demo, which runs in `dist/`. */
export const objectPath: string = fileURLToPath(new URL("../bpf/demo.bpf.o", import.meta.url));

/** BPF programs that record what processes of this machine do which the demo started. */
export const machineObjectPath: string = fileURLToPath(new URL("../bpf/machine.bpf.o", import.meta.url));

/** How often the kernel side runs, milliseconds. */
export const tickMs = 2;

/** Milliseconds of the clock that kernels stamp records with. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
