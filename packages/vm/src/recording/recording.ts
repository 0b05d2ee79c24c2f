/** What a recording says that it is. */
export const recordingFormat = "rbgen.vm.recording.v1";

/** Bytes as hexadecimal digits. */
export type Hex = string;

/** What user space did to a ring since the run before: positions are decimal. */
export interface RingInput {
  /** Of a ring buffer: up to where its reader had read. */
  readonly consumer?: string;
  /** Of a user ring: up to where its writer had written, and the bytes of its data that were others. */
  readonly producer?: string;
  readonly changes?: readonly (readonly [offset: number, bytes: Hex])[];
}

/** What a run was given beside its arguments: what it asked of clock and chance, in the order in which it asked. */
export interface Draws {
  /** Milliseconds. */
  readonly clock: readonly number[];
  /** 32 bits, unsigned. */
  readonly random: readonly number[];
  /** Calls of helpers that can fail which did on purpose, by their number in the run, and with which errno. */
  readonly faults: readonly (readonly [call: number, errno: number])[];
}

/** How a run ended. */
export type Outcome =
  | { readonly returned: number; readonly instructions: number }
  /** Message of the fault. */
  | { readonly fault: string };

/** Who a program ran for. */
export interface RecordedTask {
  readonly pid: number;
  readonly tgid: number;
  readonly uid: number;
  readonly gid: number;
  readonly comm: string;
  /** Decimal. */
  readonly cgroupId: string;
  /** Decimal. */
  readonly cgroupAncestors: readonly string[];
  /** Frames, decimal; null where none were declared. */
  readonly stack: { readonly kernel: readonly string[] | null; readonly user: readonly string[] | null };
  /** Words of the pointer to its `task_struct`. */
  readonly task: readonly [low: number, high: number];
}

/** One run of a program. */
export interface RecordedRun extends Draws {
  readonly kind: "run";
  readonly program: string;
  readonly cpu: number;
  readonly current: RecordedTask;
  /** Number of the timer whose callback it is; null for a run of the program itself. */
  readonly timer: number | null;
  /** The context's bytes; null where none was given. */
  readonly context: Hex | null;
  /** The packet; null where none was given. */
  readonly data: Hex | null;
  /** Decimal. */
  readonly cookie: string;
  /** Of the function that it ran at; decimal. */
  readonly functionAddress: string;
  /** By the ring's name, where user space did something. */
  readonly rings: { readonly [ring: string]: RingInput };
  readonly outcome: Outcome;
}

/** Memory that a test declared, whose pointers have this high word. */
export interface DeclaredMemory {
  readonly kind: "memory";
  readonly region: "kernel memory" | "user memory";
  readonly name: string;
  readonly id: number;
  readonly bytes: Hex;
}

/** What user space did to an object between runs. */
export type Change =
  | DeclaredMemory
  | { readonly kind: "global"; readonly name: string; readonly bytes: Hex }
  /** On every processor. */
  | { readonly kind: "update"; readonly map: string; readonly key: Hex; readonly value: Hex }
  | { readonly kind: "delete"; readonly map: string; readonly key: Hex }
  /** It made a ring that is no map of the object. */
  | {
      readonly kind: "ring";
      readonly ring: string;
      readonly type: "ringbuf" | "user_ringbuf";
      readonly name: string;
      readonly maxEntries: number;
      readonly flags: number;
    }
  /** It put a map or ring into a map of maps, which took it or not. */
  | { readonly kind: "inner"; readonly map: string; readonly key: Hex; readonly inner: string; readonly taken: boolean }
  | { readonly kind: "tail call"; readonly map: string; readonly index: number; readonly program: string | null }
  /** It put a control group into a slot, by its id, decimal. */
  | { readonly kind: "cgroup"; readonly map: string; readonly index: number; readonly cgroup: string }
  /** It took the records of a perf event array. */
  | { readonly kind: "take"; readonly map: string };

/** One thing that happened to an object. */
export type RecordedEvent = Change | RecordedRun;

/** How an object was loaded. */
export interface RecordedSetup {
  readonly cpus: number;
  readonly instructionBudget: number;
  readonly kernelVersion: string;
  readonly pageSize: number;
  /** Memory that was declared before the maps were made. */
  readonly memory: readonly DeclaredMemory[];
  /** Programs that were loaded. */
  readonly programs: readonly string[];
  /** Maps that were changed, by name. */
  readonly maps: {
    readonly [map: string]: { readonly maxEntries?: number; readonly inner?: { readonly maxEntries: number } };
  };
  /** Values of `__kconfig` variables, decimal. */
  readonly kconfig: { readonly [name: string]: string };
  /** Data sections by name, as they were when the programs were loaded. */
  readonly sections: { readonly [section: string]: Hex };
}

/**
 * All that an object's runs depend on beside its bytes, from its load on: what makes them the same again. It is plain: JSON
 * keeps it.
 */
export interface Recording {
  /** Tells a recording from other JSON, and its version. */
  readonly format: typeof recordingFormat;
  /** Digest of the object's bytes. */
  readonly object: string;
  /** Digest of the types that it was fitted to; "self" for its own. */
  readonly btf: string;
  /** What was there before the first event. */
  readonly setup: RecordedSetup;
  /** What was done and what ran, in order. */
  readonly events: readonly RecordedEvent[];
}
