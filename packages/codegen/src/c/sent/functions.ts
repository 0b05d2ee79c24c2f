import { BodyReader } from "../body/body-reader.ts";
import { type Body, bare, type Call, type Expression } from "../body/tree.ts";
import type { Declared, Parser } from "../parse/parser.ts";
import * as K from "../text/keyword.ts";
import * as T from "../text/token.ts";
import { stripped } from "../type/ctype.ts";
import { helperNames, sinks } from "./sinks.ts";

/** The functions of a translation unit, whose bodies are read when a call leads there. */
export class Functions {
  readonly #parser: Parser;
  readonly #declared = new Map<number, Declared>();
  readonly #bodies = new Map<number, Body | undefined>();
  /** Helpers that pointers of the file stand for, by the pointers' names. */
  readonly #helpers = new Map<number, string | undefined>();
  /** Names that stand in functions, by the functions' ids. */
  readonly #names = new Map<number, Set<number>>();
  #shared: BodyReader | undefined;

  /** @param parser its own, silent */
  constructor(parser: Parser, declared: readonly Declared[]) {
    this.#parser = parser;
    for (const own of declared) {
      if (own.body !== undefined || (own.value !== undefined && own.attributes?.section !== ".maps"))
        this.#declared.set(parser.cursor.idOf(own.name), own);
    }
  }

  nameOf(id: number): string {
    return this.#parser.cursor.names[id] ?? "";
  }

  /** Name of the function that `call` calls, a helper's by its number where the pointer to it says one; "" for other pointers. */
  calleeOf(call: Call): string {
    const callee = calledBy(call);
    if (callee.kind === "number") return helperNames.get(callee.value ?? -1n) ?? "";
    if (callee.kind !== "name" || callee.local !== undefined) return "";
    return this.#helperOf(callee.id) ?? this.nameOf(callee.id);
  }

  /** The helper that `static long (*helper)(…) = (void *)25;` declares; undefined for what has no such value. */
  #helperOf(id: number): string | undefined {
    if (this.#helpers.has(id)) return this.#helpers.get(id);
    const start = this.#declared.get(id)?.value;
    const read = start === undefined ? undefined : this.#reader().value(start);
    const value = read === undefined ? undefined : bare(read);
    let helper: string | undefined;
    // What it is called says nothing of a number that is none of theirs.
    const other = sinks.has(this.nameOf(id)) ? "" : undefined;
    if (value?.kind === "number") helper = helperNames.get(value.value ?? -1n) ?? other;
    else if (value?.kind === "name") {
      const symbol = this.#parser.scope.symbols[value.id];
      const name = /^BPF_FUNC_(\w+)$/.exec(this.nameOf(value.id))?.[1];
      if (symbol?.kind === "constant") helper = helperNames.get(symbol.value) ?? other;
      else if (name !== undefined) helper = `bpf_${name}`;
    }
    this.#helpers.set(id, helper);
    return helper;
  }

  /** Reads what defines no type of its own. */
  #reader(): BodyReader {
    this.#shared ??= new BodyReader(this.#parser.apart());
    return this.#shared;
  }

  /** Whether a variable or a value in memory says what `call` runs, which is not followed. */
  isIndirect(call: Call): boolean {
    const callee = calledBy(call);
    if (callee.kind !== "name" || callee.local !== undefined) return callee.kind !== "number";
    const symbol = this.#parser.scope.symbols[callee.id];
    const type = symbol?.type && stripped(symbol.type);
    return type?.kind === "ptr" && this.#helperOf(callee.id) === undefined && !this.#isNumbered(callee.id);
  }

  /** Whether a pointer of the file is a number, which is a helper's. */
  #isNumbered(id: number): boolean {
    const start = this.#declared.get(id)?.value;
    const value = start === undefined ? undefined : this.#reader().value(start);
    return value !== undefined && bare(value).kind === "number";
  }

  /** The body that `call` runs, where it is one of the unit's functions. */
  bodyOf(call: Call): Body | undefined {
    return this.named(call.callee);
  }

  /** The body of the function that `expression` names. */
  named(expression: Expression): Body | undefined {
    const value = bare(expression);
    const name = value.kind === "address" ? value.operand : value;
    return name.kind === "name" && name.local === undefined ? this.#body(name.id) : undefined;
  }

  /** Whether `expression` names a function of the unit, understood or not. */
  runs(expression: Expression): boolean {
    const value = bare(expression);
    const name = value.kind === "address" ? value.operand : value;
    return name.kind === "name" && name.local === undefined && this.#declared.get(name.id)?.body !== undefined;
  }

  /** The body of the function `name`. */
  body(name: string): Body | undefined {
    return this.#body(this.#parser.cursor.idOf(name));
  }

  #body(id: number): Body | undefined {
    if (this.#bodies.has(id)) return this.#bodies.get(id);
    const declared = this.#declared.get(id);
    const proto = declared && stripped(declared.type);
    let body: Body | undefined;
    if (declared?.body !== undefined && proto?.kind === "func_proto") {
      // A struct that a body defines is its own: it must not meet another body's.
      const reader = this.#definesTags(declared.body) ? new BodyReader(this.#parser.apart()) : this.#reader();
      body = reader.read(declared.name, declared.body, proto.params);
    }
    this.#bodies.set(id, body);
    return body;
  }

  /** Whether `body`, or a function that it names, names what has the id `id`. */
  mentions(body: Body, id: number): boolean {
    return this.namesIn(body).has(id);
  }

  /** Names that stand in `body`, and in the functions that it names. */
  namesIn(body: Body): ReadonlySet<number> {
    return this.#namesIn(this.#parser.cursor.idOf(body.name));
  }

  #namesIn(id: number): ReadonlySet<number> {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    const found = new Set<number>();
    this.#names.set(id, found);
    const open = this.#declared.get(id)?.body;
    if (open === undefined) return found;
    const { cursor } = this.#parser;
    const end = cursor.behind(open);
    for (let at = open; at < end; at++) if (cursor.isName(at)) found.add(cursor.values[at]!);
    for (const name of [...found]) {
      if (name === id || this.#declared.get(name)?.body === undefined) continue;
      for (const inner of this.#namesIn(name)) found.add(inner);
    }
    return found;
  }

  #definesTags(open: number): boolean {
    const { cursor } = this.#parser;
    const end = cursor.behind(open);
    for (let at = open; at < end; at++) {
      const keyword = cursor.keywordAt(at);
      if (keyword !== K.STRUCT && keyword !== K.UNION && keyword !== K.ENUM) continue;
      if (cursor.isName(at + 1) && cursor.kinds[at + 2] === T.LBRACE) return true;
    }
    return false;
  }
}

/** What says which function `call` runs: its callee, or the only value of the variable that this is. */
function calledBy(call: Call): Expression {
  let callee = bare(call.callee);
  if (callee.kind === "target") callee = bare(callee.operand);
  if (callee.kind !== "name" || callee.local === undefined) return callee;
  const [value, ...others] = callee.local.parameter === undefined ? callee.local.values : [];
  return value === undefined || others.length > 0 ? callee : bare(value);
}
