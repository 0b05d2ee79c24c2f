import { type Btf, type Param, resolve, type Struct } from "@rbgen/btf";
import { prototypeOf } from "./arguments.ts";
import type { SectionKind } from "./context-section.ts";
import { knownRecord } from "./tracepoint.ts";

/** What a program is given as its context, as far as its section and types tell. */
export interface ProgramContext {
  /**
   * What it consists of: the record of a tracepoint, arguments of 64 bits, registers of the processor, what tells of a
   * packet (`xdp`: struct xdp_md; `packet`: struct __sk_buff), or bytes.
   */
  readonly kind: "tracepoint" | "arguments" | "registers" | "xdp" | "packet" | "bytes";
  /** The struct whose members it has: of a tracepoint the kernel's record, else what the program's function points to. */
  readonly type: Struct | undefined;
  /** The arguments of the function or hook that it runs at, where the kernel's types have its prototype. */
  readonly params: readonly Param[] | undefined;
}

/** Of a program: `btf` are its object's types, `target` the kernel's. */
export function programContext(name: string, section: SectionKind, btf: Btf, target: Btf): ProgramContext {
  const { context: kind } = section;
  switch (kind) {
    case "tracepoint":
      return { kind, type: knownRecord(target, section.target), params: undefined };
    case "arguments":
      return { kind, type: undefined, params: prototypeOf(target, section)?.params };
    case "registers":
      return { kind, type: undefined, params: target.findKind("func", section.target)[0]?.proto.params };
    default:
      return { kind, type: pointedTo(btf, name), params: undefined };
  }
}

/** The struct that the first argument of a function points to. */
function pointedTo(btf: Btf, name: string): Struct | undefined {
  const declared = btf.findKind("func", name)[0]?.proto.params[0];
  const pointer = declared && resolve(declared.type);
  const type = pointer?.kind === "ptr" ? resolve(pointer.target) : undefined;
  return type?.kind === "struct" ? type : undefined;
}
