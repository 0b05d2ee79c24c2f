import type { Token } from "../text/token.ts";

/** Macros that the preprocessor answers itself. */
export type Special =
  | "line"
  | "file"
  | "base-file"
  | "file-name"
  | "counter"
  | "include-level"
  | "date"
  | "time"
  | "timestamp"
  | "has-include"
  | "has-include-next"
  | "has-attribute"
  | "has-builtin"
  | "has-feature"
  | "has-none"
  | "is-identifier";

export interface Macro {
  readonly name: string;
  readonly id: number;
  /** Interned parameter names; undefined for an object-like macro. The last one takes the rest where `variadic`. */
  readonly params: readonly number[] | undefined;
  readonly variadic: boolean;
  readonly body: readonly Token[];
  /** Where the name stands in the definition. */
  readonly pos: number;
  readonly special?: Special;
  /** In the middle of its own expansion. */
  disabled: boolean;
}

/** Whether two definitions are the same, so that a second one is no fault (C11 6.10.3p2). */
export function sameMacro(a: Macro, b: Macro): boolean {
  if (a.variadic !== b.variadic || a.params?.length !== b.params?.length || a.body.length !== b.body.length)
    return false;
  if (a.params !== undefined && b.params !== undefined && a.params.some((id, i) => id !== b.params?.[i])) return false;
  return a.body.every((token, i) => {
    const other = b.body[i];
    return token.kind === other?.kind && token.value === other.value && (i === 0 || token.space === other.space);
  });
}
