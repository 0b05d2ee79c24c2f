import type { Btf } from "@rbgen/btf";
import { type ArgumentsContext, argumentsContext } from "../context/arguments.ts";
import type { SectionKind } from "../context/context-section.ts";
import { type ProbeContext, registersContext } from "../context/registers.ts";
import { hasRecord, tracepointContext } from "../context/tracepoint.ts";
import type { FieldValue } from "../world/write-fields.ts";

/**
 * A program's context: its bytes; for a tracepoint the members of its record by name; arguments in their order or by name
 * for raw tracepoints, fentry, fexit, lsm; `{ args, ret, regs }` for probes.
 */
export type ContextInput = Uint8Array | { readonly [member: string]: FieldValue } | ArgumentsContext | ProbeContext;

/** The bytes of a context, by what the program's section takes. */
export function contextBytes(input: ContextInput | undefined, kind: SectionKind, target: Btf | undefined): Uint8Array {
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
      return new Uint8Array(0);
  }
}
