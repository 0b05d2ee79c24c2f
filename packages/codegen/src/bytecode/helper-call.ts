import type { CarriedCalls } from "./carried.ts";
import { type Carrier, callers, carriers, helper, writers } from "./helpers.ts";
import type { Memory } from "./memory.ts";
import type { CodePlace } from "./object-code.ts";
import { cutOut, onBoth, type Places } from "./places.ts";
import { escaped, loaded, mapsIn, placesIn, spoiled, storedIn } from "./pointer.ts";
import { numberOf, one, pointerAtom, type Region, unknown, type Value } from "./value.ts";

/** A call of a helper of the kernel. */
export interface HelperCall {
  /** Of `enum bpf_func_id`. */
  readonly number: number;
  /** r1 to r5. */
  readonly args: readonly Value[];
  readonly memory: Memory;
  readonly place: CodePlace;
  readonly program: string;
  /** Tells the call, and the calls that lead to it, from others. */
  readonly key: string;
  /** Follows functions of the program that the helper calls, and gives what memory holds then. */
  readonly callBack: (callback: Value, args: readonly Value[], memory: Memory) => Memory;
}

/** What is there behind a call. */
export interface Helped {
  readonly result: Value;
  readonly memory: Memory;
}

/** Bytes of a `struct bpf_dynptr`. */
const dynptrBytes = 16;

/** What a helper does; what it carries is added to `calls`. */
export function helped(call: HelperCall, calls: CarriedCalls): Helped {
  const { number, args, memory, place, program, key, callBack } = call;
  const arg = (index: number): Value => args[index - 1] ?? unknown;
  const carrier = carriers.get(number);
  if (carrier !== undefined) return carriedBy(carrier, call, calls);
  switch (number) {
    case helper.mapLookup:
    case helper.mapLookupPercpu: {
      const [map, ...others] = mapsIn(arg(1));
      if (map === undefined || others.length > 0) return { result: unknown, memory };
      const element: Region = { kind: "element", key: `e${map}`, map };
      return { result: one(pointerAtom(element, 0)), memory: memory.has(element) ? memory : memory.begin(element) };
    }
    case helper.ringbufSubmit:
      calls.submit(arg(1), memory, key);
      return { result: unknown, memory };
    case helper.ringbufSubmitDynptr:
      calls.submit(loaded(memory, arg(1), 0, dynptrBytes), memory, key);
      return { result: unknown, memory };
    case helper.dynptrData: {
      const over = loaded(memory, arg(1), 0, dynptrBytes);
      const offset = numberOf(arg(2));
      const [target] = placesIn(over);
      calls.receive(key, over, offset, { size: arg(3), place, program, ...(target && { source: target }) });
      if (target === undefined) return { result: unknown, memory };
      return { result: one(pointerAtom(target.region, offset === undefined ? undefined : Number(offset))), memory };
    }
    case helper.dynptrRead: {
      const [to] = placesIn(arg(1));
      const over = loaded(memory, arg(3), 0, dynptrBytes);
      calls.receive(key, over, numberOf(arg(4)), { size: arg(2), place, program, ...(to && { source: to }) });
      return { result: unknown, memory: spoiled(memory, arg(1), arg(2)) };
    }
    case helper.dynptrWrite:
      return { result: unknown, memory: writtenThrough(args, memory, calls) };
    case helper.userRingbufDrain: {
      const sample: Region = { kind: "sample", key: `${key}!` };
      const dynptr: Region = { kind: "stack", key: `${key}?` };
      calls.drain(sample, mapsIn(arg(1)));
      const given = memory
        .begin(sample)
        .begin(dynptr)
        .store(dynptr, 0, { width: dynptrBytes, value: one(pointerAtom(sample, 0)) });
      return { result: unknown, memory: callBack(arg(2), [one(pointerAtom(dynptr, 0)), arg(3)], given) };
    }
  }
  const caller = callers.get(number);
  if (caller !== undefined) {
    const given = Array.from(
      { length: 5 },
      (_, index): Value => (index + 1 === caller.at ? arg(caller.context) : unknown),
    );
    return { result: unknown, memory: callBack(arg(caller.function), given, memory) };
  }
  const writer = writers.get(number);
  const behind = writer === undefined ? escaped(memory, args) : spoiled(memory, arg(writer.to), arg(writer.size));
  return { result: unknown, memory: behind };
}

function carriedBy(carrier: Carrier, { args, memory, place, program, key }: HelperCall, calls: CarriedCalls): Helped {
  const arg = (index: number): Value => args[index - 1] ?? unknown;
  const { verb } = carrier;
  const maps = carrier.map === undefined ? [] : mapsIn(arg(carrier.map));
  const data = carrier.data === undefined ? [] : placesIn(arg(carrier.data));
  const [source, ...others] = data;
  const size = arg(carrier.size);
  const stored = data
    .map(({ region, offset }) => cutOut(memory.placesOf(region), offset, size))
    .reduce<Places | undefined>((all, one) => (all === undefined ? one : onBoth(all, one)), undefined);
  calls.add(key, {
    verb,
    maps,
    size,
    place,
    program,
    stored: stored ?? new Map(),
    ...(source !== undefined && others.length === 0 && { source }),
  });
  if (verb === "sent" || verb === "written") return { result: unknown, memory };
  const sample: Region = { kind: "sample", key };
  const fresh = memory.begin(sample);
  const pointer = one(pointerAtom(sample, 0));
  if (carrier.dynptr === undefined) return { result: pointer, memory: fresh };
  const value = { width: dynptrBytes, value: pointer };
  return { result: unknown, memory: storedIn(fresh, arg(carrier.dynptr), 0, dynptrBytes, value) };
}

/** `bpf_dynptr_write(dst, offset, src, len, flags)`. */
function writtenThrough(args: readonly Value[], memory: Memory, calls: CarriedCalls): Memory {
  const [dynptr = unknown, at = unknown, data = unknown, length = unknown] = args;
  const [to] = placesIn(loaded(memory, dynptr, 0, dynptrBytes));
  const [from, ...others] = placesIn(data);
  const [offset, size] = [numberOf(at), numberOf(length)];
  if (to === undefined) return memory;
  if (from === undefined || others.length > 0 || offset === undefined || size === undefined) {
    return memory.spoil(to.region);
  }
  if (offset === 0n) calls.fill(to.region, from, size, cutOut(memory.placesOf(from.region), from.offset, length));
  return memory.copy(from.region, from.offset, Number(size), to.region, Number(offset));
}
