import { BodyReader } from "../body/body-reader.ts";
import { type Body, bare, type Call, type Expression } from "../body/tree.ts";
import type { Declared, Parser } from "../parse/parser.ts";
import * as K from "../text/keyword.ts";
import * as T from "../text/token.ts";
import { stripped } from "../type/ctype.ts";

/** The functions of a translation unit, whose bodies are read when a call leads there. */
export class Functions {
  readonly #parser: Parser;
  readonly #declared = new Map<number, Declared>();
  readonly #bodies = new Map<number, Body | undefined>();
  #shared: BodyReader | undefined;

  /** @param parser its own, silent */
  constructor(parser: Parser, declared: readonly Declared[]) {
    this.#parser = parser;
    for (const own of declared) if (own.body !== undefined) this.#declared.set(parser.cursor.idOf(own.name), own);
  }

  nameOf(id: number): string {
    return this.#parser.cursor.names[id] ?? "";
  }

  /** Name of the function that `call` calls; "" for a pointer. */
  calleeOf(call: Call): string {
    const callee = bare(call.callee);
    return callee.kind === "name" && callee.local === undefined ? this.nameOf(callee.id) : "";
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
      if (!this.#definesTags(declared.body)) this.#shared ??= new BodyReader(this.#parser.apart());
      const reader = this.#definesTags(declared.body) ? new BodyReader(this.#parser.apart()) : this.#shared;
      body = reader?.read(declared.name, declared.body, proto.params);
    }
    this.#bodies.set(id, body);
    return body;
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
