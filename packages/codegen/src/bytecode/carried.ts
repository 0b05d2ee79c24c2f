import type { Type } from "@rbgen/btf";
import type { Memory } from "./memory.ts";
import type { CodePlace } from "./object-code.ts";
import { cutOut, onBoth, type Places, type Stored } from "./places.ts";
import { placesIn } from "./pointer.ts";
import { numberOf, type Region, unknown, type Value } from "./value.ts";

/** Bytes that a call carries over a map. */
export interface Carried {
  readonly verb: "reserved" | "sent" | "received" | "written";
  /** Empty where the bytes go to whoever reads the program's file. */
  readonly maps: readonly string[];
  /** How many: a constant, or a sum. */
  readonly size: Value;
  /** What they lie in, from which byte on; absent where nothing says it. */
  readonly source?: { readonly region: Region; readonly offset: number };
  readonly place: CodePlace;
  readonly program: string;
  /** What the code stored in them, by byte. */
  readonly stored: Places;
  /** What it loaded from them, where user space sent them. */
  readonly loaded: Places;
  /** Functions that had a pointer to their first byte in hand. */
  readonly handed: readonly Handed[];
  /** What variables that point to their first byte say they are. */
  readonly declared: readonly Type[];
  /** Where the function that they lie in the frame of is at, while they are sent. */
  readonly frame?: CodePlace;
}

/** A pointer that a function of the object was given, or gave back. */
export interface Handed {
  readonly callee: CodePlace;
  /** The register: 0 is the function's result, its arguments are from 1. */
  readonly register: number;
}

type CarryingCall = Omit<Carried, "handed" | "declared" | "frame">;

/** What the calls of a program carry, as far as it is known while its code is followed. */
export class CarriedCalls {
  readonly #calls = new Map<string, CarryingCall>();
  /** What was in a reserved sample when it was sent, by sample and place. */
  readonly #submitted = new Map<string, Map<string, Places>>();
  /** Places that the code loads from, by region. */
  readonly #loaded = new Map<string, Map<number, Stored>>();
  /** Maps of user space's samples, by region. */
  readonly #drained = new Map<string, readonly string[]>();
  /** By region and byte. */
  readonly #handed = new Map<string, Map<string, Handed>>();
  readonly #declared = new Map<string, Set<Type>>();

  /** A call carries bytes. @param key tells it from others, as what it reserves */
  add(key: string, call: Omit<CarryingCall, "loaded">): void {
    this.#calls.set(key, { ...call, loaded: new Map() });
  }

  /** What a call reserved, or a drain looks at, is sent or done with as it is now. */
  submit(pointer: Value, memory: Memory, key: string): void {
    for (const { region } of placesIn(pointer)) {
      const submitted = this.#submitted.get(region.key) ?? new Map<string, Places>();
      this.#submitted.set(region.key, submitted.set(key, memory.placesOf(region)));
    }
  }

  load(pointer: Value, offset: number, width: number): void {
    for (const place of placesIn(pointer)) {
      const places = this.#loaded.get(place.region.key) ?? new Map<number, Stored>();
      this.#loaded.set(place.region.key, places.set(place.offset + offset, { width, value: unknown }));
    }
  }

  /** A function is given pointers, or gives one back. */
  hand(callee: CodePlace, register: number, value: Value): void {
    for (const { region, offset } of placesIn(value)) {
      const key = `${region.key} ${offset}`;
      const handed = this.#handed.get(key) ?? new Map<string, Handed>();
      this.#handed.set(key, handed.set(`${callee.section}:${callee.at}:${register}`, { callee, register }));
    }
  }

  /** A variable of the program points there, and says to what. */
  declare(type: Type, value: Value): void {
    for (const { region, offset } of placesIn(value)) {
      const key = `${region.key} ${offset}`;
      this.#declared.set(key, (this.#declared.get(key) ?? new Set()).add(type));
    }
  }

  /** Samples of user space in `region` are those of `maps`. */
  drain(region: Region, maps: readonly string[]): void {
    this.#drained.set(region.key, maps);
  }

  /** A callback of a drain looks at a sample of user space from its start on. */
  receive(
    key: string,
    over: Value,
    offset: bigint | undefined,
    call: Pick<Carried, "size" | "source" | "place" | "program">,
  ): void {
    for (const { region } of placesIn(over)) {
      const maps = this.#drained.get(region.key);
      if (maps !== undefined && offset === 0n) this.add(key, { ...call, verb: "received", maps, stored: new Map() });
    }
  }

  /** The whole of a reserved sample is written at once, where it is. */
  fill(
    sample: Region,
    source: { readonly region: Region; readonly offset: number },
    size: bigint,
    stored: Places,
  ): void {
    const call = this.#calls.get(sample.key);
    if (call !== undefined && numberOf(call.size) === size) this.#calls.set(sample.key, { ...call, source, stored });
  }

  /** All of them, in the order of the code. */
  all(): readonly Carried[] {
    return [...this.#calls].map(([key, call]) => {
      const submitted = [...(this.#submitted.get(key)?.values() ?? [])];
      const { source, size, verb } = call;
      // What is written through a dynptr at once is the whole sample, whatever else leads to where it is submitted.
      const whole = submitted.length === 0 || source !== undefined;
      const places = source === undefined ? undefined : this.#loaded.get(source.region.key);
      const start = source === undefined ? `${key} 0` : `${source.region.key} ${source.offset}`;
      return {
        ...call,
        stored: whole ? call.stored : submitted.reduce(onBoth),
        loaded: verb === "received" && source && places ? cutOut(places, source.offset, size) : call.loaded,
        handed: [...(this.#handed.get(start)?.values() ?? [])],
        declared: [...(this.#declared.get(start) ?? [])],
        ...(source?.region.kind === "stack" && frameOf(source.region, key)),
      };
    });
  }
}

/** Where the function with this frame is, in the chain of calls that a key says. */
function frameOf({ key: frame }: Region, key: string): { readonly frame: CodePlace } | undefined {
  const path = `${frame.slice(1)}/`;
  if (!key.startsWith(path)) return undefined;
  const [step = ""] = key.slice(path.length).split("/");
  const [section, at] = step.split(":").map(Number);
  return section === undefined || at === undefined ? undefined : { frame: { section, at } };
}
