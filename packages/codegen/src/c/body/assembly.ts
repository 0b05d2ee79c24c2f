import * as T from "../text/token.ts";
import type { BodyParser } from "./body-parser.ts";
import { Lost } from "./lost.ts";
import { unknown } from "./tree.ts";

/** Reads `asm` statements. */
export class Assembly {
  readonly #body: BodyParser;

  constructor(body: BodyParser) {
    this.#body = body;
  }

  /** What an `asm` that has instructions gives its operands is not known; the statement is skipped as others are. */
  read(): never {
    const { cursor, facts } = this.#body;
    let open = cursor.at + 1;
    while (open < cursor.at + 4 && cursor.kinds[open] !== T.LPAREN) open++;
    const end = cursor.kinds[open] === T.LPAREN ? cursor.behind(open) : open;
    let instructions = false;
    let at = open + 1;
    for (; at < end && cursor.kinds[at] === T.STRING; at++) instructions ||= cursor.textAt(at) !== '""';
    for (; instructions && at < end; at++) {
      const local = this.#body.localAt(at);
      if (local !== undefined) facts.assign(local, unknown);
    }
    throw new Lost();
  }
}
