import type { CarriedCalls } from "./carried.ts";
import { type Carrier, callers, carriers, changers, helper, readers, storages, writers } from "./helpers.ts";
import type { MapElements } from "./map-elements.ts";
import type { Memory } from "./memory.ts";
import type { CodePlace } from "./object-code.ts";
import { escaped, loaded, mapsIn, mayBeOtherMap, onlyMapsIn, placeIn, placesIn, spoiled, storedIn } from "./pointer.ts";
import { anything, numberOf, one, pointerAtom, type Region, unknown, type Value } from "./value.ts";

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
  readonly elements: MapElements;
  /** Maps that records are carried over. */
  readonly carriers: readonly string[];
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
  const { number, args, memory, place, program, key } = call;
  const arg = (index: number): Value => args[index - 1] ?? unknown;
  const carrier = carriers.get(number);
  if (carrier !== undefined) return carriedBy(carrier, call, calls);
  if (storages.has(number)) return lookedUp(arg(1), memory, call);
  switch (number) {
    case helper.mapLookup:
    case helper.mapLookupPercpu:
      return lookedUp(arg(1), memory, call);
    case helper.ringbufSubmit:
      calls.submit(arg(1), memory, key);
      return { result: unknown, memory };
    case helper.ringbufSubmitDynptr:
      calls.submit(loaded(memory, arg(1), 0, dynptrBytes), memory, key);
      return { result: unknown, memory };
    case helper.ringbufDiscard:
      calls.discard(arg(1));
      return { result: unknown, memory };
    case helper.ringbufDiscardDynptr:
      calls.discard(loaded(memory, arg(1), 0, dynptrBytes));
      return { result: unknown, memory };
    case helper.dynptrFromMem: {
      const value = { width: dynptrBytes, value: arg(1) };
      return { result: unknown, memory: storedIn(memory, arg(4), 0, dynptrBytes, value) };
    }
    case helper.dynptrData: {
      const over = loaded(memory, arg(1), 0, dynptrBytes);
      const offset = numberOf(arg(2));
      const target = placeIn(over);
      calls.receive(key, over, offset, { size: arg(3), place, program, ...(target && { source: target }) });
      if (target === undefined) return { result: placesIn(over).length === 0 ? unknown : anything, memory };
      const at = offset === undefined ? undefined : target.offset + Number(offset);
      return { result: one(pointerAtom(target.region, at)), memory };
    }
    case helper.dynptrRead: {
      const to = placeIn(arg(1));
      const over = loaded(memory, arg(3), 0, dynptrBytes);
      calls.receive(key, over, numberOf(arg(4)), { size: arg(2), place, program, ...(to && { source: to }) });
      return { result: unknown, memory: spoiled(memory, arg(1), arg(2)) };
    }
    case helper.dynptrWrite:
      return { result: unknown, memory: writtenThrough(args, memory, calls) };
    case helper.userRingbufDrain: {
      const sample: Region = { kind: "sample", key: `${key}!`, dynptr: true };
      const dynptr: Region = { kind: "stack", key: `${key}?` };
      if (mayBeOtherMap(arg(1))) calls.cutOff(unknownMap, call.carriers, call);
      calls.drain(sample, { verb: "received", maps: mapsIn(arg(1)), size: unknown, place, program });
      const given = memory
        .begin(sample)
        .begin(dynptr)
        .store(dynptr, 0, { width: dynptrBytes, value: one(pointerAtom(sample, 0)) });
      return { result: unknown, memory: call.callBack(arg(2), [one(pointerAtom(dynptr, 0)), arg(3)], given) };
    }
  }
  if (callers.has(number)) return { result: unknown, memory: callingBack(call) };
  const writer = writers.get(number);
  const written = writer === undefined ? memory : spoiled(memory, arg(writer.to), arg(writer.size), writer.text);
  const behind = writer === undefined && !readers.has(number) ? escaped(memory, args) : written;
  return { result: unknown, memory: changers.has(number) ? changed(behind, arg(1), call) : behind };
}

/** A pointer to an element of a map: another one than what the same call gave before. */
function lookedUp(map: Value, memory: Memory, { elements, key }: HelperCall): Helped {
  const maps = onlyMapsIn(map);
  if (maps === undefined) return { result: anything, memory };
  let behind = memory;
  const result = maps.map((one) => {
    const element = elements.lookedUp(one, key);
    behind = behind.begin(element);
    const pointer = pointerAtom(element, 0);
    return [pointer.key, pointer] as const;
  });
  return { result: new Map(result), memory: behind };
}

/** Elements of a map are others from here on. */
function changed(memory: Memory, map: Value, { elements, key }: HelperCall): Memory {
  const maps = onlyMapsIn(map);
  return maps?.reduce((behind, one) => behind.spoilElements(elements.lookedUp(one, key)), memory) ?? memory.forget();
}

/** What memory holds when a function of the program was called by the helper. */
function callingBack(call: HelperCall): Memory {
  const { number, args, memory, callBack } = call;
  const caller = callers.get(number);
  const arg = (index: number): Value => args[index - 1] ?? unknown;
  if (caller === undefined) return memory;
  const before = caller.later === true ? memory.forget() : memory;
  const value = caller.value === undefined ? undefined : lookedUp(arg(1), before, call);
  const given = Array.from({ length: 5 }, (_, index): Value => {
    if (index + 1 === caller.value) return value?.result ?? unknown;
    return index + 1 === caller.at ? arg(caller.context) : unknown;
  });
  const behind = callBack(arg(caller.function), given, value?.memory ?? before);
  return caller.later === true ? memory : behind;
}

const unknownMap = "which map is meant only a run knows";

function carriedBy(carrier: Carrier, by: HelperCall, calls: CarriedCalls): Helped {
  const { args, memory, place, program, key, carriers } = by;
  const arg = (index: number): Value => args[index - 1] ?? unknown;
  const { verb } = carrier;
  if (carrier.map !== undefined && mayBeOtherMap(arg(carrier.map))) calls.cutOff(unknownMap, carriers, by);
  const call = {
    verb,
    maps: carrier.map === undefined ? [] : mapsIn(arg(carrier.map)),
    size: arg(carrier.size),
    place,
    program,
    ...(carrier.flags !== undefined && { flags: arg(carrier.flags) }),
  };
  if (carrier.data !== undefined) {
    calls.send(key, call, arg(carrier.data), memory);
    return { result: unknown, memory };
  }
  calls.reserve(key, call);
  const bytes = numberOf(call.size);
  const sample: Region = { kind: "sample", key, bytes, ...(carrier.dynptr !== undefined && { dynptr: true }) };
  const fresh = memory.begin(sample);
  const pointer = one(pointerAtom(sample, 0));
  if (carrier.dynptr === undefined) return { result: pointer, memory: fresh };
  const value = { width: dynptrBytes, value: pointer };
  return { result: unknown, memory: storedIn(fresh, arg(carrier.dynptr), 0, dynptrBytes, value) };
}

/** `bpf_dynptr_write(dst, offset, src, len, flags)`. */
function writtenThrough(args: readonly Value[], memory: Memory, calls: CarriedCalls): Memory {
  const [dynptr = unknown, at = unknown, data = unknown, length = unknown] = args;
  const over = loaded(memory, dynptr, 0, dynptrBytes);
  const to = placeIn(over);
  const from = placeIn(data);
  const [offset, size] = [numberOf(at), numberOf(length)];
  if (to === undefined) return escaped(memory, [over]);
  if (offset === 0n && size !== undefined) calls.fill(to.region, from, size);
  if (from === undefined || offset === undefined || size === undefined) return memory.spoil(to.region);
  return memory.copy(from.region, from.offset, Number(size), to.region, to.offset + Number(offset));
}
