import { memoryOf } from "../checked-bytes.ts";
import { shown } from "../checked-number.ts";
import type { OwnedBytes } from "../codec.ts";
import type { Clock } from "./clock.ts";
import type { Dynptr } from "./dynptr.ts";
import type { FailingHelper, FaultSource } from "./helper-faults.ts";
import { type Lend, type LentBytes, lendThemselves } from "./lent-bytes.ts";
import { Reference, type Refusal } from "./reference.ts";
import type { RingBufInside } from "./ringbuf.ts";
import { VerifierError } from "./verifier-error.ts";

/** What the kernel gives a run beside its maps. */
export interface RunEnvironment {
  /** The clock that helpers read. */
  readonly clock: Clock;
  /** Whether the kernel knows overwrite mode (6.19). */
  readonly overwrite: boolean;
  /** Whether sizes and offsets of dynptrs have 64 bits (6.19), or 32. */
  readonly wideDynptrs: boolean;
  /** Which calls of helpers are to fail. */
  readonly faults: FaultSource;
  /** Where the program sees what it reserves and drains; the bytes themselves unless told. */
  readonly lend?: Lend;
}

/** A record that a run has reserved and not yet given back. */
export interface HeldRecord {
  /** The ring that it lies in. */
  readonly map: RingBufInside;
  /** Of its payload in the ring's data. */
  readonly offset: number;
  /** What the program writes to; they reach the ring when the record is committed. */
  readonly bytes: OwnedBytes;
  /** Its bytes. */
  readonly lent: LentBytes;
  /** What has to be given back. */
  readonly reference: Reference;
}

/**
 * One run of a program: what it holds, as the verifier tracks references (`bpf_func_state.refs`), and what ends it. The
 * helpers are functions over it, for programs in TypeScript and for compiled ones alike.
 */
export class Run implements Refusal {
  /** What is around the run. */
  readonly environment: RunEnvironment;
  /** Made when there is something: most runs hold nothing, or one record. */
  #held: Set<HeldRecord> | undefined;
  /** Null dynptrs that a failed reservation left, by the depth at which. */
  #nulls: Map<Dynptr, number> | undefined;
  #depth = 0;
  #running = true;
  #refused: VerifierError | undefined;

  constructor(environment: RunEnvironment) {
    this.environment = environment;
  }

  /** Ends the run with a {@link VerifierError}, even if the program catches it. */
  refuse(code: "EACCES" | "EINVAL", log: string): never {
    this.#refused ??= new VerifierError(code, log);
    throw this.#refused;
  }

  /** Refuses what is called after the run. */
  check(): void {
    if (!this.#running) this.refuse("EINVAL", "helpers exist only while the program runs");
  }

  /** What is in a register that the helper takes a number from. */
  scalar(value: number, register: number): number {
    if (Number.isInteger(value)) return value;
    return this.refuse("EACCES", `R${register} is ${shown(value)}, and not a known constant, an integer`);
  }

  /** A size or an offset of a dynptr in a register, as an unsigned number of as many bits as the kernel looks at. */
  dynptrSize(value: number, register: number): number {
    const integer = this.scalar(value, register);
    if (!this.environment.wideDynptrs) return integer >>> 0;
    return integer < 0 ? integer + 2 ** 64 : integer;
  }

  /** Bytes in memory that the helper is given a pointer to. */
  memory(view: ArrayBufferView, register: number): Uint8Array {
    const bytes = memoryOf(view);
    if (bytes !== undefined) return bytes;
    return this.refuse("EACCES", `R${register} is ${shown(view)}, expected=fp, map_value, mem`);
  }

  /** The errno that a helper is to fail with on purpose, negative; 0 for none. */
  failing(helper: FailingHelper, ring?: RingBufInside, byteLength?: number): number {
    return this.environment.faults.failing(helper, ring, byteLength);
  }

  /** Reserves a record and holds it; undefined where there is no room. */
  reserve(map: RingBufInside, byteLength: number): HeldRecord | undefined {
    const offset = map.reserve(byteLength);
    if (offset < 0) return undefined;
    const bytes = map.load(offset, byteLength);
    const held: HeldRecord = {
      map,
      offset,
      bytes,
      lent: this.lend(bytes, map.name),
      reference: new Reference(this, this.#depth),
    };
    this.#held ??= new Set();
    this.#held.add(held);
    return held;
  }

  /** Puts bytes of the map `name` where the program sees them. */
  lend(bytes: OwnedBytes, name: string): LentBytes {
    return (this.environment.lend ?? lendThemselves)(bytes, name);
  }

  /** Ends what `reserve` gave. */
  commit(held: HeldRecord, discard: boolean, flags: number): void {
    this.check();
    if (!held.reference.alive) this.refuse("EACCES", "R1 type=scalar expected=ringbuf_mem");
    if (held.reference.depth < this.#depth) {
      this.refuse("EINVAL", "release of a reference that was acquired outside of the callback");
    }
    this.#end(held, discard, flags);
  }

  /** The null dynptr of a failed reservation is to be released, too. */
  owe(dynptr: Dynptr): void {
    dynptr.fail();
    this.#nulls ??= new Map();
    this.#nulls.set(dynptr, this.#depth);
  }

  /** Releases a null dynptr; false if it is none that was owed. */
  forgive(dynptr: Dynptr): boolean {
    return this.#nulls?.delete(dynptr) ?? false;
  }

  /** Runs a callback of the program, which returns 0 or 1 and gives back all that it acquired. */
  callback(action: (reference: Reference) => number): number {
    this.#depth += 1;
    const reference = new Reference(this, this.#depth);
    try {
      const result = action(reference);
      if (result !== 0 && result !== 1) {
        this.refuse(
          "EINVAL",
          `At callback return the register R0 has value ${shown(result)} should have been in [0, 1]`,
        );
      }
      if (this.#releaseFrom(this.#depth)) this.#refused ??= leak();
      if (this.#refused !== undefined) throw this.#refused;
      return result;
    } finally {
      this.#releaseFrom(this.#depth);
      this.#depth -= 1;
      reference.alive = false;
    }
  }

  /** Ends the run: what it still holds is discarded, which is a refusal if it `returned`. The refusal, if any. */
  finish(returned: boolean): VerifierError | undefined {
    const leaked = this.#releaseFrom(0);
    this.#running = false;
    if (leaked && returned) this.#refused ??= leak();
    return this.#refused;
  }

  /** Discards what was reserved at `depth` or deeper; whether there was anything. */
  #releaseFrom(depth: number): boolean {
    let leaked = false;
    for (const held of this.#held ?? []) {
      if (held.reference.depth < depth) continue;
      leaked = true;
      this.#end(held, true, 0);
    }
    for (const [dynptr, at] of this.#nulls ?? []) {
      if (at < depth) continue;
      leaked = true;
      this.#nulls?.delete(dynptr);
    }
    return leaked;
  }

  #end(held: HeldRecord, discard: boolean, flags: number): void {
    const { map, offset, bytes, lent, reference } = held;
    reference.alive = false;
    this.#held?.delete(held);
    lent.takeBack();
    if (map.closed) return;
    map.store(offset, bytes);
    map.commit(offset, bytes.byteLength, discard, flags);
  }
}

function leak(): VerifierError {
  return new VerifierError("EINVAL", "Unreleased reference: reference leak");
}
