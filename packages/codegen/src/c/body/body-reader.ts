import type { Type } from "@rbgen/btf";
import type { Parser } from "../parse/parser.ts";
import { Poisoned } from "../text/complaints.ts";
import * as K from "../text/keyword.ts";
import { characterValue, parseInteger } from "../text/literal.ts";
import { precedences } from "../text/precedence.ts";
import * as T from "../text/token.ts";
import type { TagNode } from "../type/ctype.ts";
import type { ScopeSymbol } from "../type/scope.ts";
import { constantOf } from "./constant.ts";
import { type Initialised, MembersInOrder, memberNamed } from "./initialised.ts";
import { StepBuilder } from "./step-builder.ts";
import { type Body, type Call, type Expression, type Local, type Step, type Store, unknown } from "./tree.ts";

/** Statements and operands inside of each other, behind which a function is given up. */
const deepest = 200;
/** Operators of one expression, behind which its value is not known. */
const mostOperators = 2000;

/** A name that a block declares anew, and what it was before. */
type Hidden =
  | { readonly id: number; readonly symbol: ScopeSymbol | undefined }
  | { readonly id: number; readonly tag: TagNode | undefined };

/** Ends the reading of one statement, which is skipped: it is not understood. */
class Lost extends Error {}

/** Reads the bodies of functions. Silent: what it does not understand says nothing, and nothing of it reaches the file's scope. */
export class BodyReader {
  readonly #parser: Parser;
  #scopes: Map<number, Local>[] = [];
  /** What blocks hide of the names around them, to be put back at their ends. */
  #hidden: Hidden[] = [];
  #locals: Local[] = [];
  #calls: Call[] = [];
  #stores: Store[] = [];
  #returns: Expression[] = [];
  #steps = new StepBuilder();
  /** Variables in the order in which {@link Local.values} were added. */
  #assigned: Local[] = [];
  /** Labels that were passed: what stands behind one may be jumped to. */
  #labels = 0;
  /** Whether what stands next is not reached from what stands before it. */
  #ended = false;
  #depth = 0;

  /** @param parser one whose scope and complaints are its own */
  constructor(parser: Parser) {
    this.#parser = parser;
  }

  /** Reads the body whose `{` is the token at `open`; undefined where it is too deep. */
  read(
    name: string,
    open: number,
    params: readonly { readonly name: string; readonly type: Type }[],
  ): Body | undefined {
    const { cursor } = this.#parser;
    this.#locals = [];
    this.#calls = [];
    this.#stores = [];
    this.#returns = [];
    this.#assigned = [];
    this.#steps = new StepBuilder();
    this.#ended = false;
    this.#depth = 0;
    this.#hidden = [];
    this.#scopes = [new Map()];
    cursor.at = open;
    const parameters = params.map(({ name: own, type }, index) => this.#declare(cursor.idOf(own), own, type, index));
    try {
      this.#block();
      this.#steps.return();
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      return undefined;
    } finally {
      this.#restore(0);
    }
    return {
      name,
      parameters,
      locals: this.#locals,
      calls: this.#calls,
      stores: this.#stores,
      returns: this.#returns,
      steps: this.#steps,
    };
  }

  /** Reads the expression that the token at `start` begins, outside of all functions; undefined where it is not understood. */
  value(start: number): Expression | undefined {
    this.#parser.cursor.at = start;
    this.#depth = 0;
    this.#scopes = [new Map()];
    try {
      return this.#assignment();
    } catch (error) {
      if (!(error instanceof Lost || error instanceof Poisoned)) throw error;
      return undefined;
    }
  }

  #declare(id: number, name: string, type: Type, parameter?: number): Local {
    const local: Local = { name, type, parameter, values: [] };
    this.#locals.push(local);
    if (id < 0) return local;
    this.#scopes[this.#scopes.length - 1]!.set(id, local);
    const { symbols } = this.#parser.scope;
    this.#hidden.push({ id, symbol: symbols[id] });
    // Sizes and typeof of declarations ask the scope.
    symbols[id] = { kind: "variable", type, pos: this.#parser.cursor.pos };
    return local;
  }

  #restore(length: number): void {
    const { symbols, tags } = this.#parser.scope;
    while (this.#hidden.length > length) {
      const hidden = this.#hidden.pop()!;
      if ("tag" in hidden) tags[hidden.id] = hidden.tag;
      else symbols[hidden.id] = hidden.symbol;
    }
  }

  #find(id: number): Local | undefined {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const local = this.#scopes[i]!.get(id);
      if (local !== undefined) return local;
    }
    return undefined;
  }

  #within<Result>(read: () => Result): Result {
    const hidden = this.#hidden.length;
    const scopes = this.#scopes.length;
    this.#scopes.push(new Map());
    if (++this.#depth > deepest) throw new Lost();
    try {
      return read();
    } finally {
      this.#depth--;
      this.#scopes.length = scopes;
      this.#restore(hidden);
    }
  }

  /** Reads `{ … }`; the value of its last expression. */
  #block(): Expression | undefined {
    const { cursor } = this.#parser;
    const end = cursor.behind(cursor.at) - 1;
    cursor.at++;
    return this.#within(() => {
      const depth = this.#depth;
      let last: Expression | undefined;
      while (cursor.at < end && cursor.kind !== T.EOF) {
        const start = cursor.at;
        const [ended, labels] = [this.#ended, this.#labels];
        const [before, open] = [this.#steps.at, this.#steps.depth];
        try {
          last = this.#ended ? this.#unlessDead(true, () => this.#statement()) : this.#statement();
        } catch (error) {
          if (!(error instanceof Lost || error instanceof Poisoned)) throw error;
          this.#depth = depth;
          this.#parser.depth = 0;
          this.#parser.records.reset();
          this.#parser.expressions.reset();
          last = undefined;
          this.#steps.unwind(open);
          this.#steps.join(before, this.#steps.at);
          this.#ended = ended && labels === this.#labels;
          this.#skip(start, end);
        }
      }
      cursor.at = end + 1;
      return last;
    });
  }

  /** Goes behind the statement that starts at `start`. */
  #skip(start: number, end: number): void {
    const { cursor } = this.#parser;
    let at = start;
    while (at < end) {
      const kind = cursor.kinds[at]!;
      if (kind === T.SEMICOLON) {
        at++;
        break;
      }
      if (kind === T.LBRACE) {
        at = cursor.behind(at);
        // A brace ends a statement, but for an initialiser's.
        if (cursor.kinds[at] !== T.SEMICOLON && cursor.kinds[at] !== T.COMMA && cursor.kinds[at] !== T.RPAREN) break;
        continue;
      }
      at = kind === T.LPAREN || kind === T.LBRACKET ? cursor.behind(at) : at + 1;
    }
    cursor.at = Math.max(at, start + 1);
  }

  #statement(): Expression | undefined {
    const { cursor, specifiers } = this.#parser;
    if (cursor.accept(T.SEMICOLON)) return undefined;
    if (cursor.kind === T.LBRACE) {
      this.#block();
      return undefined;
    }
    if (cursor.keyword === K.ASM) this.#assembly();
    if (cursor.keyword === K.STATIC_ASSERT) throw new Lost();
    if (cursor.keyword === K.ATTRIBUTE && cursor.kinds[cursor.behind(cursor.at + 1)] === T.SEMICOLON) throw new Lost();
    if (cursor.isName()) {
      const read = this.#control(cursor.textAt(cursor.at));
      if (read) return undefined;
      if (cursor.kinds[cursor.at + 1] === T.COLON) {
        const name = cursor.textAt(cursor.at);
        cursor.at += 2;
        this.#label();
        if (name === "default") this.#steps.case(true);
        else this.#steps.label(name);
        return undefined;
      }
    }
    const named = cursor.isName() && this.#find(cursor.values[cursor.at]!) !== undefined;
    if (!named && specifiers.starts(cursor.at)) {
      this.#declaration();
      return undefined;
    }
    const value = this.#full();
    this.#expect(T.SEMICOLON);
    return value;
  }

  /** Reads a statement that a word opens; false where `word` is none. */
  #control(word: string): boolean {
    const { cursor } = this.#parser;
    switch (word) {
      case "if":
        cursor.at++;
        this.#branches();
        return true;
      case "while":
        cursor.at++;
        this.#while();
        return true;
      case "switch":
        cursor.at++;
        this.#switch();
        return true;
      case "else":
        cursor.at++;
        this.#inner();
        this.#ended = false;
        return true;
      case "do":
        cursor.at++;
        this.#do();
        return true;
      case "for":
        cursor.at++;
        this.#for();
        return true;
      case "return":
        cursor.at++;
        if (cursor.kind !== T.SEMICOLON) this.#returns.push(this.#full());
        this.#expect(T.SEMICOLON);
        this.#steps.return();
        this.#ended = true;
        return true;
      case "case":
        cursor.at++;
        this.#conditional();
        if (cursor.accept(T.ELLIPSIS)) this.#conditional();
        this.#expect(T.COLON);
        this.#label();
        this.#steps.case(false);
        return true;
      case "goto":
        cursor.at++;
        // `goto *&&label` names none.
        if (cursor.kind === T.STAR) {
          this.#full();
          this.#steps.jump(undefined);
        } else this.#steps.goto(cursor.textAt(cursor.at++));
        this.#expect(T.SEMICOLON);
        this.#ended = true;
        return true;
      case "break":
      case "continue":
        cursor.at++;
        if (word === "break") this.#steps.break();
        else this.#steps.continue();
        this.#expect(T.SEMICOLON);
        this.#ended = true;
        return true;
      default:
        return false;
    }
  }

  #while(): void {
    const steps = this.#steps;
    const start = steps.meet(steps.at);
    if (steps.at !== undefined) steps.at = start;
    this.#expect(T.LPAREN);
    const condition = this.#constant(this.#full());
    this.#expect(T.RPAREN);
    const asked = steps.at;
    const exit = steps.open(start);
    this.#unlessDead(condition === 0n, () => this.#inner());
    steps.jump(start);
    steps.close();
    this.#leave(exit, isTrue(condition) ? undefined : asked);
  }

  #do(): void {
    const { cursor } = this.#parser;
    const steps = this.#steps;
    const start = steps.meet(steps.at);
    if (steps.at !== undefined) steps.at = start;
    const next = steps.meet();
    const exit = steps.open(next);
    this.#inner();
    steps.close();
    steps.jump(next);
    steps.at = next.before.length > 0 ? next : undefined;
    cursor.at++;
    const condition = this.#constant(this.#full());
    this.#expect(T.SEMICOLON);
    const asked = steps.at;
    if (condition !== 0n) steps.jump(start);
    this.#leave(exit, isTrue(condition) ? undefined : asked);
  }

  #switch(): void {
    const steps = this.#steps;
    this.#expect(T.LPAREN);
    this.#full();
    this.#expect(T.RPAREN);
    const asked = steps.at;
    const exit = steps.open(undefined, asked ?? steps.meet());
    steps.at = undefined;
    this.#inner();
    const hasDefault = steps.close();
    steps.jump(exit);
    this.#leave(exit, hasDefault ? undefined : asked);
  }

  #for(): void {
    const { cursor, specifiers } = this.#parser;
    const steps = this.#steps;
    this.#expect(T.LPAREN);
    this.#within(() => {
      if (specifiers.starts(cursor.at)) this.#declaration();
      else {
        if (cursor.kind !== T.SEMICOLON) this.#full();
        this.#expect(T.SEMICOLON);
      }
      const start = steps.meet(steps.at);
      if (steps.at !== undefined) steps.at = start;
      const condition = cursor.kind === T.SEMICOLON ? 1n : this.#constant(this.#full());
      this.#expect(T.SEMICOLON);
      const asked = steps.at;
      const next = steps.meet();
      const exit = steps.open(next);
      this.#unlessDead(condition === 0n, () => {
        steps.at = next;
        if (cursor.kind !== T.RPAREN) this.#full();
        this.#expect(T.RPAREN);
        steps.jump(start);
        steps.at = asked;
        this.#inner();
        steps.jump(next);
      });
      steps.close();
      this.#leave(exit, isTrue(condition) ? undefined : asked);
    });
  }

  /** Goes on behind a loop or `switch`, which is left by `break`, or from where its condition was `asked`. */
  #leave(exit: Step, asked: Step | undefined): void {
    this.#steps.join(exit.before.length > 0 ? exit : undefined, asked);
    this.#ended = false;
  }

  /** Reads `(condition) then else otherwise`; what a constant of the condition leaves out runs never. */
  #branches(): void {
    const { cursor } = this.#parser;
    this.#expect(T.LPAREN);
    const known = this.#constant(this.#full());
    this.#expect(T.RPAREN);
    const before = this.#ended;
    const never = isTrue(known);
    const steps = this.#steps;
    const asked = steps.at;
    const thenEnds = this.#branch(known === 0n);
    const then = known === 0n && steps.at === asked ? undefined : steps.at;
    this.#ended = before;
    steps.at = never ? undefined : asked;
    let otherwiseEnds = before || never;
    if (cursor.isName() && cursor.textAt(cursor.at) === "else") {
      cursor.at++;
      otherwiseEnds = this.#branch(never);
    }
    steps.join(then, steps.at);
    this.#ended = before || (thenEnds && otherwiseEnds);
  }

  /** Reads one branch; whether nothing goes on behind it. */
  #branch(dead: boolean): boolean {
    const labels = this.#labels;
    this.#unlessDead(dead, () => this.#inner());
    return this.#ended || (dead && this.#labels === labels);
  }

  /** A label: what was not reached may be from here on. */
  #label(): void {
    this.#labels++;
    this.#ended = false;
  }

  /** Reads what is left out where it is `dead`: compilers drop it, unless a label in it is jumped to. */
  #unlessDead<Result>(dead: boolean, read: () => Result): Result {
    if (!dead) return read();
    const [calls, stores, returns] = [this.#calls.length, this.#stores.length, this.#returns.length];
    const [assigned, labels, at] = [this.#assigned.length, this.#labels, this.#steps.at];
    const result = read();
    if (this.#labels > labels) return result;
    this.#steps.at = at;
    this.#calls.length = calls;
    this.#stores.length = stores;
    this.#returns.length = returns;
    while (this.#assigned.length > assigned) this.#assigned.pop()!.values.pop();
    return result;
  }

  /** The integer that an expression is, whatever runs; undefined where a run decides. */
  #constant(expression: Expression): bigint | undefined {
    return constantOf(expression, (id) => {
      const symbol = this.#parser.scope.symbols[id];
      return symbol?.kind === "constant" ? symbol.value : undefined;
    });
  }

  /** What an `asm` that has instructions gives its operands is not known; the statement is skipped as others are. */
  #assembly(): never {
    const { cursor } = this.#parser;
    let open = cursor.at + 1;
    while (open < cursor.at + 4 && cursor.kinds[open] !== T.LPAREN) open++;
    const end = cursor.kinds[open] === T.LPAREN ? cursor.behind(open) : open;
    let instructions = false;
    let at = open + 1;
    for (; at < end && cursor.kinds[at] === T.STRING; at++) instructions ||= cursor.textAt(at) !== '""';
    for (; instructions && at < end; at++) {
      const local = cursor.isName(at) ? this.#find(cursor.values[at]!) : undefined;
      if (local !== undefined) this.#assign(local, unknown);
    }
    throw new Lost();
  }

  #store(target: Expression, value: Expression): void {
    this.#stores.push({ target, value });
    this.#steps.add({ kind: "store", target, value });
  }

  /** `local = value`. */
  #give(local: Local, value: Expression): void {
    this.#assign(local, value);
    this.#steps.add({ kind: "assign", local, value });
  }

  #assign(local: Local, value: Expression): void {
    local.values.push(value);
    this.#assigned.push(local);
  }

  #inner(): void {
    this.#within(() => this.#statement());
  }

  #expect(kind: number): void {
    if (!this.#parser.cursor.accept(kind)) throw new Lost();
  }

  /** Hides what has the tags that the declaration at hand defines: those are other types. */
  #hideTags(): void {
    const { cursor, scope } = this.#parser;
    const behindAttributes = (at: number): number => {
      let next = at;
      while (cursor.keywordAt(next) === K.ATTRIBUTE) next = cursor.behind(next + 1);
      return next;
    };
    for (let at = cursor.at; ; at++) {
      const kind = cursor.kinds[at];
      if (kind === T.SEMICOLON || kind === T.EQUAL || kind === T.LPAREN || kind === T.LBRACE || kind === T.EOF) return;
      const keyword = cursor.keywordAt(at);
      if (keyword !== K.STRUCT && keyword !== K.UNION && keyword !== K.ENUM) continue;
      const name = behindAttributes(at + 1);
      if (!cursor.isName(name) || cursor.kinds[behindAttributes(name + 1)] !== T.LBRACE) continue;
      const id = cursor.values[name]!;
      this.#hidden.push({ id, tag: scope.tags[id] });
      scope.tags[id] = undefined;
      return;
    }
  }

  #declaration(): void {
    const { cursor, specifiers, declarators } = this.#parser;
    this.#hideTags();
    const specified = specifiers.read();
    if (cursor.accept(T.SEMICOLON)) return;
    for (;;) {
      const declarator = declarators.read(specified.type, undefined);
      if (declarator.id < 0) throw new Lost();
      if (specified.typedef) {
        const type = { kind: "typedef", name: cursor.names[declarator.id]!, target: declarator.type } as const;
        this.#hidden.push({ id: declarator.id, symbol: this.#parser.scope.symbols[declarator.id] });
        this.#parser.scope.symbols[declarator.id] = { kind: "typedef", type, pos: declarator.pos };
      } else {
        const local = this.#declare(declarator.id, cursor.names[declarator.id]!, declarator.type);
        if (cursor.accept(T.EQUAL)) {
          if (cursor.kind === T.LBRACE) {
            const target: Expression = { kind: "name", id: declarator.id, local };
            this.#steps.add({ kind: "clear", target });
            this.#initialiser(target, local.type);
          } else this.#give(local, this.#assignment());
        }
      }
      if (!cursor.accept(T.COMMA)) break;
    }
    this.#expect(T.SEMICOLON);
  }

  /** Reads `{ .a = x, y, … }` of what has the type `type`: what designators and the order of members name is stored there. */
  #initialiser(target: Expression, type: Type | undefined): void {
    const { cursor } = this.#parser;
    const end = cursor.behind(cursor.at) - 1;
    cursor.at++;
    this.#within(() => {
      const members = new MembersInOrder(target, type);
      while (cursor.at < end) {
        let item = this.#designated(members);
        if (item !== undefined) this.#expect(T.EQUAL);
        else item = members.next(cursor.kind === T.LBRACE);
        if (cursor.kind === T.LBRACE) this.#initialiser(item?.target ?? unknown, item?.type);
        else {
          const value = this.#assignment();
          if (item !== undefined) this.#store(item.target, value);
        }
        if (!cursor.accept(T.COMMA)) break;
      }
    });
    cursor.at = end + 1;
  }

  /** What designators name (`.hdr.kind`, `[2].x`); undefined where none stands. */
  #designated(members: MembersInOrder): Initialised | undefined {
    const { cursor } = this.#parser;
    let found: Initialised | undefined;
    while (cursor.kind === T.DOT || cursor.kind === T.LBRACKET) {
      if (cursor.kind === T.DOT) {
        const name = cursor.textAt(cursor.at + 1);
        found = found === undefined ? members.named(name) : memberNamed(found, name);
        cursor.at += 2;
      } else {
        const base = found?.target ?? members.target;
        found = { target: { kind: "element", base, index: unknown }, type: undefined };
        cursor.at = cursor.behind(cursor.at);
      }
    }
    return found;
  }

  #full(): Expression {
    let value = this.#assignment();
    while (this.#parser.cursor.accept(T.COMMA)) value = { kind: "last", value: this.#assignment() };
    return value;
  }

  #assignment(): Expression {
    if (++this.#depth > deepest) throw new Lost();
    const target = this.#conditional();
    const { cursor } = this.#parser;
    const { at } = cursor;
    const plain = cursor.kind === T.EQUAL;
    if (!plain && cursor.kind !== T.ASSIGN_OP) {
      this.#depth--;
      return target;
    }
    cursor.at++;
    const value = this.#assignment();
    this.#depth--;
    const stored = plain ? value : unknown;
    if (target.kind === "name" && target.local !== undefined) {
      // `p += n` leaves p what it is, and no number.
      if (plain) this.#give(target.local, value);
      else if (cursor.textAt(at) === "+=") {
        this.#assign(target.local, { kind: "binary", operator: T.PLUS, left: target, right: value });
      } else this.#changes(target);
    } else this.#store(target, stored);
    return plain ? { kind: "assignment", target, value } : target;
  }

  #conditional(): Expression {
    const { cursor } = this.#parser;
    const condition = this.#binary(1, { count: 0 });
    if (!cursor.accept(T.QUESTION)) return condition;
    const known = this.#constant(condition);
    const never = isTrue(known);
    const steps = this.#steps;
    const asked = steps.at;
    const then = cursor.kind === T.COLON ? condition : this.#unlessDead(known === 0n, () => this.#full());
    this.#expect(T.COLON);
    const behind = known === 0n ? undefined : steps.at;
    steps.at = asked;
    if (++this.#depth > deepest) throw new Lost();
    const otherwise = this.#unlessDead(never, () => this.#conditional());
    this.#depth--;
    steps.join(behind, never ? undefined : steps.at);
    if (known !== undefined) return never ? then : otherwise;
    return { kind: "choice", then, otherwise };
  }

  #binary(lowest: number, operators: { count: number }): Expression {
    const { cursor } = this.#parser;
    let left = this.#cast();
    for (;;) {
      const operator = cursor.kind;
      const precedence = precedences[operator];
      if (precedence === undefined || precedence < lowest) return left;
      cursor.at++;
      const asked = this.#steps.at;
      const right = this.#binary(precedence + 1, operators);
      // The right one may be left out.
      if (operator === T.AND_AND || operator === T.OR_OR) this.#steps.join(asked, this.#steps.at);
      left = ++operators.count > mostOperators ? unknown : { kind: "binary", operator, left, right };
    }
  }

  #nested<Result>(read: () => Result): Result {
    if (++this.#depth > deepest) throw new Lost();
    const result = read();
    this.#depth--;
    return result;
  }

  #opensType(): boolean {
    const { cursor, specifiers } = this.#parser;
    if (cursor.kind !== T.LPAREN) return false;
    const name = cursor.isName(cursor.at + 1) ? this.#find(cursor.values[cursor.at + 1]!) : undefined;
    return name === undefined && specifiers.starts(cursor.at + 1);
  }

  #cast(): Expression {
    const { cursor } = this.#parser;
    if (!this.#opensType()) return this.#unary();
    const type = this.#typeInParentheses();
    if (cursor.kind === T.LBRACE) {
      const compound: Expression = { kind: "compound", type };
      this.#steps.add({ kind: "clear", target: compound });
      this.#initialiser(compound, type);
      return this.#postfix(compound);
    }
    return { kind: "cast", type, operand: this.#nested(() => this.#cast()) };
  }

  #typeInParentheses(): Type {
    const { cursor, declarators } = this.#parser;
    cursor.at++;
    const type = declarators.typeName();
    this.#expect(T.RPAREN);
    return type;
  }

  #unary(): Expression {
    const { cursor } = this.#parser;
    const operator = cursor.kind;
    switch (operator) {
      case T.AMP: {
        cursor.at++;
        const operand = this.#nested(() => this.#cast());
        // Whoever is handed the address may store through it.
        if (operand.kind === "name") this.#changes(operand);
        return { kind: "address", operand };
      }
      case T.STAR:
        cursor.at++;
        return { kind: "target", operand: this.#nested(() => this.#cast()) };
      case T.PLUS:
      case T.MINUS:
      case T.TILDE:
      case T.BANG:
        cursor.at++;
        return { kind: "unary", operator, operand: this.#nested(() => this.#cast()) };
      case T.PLUS_PLUS:
      case T.MINUS_MINUS: {
        cursor.at++;
        const operand = this.#nested(() => this.#unary());
        this.#changes(operand);
        return operand;
      }
      case T.AND_AND:
        cursor.at += 2;
        return unknown;
    }
    switch (cursor.keyword) {
      case K.EXTENSION:
        cursor.at++;
        return this.#nested(() => this.#cast());
      case K.SIZEOF:
        cursor.at++;
        if (this.#opensType()) {
          const type = this.#typeInParentheses();
          return cursor.kind === T.LBRACE ? this.#lost() : { kind: "size", type, operand: undefined };
        }
        return { kind: "size", type: undefined, operand: this.#nested(() => this.#unary()) };
      case K.ALIGNOF:
      case K.PREFERRED_ALIGNOF:
        cursor.at++;
        if (this.#opensType()) cursor.at = cursor.behind(cursor.at);
        else this.#nested(() => this.#unary());
        return unknown;
    }
    return this.#postfix(this.#primary());
  }

  #lost(): never {
    throw new Lost();
  }

  #primary(): Expression {
    const { cursor, expressions, primaries } = this.#parser;
    const { at } = cursor;
    switch (cursor.kind) {
      case T.NUMBER:
        cursor.at++;
        return { kind: "number", value: parseInteger(cursor.textAt(at))?.value };
      case T.CHAR:
        cursor.at++;
        return { kind: "number", value: characterValue(cursor.textAt(at)) };
      case T.STRING:
        while (cursor.kind === T.STRING) cursor.at++;
        return unknown;
      case T.LPAREN: {
        cursor.at++;
        const value: Expression =
          cursor.kind === T.LBRACE ? { kind: "last", value: this.#inline() } : this.#nested(() => this.#full());
        this.#expect(T.RPAREN);
        return value;
      }
      case T.IDENT:
        break;
      default:
        return this.#lost();
    }
    if (cursor.keyword !== 0) {
      // offsetof and its like: constants, which the parser of constants knows.
      if (cursor.kinds[at + 1] !== T.LPAREN) return this.#lost();
      const end = cursor.behind(at + 1);
      let value: bigint | undefined;
      try {
        const read = cursor.keyword === K.OFFSETOF ? primaries.read().value : undefined;
        value = typeof read === "bigint" ? read : undefined;
      } catch (error) {
        if (!(error instanceof Poisoned)) throw error;
        expressions.reset();
      }
      cursor.at = end;
      return { kind: "number", value };
    }
    cursor.at++;
    const id = cursor.values[at]!;
    const local = this.#find(id);
    // Arguments of these are no expressions, or hand one on.
    const name = cursor.textAt(at);
    if (local === undefined && name.startsWith("__builtin_") && cursor.kind === T.LPAREN) return this.#builtin(name);
    return { kind: "name", id, local };
  }

  /** Reads the block of `({ … })`. */
  #inline(): Expression | undefined {
    const ended = this.#ended;
    const last = this.#block();
    this.#ended = ended;
    return last;
  }

  #builtin(name: string): Expression {
    const { cursor } = this.#parser;
    const end = cursor.behind(cursor.at);
    const handsOn = name === "__builtin_preserve_access_index" || name === "__builtin_expect";
    const copies = name === "__builtin_memcpy" || name === "__builtin_memmove";
    cursor.at++;
    const sets = name === "__builtin_memset";
    const first = handsOn || copies || sets ? this.#nested(() => this.#assignment()) : unknown;
    if (copies) this.#store({ kind: "target", operand: first }, unknown);
    if (sets && cursor.accept(T.COMMA)) {
      const target: Expression = { kind: "target", operand: first };
      const byte = this.#constant(this.#nested(() => this.#assignment()));
      this.#steps.add(byte === 0n ? { kind: "clear", target } : { kind: "store", target, value: unknown });
    }
    cursor.at = end;
    return copies || sets ? unknown : first;
  }

  #postfix(value: Expression): Expression {
    const { cursor } = this.#parser;
    for (;;) {
      const { at } = cursor;
      switch (cursor.kind) {
        case T.DOT:
        case T.ARROW:
          value = { kind: "member", base: value, arrow: cursor.kind === T.ARROW, name: cursor.textAt(at + 1) };
          cursor.at += 2;
          continue;
        case T.LBRACKET:
          cursor.at++;
          value = { kind: "element", base: value, index: this.#nested(() => this.#full()) };
          this.#expect(T.RBRACKET);
          continue;
        case T.LPAREN: {
          cursor.at++;
          const args: Expression[] = [];
          while (cursor.kind !== T.RPAREN) {
            if (args.length > 0) this.#expect(T.COMMA);
            args.push(this.#nested(() => this.#assignment()));
          }
          cursor.at++;
          const call: Call = { kind: "call", callee: value, args, pos: cursor.positions[at - 1]! };
          this.#calls.push(call);
          this.#steps.add(call);
          value = call;
          continue;
        }
        case T.PLUS_PLUS:
        case T.MINUS_MINUS:
          cursor.at++;
          this.#changes(value);
          continue;
        default:
          return value;
      }
    }
  }

  /** Of a variable that `target` names: what it holds from here on is not known. A member is stored to. */
  #changes(target: Expression): void {
    if (target.kind !== "name") this.#store(target, unknown);
    else if (target.local !== undefined) this.#assign(target.local, unknown);
  }
}

function isTrue(constant: bigint | undefined): boolean {
  return constant !== undefined && constant !== 0n;
}
