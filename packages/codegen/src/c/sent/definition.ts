import type { Type } from "@rbgen/btf";
import type { Expression, Step } from "../body/tree.ts";
import type { Frame } from "./typing.ts";

/** Bits of a record. */
export interface Range {
  readonly bits: number;
  /** Bytes. */
  readonly size: number;
}

/** What was stored last on one path: zeros, a value, or what was stored there before, changed by an operator and an operand. */
export type Definition =
  | { readonly kind: "zero" }
  | {
      readonly kind: "value";
      readonly value: Expression;
      /** Of what it is stored in, which it is converted to. */
      readonly type: Type;
      readonly step: Step;
      readonly frame: Frame;
      readonly pos: number;
    }
  | {
      readonly kind: "changed";
      readonly before: readonly Definition[];
      readonly operator: number;
      readonly operand: Expression;
      /** Of what is changed. */
      readonly type: Type;
      readonly frame: Frame;
      readonly pos: number;
    };
