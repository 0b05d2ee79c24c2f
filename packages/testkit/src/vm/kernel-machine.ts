import { RingBufReader } from "@rbgen/runtime";
import { loadAddon } from "../../../native/src/addon/load-addon.ts";
import { Attributes, cString } from "../../../native/src/kernel/attributes.ts";
import { createMap, lookupElement } from "../../../native/src/kernel/map-commands.ts";
import { runProgram } from "../../../native/src/kernel/program-commands.ts";
import { openRingBuf } from "../../../native/src/ring/open-ring.ts";
import type { NativeRingBufMap } from "../../../native/src/ring/ring-map.ts";
import { anyBytes } from "../contract/codecs.ts";
import type { ProgramMaps } from "./random-program.ts";

/** What a machine shows after a run: its maps' elements, and the records that came. */
export interface MachineState {
  readonly hash: readonly (string | undefined)[];
  readonly array: readonly (string | undefined)[];
  readonly records: readonly string[];
}

/** `BPF_PROG_LOAD`, a program that may be run by a test alone (`BPF_PROG_TYPE_SYSCALL`) and has to be sleepable. */
const programLoad = 5;
const syscallProgram = 31;
const sleepable = 16;

/** Maps of the real kernel, and random programs that work on them. */
export class KernelMachine {
  readonly maps: ProgramMaps;
  readonly #ring: NativeRingBufMap;
  readonly #reader: RingBufReader<Uint8Array>;

  constructor() {
    this.maps = {
      hash: create(1, 4, 8, 4),
      array: create(2, 4, 8, 4),
      queue: create(22, 0, 8, 3),
      ring: create(27, 0, 0, 4096),
    };
    this.#ring = openRingBuf({ fd: this.maps.ring });
    this.#reader = new RingBufReader(this.#ring, anyBytes);
  }

  /** Loads and runs a program once: what it returned, its context afterwards. @throws what the verifier says. */
  run(code: Uint8Array, context: Uint8Array): number {
    const log = new Uint8Array(65536);
    const attributes = new Attributes(120)
      .u32(0, syscallProgram)
      .u32(4, code.byteLength / 8)
      .pointer(8, code)
      .pointer(16, cString("GPL"))
      .u32(44, sleepable);
    const { bytes, holders, offsets, targets } = attributes;
    let fd = loadAddon().bpf(programLoad, bytes, holders, offsets, targets, new Uint8Array(0));
    if (fd < 0) {
      attributes.u32(24, 1).u32(28, log.byteLength).pointer(32, log);
      fd = loadAddon().bpf(programLoad, bytes, holders, offsets, targets, new Uint8Array(0));
    }
    if (fd < 0) throw new Error(`the verifier: ${fd}\n${new TextDecoder().decode(log.subarray(0, log.indexOf(0)))}`);
    try {
      const { result, returnValue } = runProgram(fd, { context });
      if (result < 0) throw new Error(`BPF_PROG_TEST_RUN: ${result}`);
      return returnValue;
    } finally {
      loadAddon().close(fd);
    }
  }

  /** Elements now, and the records since the last call. */
  state(): MachineState {
    const records: string[] = [];
    this.#reader.consume((sample) => {
      records.push(Buffer.from(sample).toString("hex"));
    });
    return { hash: elements(this.maps.hash), array: elements(this.maps.array), records };
  }

  close(): void {
    this.#reader.close();
    this.#ring.close();
    for (const fd of Object.values(this.maps)) loadAddon().close(fd);
  }
}

function create(type: number, keySize: number, valueSize: number, maxEntries: number): number {
  const fd = createMap({ type, keySize, valueSize, maxEntries, flags: 0, name: "random" });
  if (fd < 0) throw new Error(`BPF_MAP_CREATE of type ${type}: ${fd}`);
  return fd;
}

/** Values of the keys that random programs use, 0 to 7. */
function elements(fd: number): readonly (string | undefined)[] {
  return Array.from({ length: 8 }, (_, index) => {
    const value = new Uint8Array(8);
    const result = lookupElement(fd, new Uint8Array(Uint32Array.of(index).buffer), value);
    return result < 0 ? undefined : Buffer.from(value).toString("hex");
  });
}
