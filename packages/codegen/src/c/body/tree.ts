import type { Int, Type } from "@rbgen/btf";

/** A variable of a function: a parameter or a local one. */
export interface Local {
  readonly name: string;
  readonly type: Type;
  /** Index of the parameter; undefined for a local variable. */
  readonly parameter: number | undefined;
  /** What it is initialised with or assigned, wherever that stands. */
  readonly values: Expression[];
  /** Whether its address is taken, so that it may be changed by what is handed that. */
  addressed?: true;
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
  /** A constant, of type `int` unless it says another. */
  | { readonly kind: "number"; readonly value: bigint | undefined; readonly type?: Int }
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
  /** `__builtin_bswap…`, of an integer of so many bytes. */
  | { readonly kind: "swap"; readonly bytes: number; readonly operand: Expression }
  | {
      readonly kind: "binary";
      readonly operator: number;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: "choice";
      readonly condition: Expression;
      readonly then: Expression;
      readonly otherwise: Expression;
    }
  | { readonly kind: "assignment"; readonly target: Expression; readonly value: Expression }
  /** The last expression of a comma or of `({ … })`. */
  | { readonly kind: "last"; readonly value: Expression | undefined }
  | { readonly kind: "unknown" };

/** A value that is stored into a member. */
export interface Store {
  readonly target: Expression;
  readonly value: Expression;
}

/** A statement that is not understood: it may do what its words allow. */
export interface Obscure {
  readonly kind: "obscure";
  readonly pos: number;
  /** Variables that it names. */
  readonly locals: ReadonlySet<Local>;
  /** Other names that stand in it. */
  readonly ids: ReadonlySet<number>;
  /** Whether it may change any memory that has an address: it is `asm` with such a clobber or operand. */
  readonly anything: boolean;
  /** Whether it is not understood because it nests too deep. */
  readonly deep?: true;
}

/** A branch, which is taken where each of some conditions holds, or none of them. */
export interface Branch {
  readonly kind: "branch";
  readonly conditions: readonly Expression[];
  readonly holds: boolean;
}

/** What one step of a function does. */
export type Effect =
  | Call
  /** Where `bytes` are told, memory is copied: that many of `value`, or of what nobody knows. */
  | { readonly kind: "store"; readonly target: Expression; readonly value: Expression; readonly bytes?: Expression }
  | { readonly kind: "assign"; readonly local: Local; readonly value: Expression }
  /** An initialiser or `memset`: all bytes become zero, or as many as `bytes` says. */
  | { readonly kind: "clear"; readonly target: Expression; readonly bytes?: Expression }
  | Branch
  | Obscure;

/** A point of a function, and those that may run just before it: the control flow, to be followed backwards. */
export interface Step {
  /** Undefined where paths only meet. */
  readonly effect: Effect | undefined;
  readonly before: Step[];
  /** Where its text stands. */
  readonly pos: number;
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
  readonly obscure: readonly Obscure[];
  /** The same in the order in which it may run. */
  readonly steps: {
    readonly entry: Step;
    /** Where it returns. */
    readonly ends: readonly Step[];
    readonly ofCalls: ReadonlyMap<Call, Step>;
    readonly ofReturns: ReadonlyMap<Expression, Step>;
    readonly all: readonly Step[];
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
