import type { CompositePlan } from "../../plan/model.ts";
import type { Scope } from "../../plan/names.ts";
import { block, type Code, mentions } from "../code.ts";
import type { EmitContext } from "../context.ts";
import type { ArmOf, Level } from "./level.ts";

/** A local that is looked up once, before the rows. */
export interface Binding {
  readonly local: Code;
  readonly line: Code;
}

/** Those that `lines`, or a later one that is kept, ask for: arrays of structs without members have no columns. */
export function usedBindings(bindings: readonly Binding[], lines: readonly Code[]): Code[] {
  const kept: Code[] = [];
  for (const { local, line } of [...bindings].reverse()) {
    if (mentions(block([...kept, ...lines]), local) > 0) kept.unshift(line);
  }
  return kept;
}

/** A struct, and where the columns of its members go. */
export interface StructWalk {
  readonly composite: CompositePlan;
  readonly level: Level;
  /** Path of the struct, with a dot behind it. */
  readonly prefix: string;
  readonly arm: ArmOf | undefined;
}

/** What the columns of one record have in common while they are emitted. */
export interface ColumnScope {
  readonly context: EmitContext;
  /** Locals of the function that fills them. */
  readonly scope: Scope;
  /** Statements that bind their memory to locals, before the first record. */
  readonly bindings: Binding[];
  /** The statements that fill a row with the members of the struct at `at`: structs hold lists hold structs. */
  readonly structLines: (shared: ColumnScope, walk: StructWalk, view: Code, at: Code, end: Code) => readonly Code[];
}
