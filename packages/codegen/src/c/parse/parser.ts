import type { Location, Type, Typedef } from "@rbgen/btf";
import type { PragmaState } from "../preprocess/pragma-state.ts";
import type { Comments } from "../text/comments.ts";
import { Complaints } from "../text/complaints.ts";
import { type FrontEndLimits, raising } from "../text/limits.ts";
import type { TagNode } from "../type/ctype.ts";
import type { Scope } from "../type/scope.ts";
import { AttributeReader, type Attributes } from "./attributes.ts";
import type { Cursor } from "./cursor.ts";
import { Declarators } from "./declarator.ts";
import { Enums } from "./enum.ts";
import { Evaluation } from "./evaluation.ts";
import { Expressions } from "./expression.ts";
import type { ForeignNames } from "./foreign.ts";
import { Primaries } from "./primary.ts";
import { Records } from "./record.ts";
import { Specifiers } from "./specifier.ts";

/** A variable or function that the parser met at file scope. */
export interface Declared {
  readonly name: string;
  readonly type: Type;
  readonly pos: number;
  readonly attributes: Attributes | undefined;
  readonly extern: boolean;
  readonly static: boolean;
  /** A function's body, or a variable's initialiser, follows. */
  readonly defined: boolean;
  /** A variable's initialiser is written as zeros. */
  readonly zero: boolean;
  /** Of a function with a body: the token that opens it. */
  readonly body: number | undefined;
  /** Of a pointer to a function and of a map, where it has a value: its first token. */
  readonly value: number | undefined;
}

/** Parts of the parser, which call each other, around one cursor and one scope. */
export class Parser {
  readonly cursor: Cursor;
  readonly scope: Scope;
  readonly complaints: Complaints;
  readonly limits: FrontEndLimits;
  readonly pragmas: PragmaState;
  readonly comments: Comments;
  readonly foreign: ForeignNames;
  readonly evaluation: Evaluation;
  readonly primaries: Primaries;
  readonly expressions: Expressions;
  readonly attributes: AttributeReader;
  readonly specifiers: Specifiers;
  readonly declarators: Declarators;
  readonly records: Records;
  readonly enums: Enums;
  /** Named types in the order of their definitions, with their positions. */
  readonly defined: { readonly type: TagNode | Typedef; readonly pos: number }[] = [];
  readonly declared: Declared[] = [];
  /** Enums without a name, with their positions. */
  readonly anonymousEnums: { readonly type: TagNode; readonly pos: number }[] = [];
  /** Declarations inside of each other at this moment. */
  depth = 0;
  /** Parameters of functions at file scope that are being read: a name missing there costs no type. */
  parameters = 0;
  /** First token of the declaration at file scope. */
  declarationStart = 0;

  constructor(
    cursor: Cursor,
    scope: Scope,
    complaints: Complaints,
    limits: FrontEndLimits,
    pragmas: PragmaState,
    comments: Comments,
    foreign: ForeignNames,
  ) {
    this.cursor = cursor;
    this.scope = scope;
    this.complaints = complaints;
    this.limits = limits;
    this.pragmas = pragmas;
    this.comments = comments;
    this.foreign = foreign;
    this.specifiers = new Specifiers(this);
    this.declarators = new Declarators(this);
    this.evaluation = new Evaluation(cursor, scope, complaints);
    this.primaries = new Primaries(this);
    this.expressions = new Expressions(this);
    this.attributes = new AttributeReader(this);
    this.records = new Records(this);
    this.enums = new Enums(this);
  }

  /** A parser over other tokens in the same scope, for an expression of its own. */
  over(cursor: Cursor, complaints: Complaints): Parser {
    return new Parser(cursor, this.scope, complaints, this.limits, this.pragmas, this.comments, this.foreign);
  }

  /** A silent parser over the same tokens; what it declares stays out of this one's scope. */
  apart(): Parser {
    const silent = new Complaints(this.complaints.map, () => {}, Number.MAX_SAFE_INTEGER);
    const { pragmas, comments, foreign, limits } = this;
    return new Parser(this.cursor.apart(silent), this.scope.copy(), silent, limits, pragmas, comments, foreign);
  }

  location(pos: number): Location {
    return this.complaints.map.location(pos);
  }

  /** Counts a level of nesting, which the caller takes back with {@link leave}. */
  enter(what: string): void {
    if (++this.depth > this.limits.nesting) {
      this.complaints.abandon("RB2012", this.cursor.pos, `${what} nest deeper than ${this.limits.nesting}`, {
        hint: raising("nesting"),
      });
    }
  }

  leave(): void {
    this.depth--;
  }
}
