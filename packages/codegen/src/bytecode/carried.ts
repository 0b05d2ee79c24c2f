import type { Endian, Type } from "@rbgen/btf";
import type { Memory } from "./memory.ts";
import type { CodePlace } from "./object-code.ts";
import { cutOut, onBoth, type Places, type Stored } from "./places.ts";
import { isOpen, placesIn, type RegionPlace } from "./pointer.ts";
import { joined, numberOf, type Region, unknown, type Value } from "./value.ts";

/** Bytes that a call carries over a map. */
export interface Carried {
  readonly verb: "reserved" | "sent" | "received" | "written";
  /** Empty where the bytes go to whoever reads the program's file. */
  readonly maps: readonly string[];
  /** How many: a constant, or a sum. */
  readonly size: Value;
  /** Flags of a helper that may send more than these. */
  readonly flags?: Value;
  /** What they lie in, from which byte on; absent where nothing says it. */
  readonly source?: RegionPlace;
  readonly place: CodePlace;
  readonly program: string;
  /** They do not begin where the sample does that user space sent, but at another byte of it, which may only be known to a run. */
  readonly part?: { readonly at: bigint | undefined };
  /** What the code stored in them, by byte. */
  readonly stored: Places;
  /** What it loaded from them, where user space sent them. */
  readonly loaded: Places;
  /** Functions that had a pointer to their first byte in hand. */
  readonly handed: readonly Handed[];
  /** What variables that point to their first byte say they are. */
  readonly declared: readonly Type[];
  /** The frame of a function that they lie in, while they are sent. */
  readonly frame?: StackFrame;
  /** The call may have one of several of these, of as many sizes or over as many maps: which of them go together is not known. */
  readonly mixed?: true;
  /** Why the code is not followed from here on: it may send anything. */
  readonly limit?: string;
}

/** The frame of a function of the object, while the code is at `place` of it. */
export interface StackFrame {
  readonly place: CodePlace;
  /** How far below its end the code has pointers to. Bytes. */
  readonly depth: number;
}

/** A pointer that a function of the object was given, or gave back. */
export interface Handed {
  readonly callee: CodePlace;
  /** The register: 0 is the function's result, its arguments are from 1. */
  readonly register: number;
}

/** What a call itself says. */
type Call = Omit<Carried, "source" | "stored" | "loaded" | "handed" | "declared" | "frame" | "mixed">;

/** One call, or one of several things that it sends. */
interface Entry {
  /** Tells the call from others, as what it reserves. */
  readonly key: string;
  readonly call: Call;
  readonly source?: RegionPlace | undefined;
  readonly stored: Places;
  readonly mixed?: boolean;
}

/** What the calls of a program carry, as far as it is known while its code is followed. */
export class CarriedCalls {
  /** By call, and what it sends. */
  readonly #entries = new Map<string, Entry>();
  /** What was in a reserved sample when it was sent, by sample and place. */
  readonly #submitted = new Map<string, Map<string, Places>>();
  /** What the whole of a reserved sample was written from at once, by sample; undefined where nothing says it. */
  readonly #filled = new Map<string, Map<string, RegionPlace | undefined>>();
  /** Reserved samples that are given up somewhere. */
  readonly #discarded = new Set<string>();
  /** Samples that may be sent where it is not seen. */
  readonly #open = new Set<string>();
  /** Places that the code loads from, by region. */
  readonly #loaded = new Map<string, Map<number, Stored>>();
  /** Calls that look at user space's samples, by region. */
  readonly #drains = new Map<string, Call>();
  /** By region and byte. */
  readonly #handed = new Map<string, Map<string, Handed>>();
  readonly #declared = new Map<string, Set<Type>>();
  /** How deep frames are used, by region. */
  readonly #depths = new Map<string, number>();
  readonly #endian: Endian;
  readonly #apart: boolean;

  /** @param apart whether calls come with what goes together in them, one after the other */
  constructor(endian: Endian, apart: boolean) {
    this.#endian = endian;
    this.#apart = apart;
  }

  /** A call sends what `data` points to. @param key tells it from others */
  send(key: string, call: Call, data: Value, memory: Memory): void {
    const places = placesIn(data);
    const sources = places.length === 0 || isOpen(data) ? [...places, undefined] : places;
    const mixed = [sources.length, call.size.size, call.maps.length].filter((count) => count > 1).length > 1;
    const together = this.#apart ? ` ${[...call.size.keys()].sort()} ${call.maps}` : "";
    for (const source of sources) {
      const own = source === undefined ? key : `${key} ${source.region.key} ${source.offset}`;
      const stored = source === undefined ? new Map() : memory.cutOut(source.region, source.offset, call.size);
      this.#add(own + together, { key, call, source, stored, mixed });
    }
  }

  /** What a call carries, beside what it was found to carry before. */
  #add(key: string, entry: Entry): void {
    const known = this.#entries.get(key);
    this.#entries.set(key, known === undefined ? entry : eitherOf(known, entry, this.#endian));
  }

  /** A call gives room for a sample that is sent later. @param key the sample's */
  reserve(key: string, call: Call): void {
    this.#add(key, { key, call, stored: new Map() });
  }

  /** Code is not followed from `place` on, which may send on any of `maps`: the first such place is told of. */
  cutOff(limit: string, maps: readonly string[], { place, program }: Pick<Call, "place" | "program">): void {
    const call: Call = { verb: "sent", maps, size: unknown, place, program, limit };
    if (!this.#entries.has(limit)) this.#entries.set(limit, { key: limit, call, stored: new Map() });
  }

  /** What a call reserved, or a drain looks at, is sent or done with as it is now. */
  submit(pointer: Value, memory: Memory, key: string): void {
    for (const atom of pointer.values()) {
      if (atom.kind === "constant") continue;
      if (atom.kind !== "pointer") this.lose(memory);
      else if (atom.offset === undefined) this.#open.add(atom.region.key);
      else if (memory.has(atom.region)) {
        const submitted = this.#submitted.get(atom.region.key) ?? new Map<string, Places>();
        const places = memory.placesOf(atom.region);
        const known = submitted.get(key);
        submitted.set(key, known === undefined ? places : onBoth(known, places, this.#endian));
        this.#submitted.set(atom.region.key, submitted);
      }
    }
  }

  /** What a call reserved is given up: where nothing sends it elsewhere, it is carried nowhere. */
  discard(pointer: Value): void {
    for (const { region } of placesIn(pointer)) this.#discarded.add(region.key);
  }

  /** All samples that the code has come by may be sent by what is not followed. */
  lose(memory: Memory): void {
    for (const { key } of memory.samples) this.#open.add(key);
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

  /** The code has a pointer into the frame of the function that it is in. */
  reach(frame: Region, pointer: Value, offset = 0): void {
    for (const place of placesIn(pointer)) {
      if (place.region.key !== frame.key) continue;
      this.#depths.set(frame.key, Math.max(this.#depths.get(frame.key) ?? 0, -place.offset - offset));
    }
  }

  /** Samples of user space in `region` are those that a call has looked at. */
  drain(region: Region, call: Call): void {
    this.#drains.set(region.key, call);
  }

  /** A callback of a drain looks at a sample of user space from byte `offset` of it on. */
  receive(
    key: string,
    over: Value,
    offset: bigint | undefined,
    { source, ...call }: Pick<Carried, "size" | "source" | "place" | "program">,
  ): void {
    for (const { region } of placesIn(over)) {
      const maps = this.#drains.get(region.key)?.maps;
      if (maps === undefined) continue;
      const received = { ...call, verb: "received", maps } as const;
      const entry = offset === 0n ? { call: received, source } : { call: { ...received, part: { at: offset } } };
      this.#entries.set(key, { key, ...entry, stored: new Map() });
    }
  }

  /** A reserved sample is written from its start on, where it is; by all of its `size` bytes that says what it is. */
  fill(sample: Region, source: RegionPlace | undefined, size: bigint): void {
    const entry = this.#entries.get(sample.key);
    if (entry === undefined || numberOf(entry.call.size) !== size) return;
    const filled = this.#filled.get(sample.key) ?? new Map<string, RegionPlace | undefined>();
    const key = source === undefined ? "" : `${source.region.key} ${source.offset}`;
    this.#filled.set(sample.key, filled.set(key, source));
  }

  /** All of them, in the order of the code. */
  all(): readonly Carried[] {
    const entries = this.#apart ? this.#together() : [...this.#entries.values()];
    const isReceived = (map: string): boolean =>
      entries.some(({ call }) => call.verb === "received" && call.maps.includes(map));
    // Of a sample that nothing looks into, or in a way that is not followed, no more is known than that it is there.
    const unread = [...this.#drains].flatMap(([key, call]): Entry[] =>
      call.maps.every(isReceived) ? [] : [{ key, call, stored: new Map() }],
    );
    return [...entries, ...unread].flatMap((entry) => {
      const { key } = entry;
      if (this.#discarded.has(key) && !this.#submitted.has(key) && !this.#open.has(key)) return [];
      const filled = [...(this.#filled.get(entry.key)?.values() ?? [])];
      return filled.length === 0 ? [this.#carried(entry)] : filled.map((source) => this.#carried({ ...entry, source }));
    });
  }

  /** Entries of one call and source once for all that goes with each other: the maps of a size, and the sizes of these. */
  #together(): readonly Entry[] {
    const sourceOf = ({ key, source, mixed }: Entry): string =>
      `${key} ${source === undefined ? "" : `${source.region.key} ${source.offset}`} ${mixed === true}`;
    const merged = (entries: Iterable<Entry>, keyOf: (entry: Entry) => string): readonly Entry[] => {
      const found = new Map<string, Entry>();
      for (const entry of entries) {
        const known = found.get(keyOf(entry));
        found.set(keyOf(entry), known === undefined ? entry : eitherOf(known, entry, this.#endian));
      }
      return [...found.values()];
    };
    const ofSizes = merged(this.#entries.values(), (one) => `${sourceOf(one)} ${[...one.call.size.keys()].sort()}`);
    return merged(ofSizes, (one) => `${sourceOf(one)} ${[...one.call.maps].sort()}`);
  }

  #carried({ key, call, source, stored, mixed }: Entry): Carried {
    const submitted = [...(this.#submitted.get(key)?.values() ?? [])];
    const { size, verb } = call;
    const places = source === undefined ? undefined : this.#loaded.get(source.region.key);
    const start = source === undefined ? `${key} 0` : `${source.region.key} ${source.offset}`;
    const [first = stored, ...others] = this.#open.has(key) ? [new Map()] : submitted;
    return {
      ...call,
      ...(source !== undefined && { source }),
      stored: others.reduce((all, one) => onBoth(all, one, this.#endian), first),
      loaded: verb === "received" && source && places ? cutOut(places, source.offset, size, this.#endian) : new Map(),
      handed: [...(this.#handed.get(start)?.values() ?? [])],
      declared: [...(this.#declared.get(start) ?? [])],
      ...(source?.region.kind === "stack" && this.#frameOf(source.region, key)),
      ...((mixed === true || isMixed(call)) && { mixed: true as const }),
    };
  }

  #frameOf(region: Region, key: string): { readonly frame: StackFrame } | undefined {
    const place = placeInFrame(region, key);
    return place && { frame: { place, depth: this.#depths.get(region.key) ?? 0 } };
  }
}

/** Whether room may be of several sizes in several maps. */
function isMixed({ verb, maps, size }: Call): boolean {
  return verb === "reserved" && maps.length > 1 && size.size > 1;
}

/** What either of two entries of one call is. */
function eitherOf(one: Entry, other: Entry, endian: Endian): Entry {
  const flags = one.call.flags && other.call.flags && joined(one.call.flags, other.call.flags);
  return {
    ...one,
    call: {
      ...one.call,
      maps: [...new Set([...one.call.maps, ...other.call.maps])],
      size: joined(one.call.size, other.call.size),
      ...(flags !== undefined && { flags }),
    },
    stored: onBoth(one.stored, other.stored, endian),
    mixed: one.mixed === true || other.mixed === true,
  };
}

/** Where the function with this frame is, in the chain of calls that a key says. */
function placeInFrame({ key: frame }: Region, key: string): CodePlace | undefined {
  const path = `${frame.slice(1)}/`;
  if (!key.startsWith(path)) return undefined;
  const [step = ""] = key.slice(path.length).split("/");
  const [section, at] = step.split(":").map(Number);
  return section === undefined || at === undefined ? undefined : { section, at };
}
