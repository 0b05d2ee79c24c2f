import type { Type } from "@rbgen/btf";

/** A variable of a function: a parameter or a local one. */
export interface Local {
  readonly name: string;
  readonly type: Type;
  /** Index of the parameter; undefined for a local variable. */
  readonly parameter: number | undefined;
  /** What it is initialised with or assigned, wherever that stands. */
  readonly values: Expression[];
}

/** A call, where it stands. */
export interface Call {
  readonly kind: "call";
  readonly callee: Expression;
  readonly args: readonly Expression[];
  readonly pos: number;
}

/** An expression of a function's body, as far as the flow of records through it asks. */
export type Expression =
  | { readonly kind: "name"; readonly id: number; readonly local: Local | undefined }
  | { readonly kind: "number"; readonly value: bigint | undefined }
  | Call
  | { readonly kind: "cast"; readonly type: Type; readonly operand: Expression }
  /** `(struct s){ … }`, an lvalue. */
  | { readonly kind: "compound"; readonly type: Type }
  | { readonly kind: "address" | "target"; readonly operand: Expression }
  | { readonly kind: "member"; readonly base: Expression; readonly arrow: boolean; readonly name: string }
  | { readonly kind: "element"; readonly base: Expression; readonly index: Expression }
  /** `sizeof`, of a type or of an operand. */
  | { readonly kind: "size"; readonly type: Type | undefined; readonly operand: Expression | undefined }
  | { readonly kind: "unary"; readonly operator: number; readonly operand: Expression }
  | {
      readonly kind: "binary";
      readonly operator: number;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: "choice"; readonly then: Expression; readonly otherwise: Expression }
  | { readonly kind: "assignment"; readonly target: Expression; readonly value: Expression }
  /** The last expression of a comma or of `({ … })`. */
  | { readonly kind: "last"; readonly value: Expression | undefined }
  | { readonly kind: "unknown" };

/** A value that is stored into a member. */
export interface Store {
  readonly target: Expression;
  readonly value: Expression;
}

/** What one step of a function does. */
export type Effect =
  | Call
  | { readonly kind: "store"; readonly target: Expression; readonly value: Expression }
  | { readonly kind: "assign"; readonly local: Local; readonly value: Expression }
  /** An initialiser or `memset`: all bytes become zero. */
  | { readonly kind: "clear"; readonly target: Expression };

/** A point of a function, and those that may run just before it: the control flow, to be followed backwards. */
export interface Step {
  /** Undefined where paths only meet. */
  readonly effect: Effect | undefined;
  readonly before: Step[];
}

/** What one function does. Its lists are in no order of time: a path that may be taken counts as one that is. */
export interface Body {
  readonly name: string;
  readonly parameters: readonly Local[];
  /** All variables, parameters too. */
  readonly locals: readonly Local[];
  readonly calls: readonly Call[];
  readonly stores: readonly Store[];
  readonly returns: readonly Expression[];
  /** The same in the order in which it may run. */
  readonly steps: {
    readonly entry: Step;
    /** Where it returns. */
    readonly ends: readonly Step[];
    readonly ofCalls: ReadonlyMap<Call, Step>;
  };
}

export const unknown: Expression = { kind: "unknown" };

/** `expression` without casts, and without what only hands a value on. */
export function bare(expression: Expression): Expression {
  for (let at = expression; ; ) {
    if (at.kind === "cast") at = at.operand;
    else if (at.kind === "assignment") at = at.value;
    else if (at.kind === "last" && at.value !== undefined) at = at.value;
    else return at;
  }
}
