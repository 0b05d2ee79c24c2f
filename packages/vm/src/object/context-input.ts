import { type Btf, type Struct, sizeOf } from "@rbgen/btf";
import { type ArgumentsContext, argumentsContext } from "../context/arguments.ts";
import type { SectionKind } from "../context/context-section.ts";
import { type ProbeContext, registersContext } from "../context/registers.ts";
import { hasRecord, tracepointContext } from "../context/tracepoint.ts";
import { invalid } from "../invalid.ts";
import { type FieldValue, writeFields } from "../world/write-fields.ts";

/**
 * A program's context: its bytes; for a tracepoint the members of its record by name; arguments in their order or by name
 * for raw tracepoints, fentry, fexit, lsm; `{ args, ret, regs }` for probes; for all others the members of the struct that
 * the program's function takes a pointer to.
 */
export type ContextInput = Uint8Array | { readonly [member: string]: FieldValue } | ArgumentsContext | ProbeContext;

/**
 * The bytes of a context, by what the program's section takes; `type` is the struct that its function takes a pointer to.
 * @throws RingBufError EINVAL, ENOENT, ERANGE for what is none
 */
export function contextBytes(
  input: ContextInput | undefined,
  kind: SectionKind,
  target: Btf | undefined,
  type: Struct | undefined,
): Uint8Array {
  if (input instanceof Uint8Array) return new Uint8Array(input);
  switch (kind.context) {
    case "tracepoint":
      // no context at all is what a program that looks at none may be given, whatever its record
      if (input === undefined && !hasRecord(target, kind.target)) return new Uint8Array(0);
      return tracepointContext((input ?? {}) as { readonly [member: string]: FieldValue }, target, kind.target);
    case "arguments":
      // no arguments at all is what a program that looks at none may be given, whatever its prototype
      return input === undefined ? new Uint8Array(96) : argumentsContext(input as ArgumentsContext, target, kind);
    case "registers":
      return registersContext((input ?? {}) as ProbeContext, target, kind.target);
    default:
      return input === undefined ? new Uint8Array(0) : membersContext(input, kind, type);
  }
}

/** Members by name, as they lie in the struct. */
function membersContext(
  input: Exclude<ContextInput, Uint8Array>,
  { prefix }: SectionKind,
  type: Struct | undefined,
): Uint8Array {
  if (type === undefined) {
    throw invalid(
      `SEC("${prefix}"): the program's function takes a pointer to no struct, so give its context as bytes`,
    );
  }
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    throw invalid(`SEC("${prefix}"): its context is bytes, or an object of members of struct ${type.name}`);
  }
  const bytes = new Uint8Array(sizeOf(type));
  writeFields(bytes, type, input as { readonly [member: string]: FieldValue }, type.name);
  return bytes;
}
