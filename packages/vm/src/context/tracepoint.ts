import { type Btf, type Member, type Struct, sizeOf } from "@rbgen/btf";
import { RingBufError } from "@rbgen/runtime";
import { type FieldValue, writeFields } from "../world/write-fields.ts";

const dataloc = "__data_loc_";

/**
 * The record of a tracepoint, `struct trace_event_raw_*` of the target. A member `__data_loc_filename` is given as
 * `filename`: its text goes behind the record, as the kernel lays it.
 * @throws RingBufError ENOENT where the target has no such record; EINVAL for a member that there is not.
 */
export function tracepointContext(
  fields: { readonly [member: string]: FieldValue },
  target: Btf | undefined,
  tracepoint: string,
): Uint8Array {
  const record = recordOf(target, tracepoint);
  const plain: [name: string, value: FieldValue][] = [];
  const tails: { member: Member; bytes: Uint8Array }[] = [];
  for (const [name, value] of Object.entries(fields)) {
    const member = record.members.find((one) => one.name === `${dataloc}${name}`);
    if (member === undefined) plain.push([name, value]);
    else if (typeof value === "string") tails.push({ member, bytes: new TextEncoder().encode(`${value}\0`) });
    else if (value instanceof Uint8Array) tails.push({ member, bytes: value });
    else throw new RingBufError(`${record.name}.${name} is text or bytes`, { code: "EINVAL" });
  }
  let size: number = sizeOf(record);
  for (const { member, bytes } of tails) {
    // include/trace/stages/stage5_get_offsets.h: length in the high half, offset in the low one
    plain.push([member.name, (bytes.byteLength << 16) | size]);
    size += bytes.byteLength;
  }
  const result = new Uint8Array(size);
  writeFields(result, record, Object.fromEntries(plain), record.name);
  let at: number = sizeOf(record);
  for (const { bytes } of tails) {
    result.set(bytes, at);
    at += bytes.byteLength;
  }
  return result;
}

/** Whether the target has the record of a tracepoint. */
export function hasRecord(target: Btf | undefined, tracepoint: string): boolean {
  return target !== undefined && knownRecord(target, tracepoint) !== undefined;
}

/** Records of each target by their tracepoint: a program is run often, and its record looked for once. */
const records = new WeakMap<Btf, Map<string, Struct | undefined>>();

/** The record of a tracepoint, where the target has it. */
export function knownRecord(target: Btf, tracepoint: string): Struct | undefined {
  let known = records.get(target);
  if (known === undefined) {
    known = new Map();
    records.set(target, known);
  }
  if (!known.has(tracepoint)) {
    known.set(tracepoint, target.findKind("struct", `trace_event_raw_${eventOf(tracepoint)}`)[0]);
  }
  return known.get(tracepoint);
}

/** The event whose record a tracepoint has: those of system calls have two between them. */
function eventOf(tracepoint: string): string {
  const [system = "", event = ""] = tracepoint.split("/");
  if (system !== "syscalls") return event;
  return event.startsWith("sys_enter") ? "sys_enter" : "sys_exit";
}

/** `struct trace_event_raw_<event>`. An event of a class has its class's, by its name. */
function recordOf(target: Btf | undefined, tracepoint: string): Struct {
  const found = target && knownRecord(target, tracepoint);
  if (found !== undefined) return found;
  const name = eventOf(tracepoint);
  throw new RingBufError(
    `no struct trace_event_raw_${name} in the target's BTF${target === undefined ? ": load the object with { btf }" : ""}; or give the record's bytes`,
    { code: "ENOENT", errno: -2 },
  );
}
