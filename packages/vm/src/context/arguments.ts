import { type Btf, type FuncProto, resolve, type Type } from "@rbgen/btf";
import { RingBufError } from "@rbgen/runtime";
import { KernelObject } from "../world/kernel-object.ts";
import type { FieldValue } from "../world/write-fields.ts";
import type { SectionKind } from "./context-section.ts";

/** Arguments of a program that gets them as they are: in their order, or by the names that the kernel's BTF has. */
export type ArgumentsContext =
  | readonly FieldValue[]
  | { readonly args: readonly FieldValue[] | { readonly [name: string]: FieldValue }; readonly ret?: FieldValue };

/**
 * `u64` for each argument, and the result behind them for what runs at a function's end. Where the kernel's BTF has the
 * prototype, arguments are held against it: their number, and pointers against the struct that they point to.
 * @throws RingBufError EINVAL
 */
export function argumentsContext(given: ArgumentsContext, target: Btf | undefined, section: SectionKind): Uint8Array {
  const { args, ret } = "args" in given ? given : { args: given as readonly FieldValue[], ret: undefined };
  const proto = prototypeOf(target, section);
  const values = Array.isArray(args) ? (args as readonly FieldValue[]) : byName(args as never, proto, section.target);
  const params = proto?.params ?? [];
  if (proto !== undefined && values.length !== params.length) {
    const names = params.map(({ name }) => name).join(", ");
    throw invalid(`${section.target} has ${params.length} arguments (${names}), not ${values.length}`);
  }
  const words = values.map((value, index) =>
    wordOf(value, params[index]?.type, `argument ${index + 1} of ${section.target}`),
  );
  if (section.typed === "function and result") words.push(wordOf(ret ?? 0, undefined, `result of ${section.target}`));
  const bytes = new Uint8Array(8 * words.length);
  const view = new DataView(bytes.buffer);
  words.forEach((word, index) => {
    view.setBigUint64(8 * index, BigInt.asUintN(64, word), true);
  });
  return bytes;
}

function byName(
  args: { readonly [name: string]: FieldValue },
  proto: FuncProto | undefined,
  target: string,
): readonly FieldValue[] {
  if (proto === undefined)
    throw invalid(`no prototype of ${target} in the target's BTF: give its arguments as an array`);
  for (const name of Object.keys(args)) {
    if (!proto.params.some((param) => param.name === name)) {
      const names = proto.params.map((param) => param.name).join(", ");
      throw invalid(`${target} has no argument ${name}; it has ${names}`);
    }
  }
  return proto.params.map(({ name }) => (Object.hasOwn(args, name) ? args[name] : undefined) ?? 0);
}

/** The prototype that the program's arguments have; undefined where its section names none, or the target has none. */
export function prototypeOf(target: Btf | undefined, { target: name, typed }: SectionKind): FuncProto | undefined {
  if (target === undefined || typed === undefined) return undefined;
  if (typed === "raw tracepoint") {
    const type = target.findKind("typedef", `btf_trace_${name}`)[0];
    const pointer = type && resolve(type);
    const proto = pointer?.kind === "ptr" ? resolve(pointer.target) : undefined;
    // the first one is the kernel's own `void *__data`
    return proto?.kind === "func_proto" ? { ...proto, params: proto.params.slice(1) } : undefined;
  }
  return target.findKind("func", typed === "hook" ? `bpf_lsm_${name}` : name)[0]?.proto;
}

function wordOf(value: FieldValue, declared: Type | undefined, what: string): bigint {
  const type = declared && resolve(declared);
  if (value instanceof KernelObject) {
    const pointed = type?.kind === "ptr" ? resolve(type.target) : undefined;
    if (type !== undefined && type.kind !== "ptr") throw invalid(`${what} is a ${type.kind}, no pointer`);
    const wanted = pointed !== undefined && "name" in pointed ? pointed.name : "";
    if (value.type !== undefined && pointed?.kind === "struct" && wanted !== value.type.name) {
      throw invalid(`${what} points to struct ${wanted}, not ${value.type.kind} ${value.type.name}`);
    }
    return value.pointer;
  }
  if (value === null) return 0n;
  if (typeof value === "bigint") return value;
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  throw invalid(`${what} is 64 bits: a number, a bigint, or declared memory`);
}

function invalid(message: string): RingBufError {
  return new RingBufError(message, { code: "EINVAL" });
}
