import { BPF_F_CURRENT_CPU } from "@rbgen/runtime";
import { type Bpf, EmulatedKernel } from "@rbgen/runtime/emulated";
import type { PerfSide, Sent } from "./perf-side.ts";

/** Sends as native/perf.bpf.c does, by a program that is a function. */
export function emulatedPerfSide(): PerfSide {
  const kernel = new EmulatedKernel();
  const map = kernel.createPerfEventArray({ name: "events", cpus: 2 });
  return {
    map,
    cpus: [0, 1],
    unread: -2,
    send({ number = 0, count = 1, length = 0, key = 0n, cpu = 0, flags = BPF_F_CURRENT_CPU }: Sent) {
      let result = 0;
      map.cpu = cpu;
      const run = (bpf: Bpf): number => {
        for (let i = 0; i < count; i += 1) {
          const bytes = new Uint8Array(Math.max(16, length));
          const view = new DataView(bytes.buffer);
          view.setUint32(0, number + i, true);
          view.setBigUint64(8, key, true);
          result = bpf.perfEventOutput(map, flags, bytes.subarray(0, length));
        }
        return 0;
      };
      kernel.loadProgram({ type: "xdp", run }).run();
      return result;
    },
    setOnline: (cpu, online) => map.setOnline(cpu, online),
    close: () => map.close(),
  };
}
