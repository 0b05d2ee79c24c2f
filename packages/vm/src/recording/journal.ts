import { insideRingBuf } from "@rbgen/runtime/emulated/helpers";
import { invalid } from "../invalid.ts";
import { RingMap } from "../maps/ring-map.ts";
import type { VmMap } from "../maps/vm-map.ts";
import type { Region } from "../memory/region.ts";
import { toHex } from "./hex.ts";
import type { KeptInputs } from "./inputs.ts";
import {
  type Change,
  type DeclaredMemory,
  type Outcome,
  type RecordedEvent,
  type RecordedRun,
  type RecordedSetup,
  type Recording,
  type RingInput,
  recordingFormat,
} from "./recording.ts";
import { RingWatch } from "./ring-watch.ts";

/** What a run is given, as its object knows it. */
export type BegunRun = Pick<
  RecordedRun,
  "program" | "cpu" | "current" | "context" | "data" | "cookie" | "functionAddress" | "timer"
>;

/** Keeps what happens to an object. */
export class Journal {
  readonly #inputs: KeptInputs;
  readonly #files: Pick<Recording, "object" | "btf">;
  readonly #events: RecordedEvent[] = [];
  readonly #rings = new Map<string, RingWatch>();
  /** Names of rings, those that are no maps of the object too. */
  readonly #names = new Map<object, string>();
  #outside = 0;
  #setup: RecordedSetup | undefined;
  #begun: (BegunRun & Pick<RecordedRun, "rings">) | undefined;
  /** Why the runs cannot be told from what was kept. */
  #lost: string | undefined;

  /** `files` tells what is recorded. */
  constructor(inputs: KeptInputs, files: Pick<Recording, "object" | "btf">) {
    this.#inputs = inputs;
    this.#files = files;
  }

  /** The object is loaded: what came before is in `setup`, and these are its rings. */
  open(setup: Omit<RecordedSetup, "memory">, rings: readonly RingMap[]): void {
    this.#setup = { ...setup, memory: this.#events.splice(0) as DeclaredMemory[] };
    for (const map of rings) this.#watch(map.name, map);
  }

  /** User space did something; before the object is loaded that is in what it is loaded with. */
  readonly note = (change: Change): void => {
    if (this.#setup !== undefined || change.kind === "memory") this.#events.push(change);
  };

  /** A test declared memory of these bytes. */
  declared({ id, kind: region, name }: Region, bytes: Uint8Array): void {
    if (region !== "kernel memory" && region !== "user memory") return;
    this.note({ kind: "memory", region, name, id, bytes: toHex(bytes) });
  }

  /** A run begins. */
  begin(run: BegunRun): void {
    const rings: Record<string, RingInput> = {};
    for (const [name, watch] of this.#rings) {
      const { input, others } = watch.look();
      if (others) this.#lose(`something else than the object's programs sent records to ring "${name}"`);
      if (input !== undefined) rings[name] = input;
    }
    this.#inputs.take();
    this.#begun = { ...run, rings };
  }

  /** The run ended. */
  end(outcome: Outcome | undefined): void {
    const begun = this.#begun;
    if (begun === undefined) return;
    if (outcome === undefined) {
      this.#lose(`a run of ${begun.program} was ended by an error that is no fault of the program`);
      return;
    }
    this.#begun = undefined;
    this.#events.push({ kind: "run", ...begun, ...this.#inputs.take(), outcome });
    for (const watch of this.#rings.values()) watch.settle();
  }

  /**
   * All so far.
   * @throws RingBufError EINVAL before the object is loaded, or where something happened that cannot be told again.
   */
  recording(): Recording {
    if (this.#setup === undefined) throw invalid("nothing is recorded yet: call load() first");
    if (this.#lost !== undefined) throw invalid(`the runs cannot be told again: ${this.#lost}`);
    return { format: recordingFormat, ...this.#files, setup: this.#setup, events: [...this.#events] };
  }

  /** How a map of maps tells of what it is given: a map of this object, or a ring. */
  readonly innerOf = (map: VmMap, own: boolean): string => {
    if (map instanceof RingMap) return this.#names.get(map.ring) ?? this.#nameOutside(map);
    if (!own) this.#lose(`map "${map.name}" of another object was put into a map`);
    return map.name;
  };

  #watch(name: string, map: RingMap): RingWatch {
    const watch = new RingWatch(map);
    this.#rings.set(name, watch);
    this.#names.set(map.ring, name);
    return watch;
  }

  /** Name of a ring that is no map of the object, which is told of when it is first named. */
  #nameOutside(map: RingMap): string {
    const { name, maxEntries, flags } = map;
    const key = `ring:${this.#outside}`;
    this.#outside += 1;
    if (!this.#watch(key, map).untouched) this.#lose(`ring "${name}" was used before it was put into a map`);
    const type = insideRingBuf(map.ring) === undefined ? "user_ringbuf" : "ringbuf";
    this.note({ kind: "ring", ring: key, type, name, maxEntries, flags });
    return key;
  }

  #lose(why: string): void {
    this.#lost ??= why;
  }
}
