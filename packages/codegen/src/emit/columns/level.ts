import { block, type Code, code, join, propertyKey, quote } from "../code.ts";
import { type EmitContext, useType } from "../context.ts";
import type { Column } from "./column.ts";

/** The arm that a column is of: where the column of the kind has this code. */
export interface ArmOf {
  readonly kind: string;
  readonly code: number;
}

interface Member {
  readonly path: string;
  readonly column: Column;
  readonly arm: ArmOf | undefined;
}

/** The columns of a record, or of the structs that a list holds, as they are found. */
export class Level {
  readonly #members: Member[] = [];
  readonly #paths = new Set<string>();
  /** An expression of the list of their buffers. */
  readonly #buffers: Code;
  readonly row: Code;
  readonly grows: boolean;

  constructor(buffers: Code, row: Code, grows: boolean) {
    this.#buffers = buffers;
    this.row = row;
    this.grows = grows;
  }

  /** The buffer of the column that is added next. */
  get next(): Code {
    return code`${this.#buffers}[${this.#members.length}]`;
  }

  add(path: string, column: Column, arm: ArmOf | undefined): void {
    if (this.#paths.has(path)) throw new Error(`two columns are called ${path}`);
    this.#paths.add(path);
    this.#members.push({ path, column, arm });
  }

  /** Statements after which the row has no value in any column. */
  get blank(): readonly Code[] {
    return this.#members.map(({ column }) => column.blank);
  }

  /** Statements that fill the row. */
  get fills(): readonly Code[] {
    return this.#members.flatMap(({ column }) => column.lines);
  }

  /** The type of `columns`, a line for each. */
  type(context: EmitContext): Code {
    if (this.#members.length === 0) return none;
    return block([code`{`, ...this.#types(context).map((member) => code`  ${member};`), code`}`]);
  }

  /** The same in one line. */
  inlineType(context: EmitContext): Code {
    return this.#members.length === 0 ? none : code`{ ${join(this.#types(context), code`; `)} }`;
  }

  /** The value of a `StructType`, a line for each member. */
  get schema(): Code {
    if (this.#members.length === 0) return this.inlineSchema;
    return block([
      code`{`,
      code`  kind: "struct",`,
      code`  members: [`,
      ...this.#schemas.map((member) => code`    ${member},`),
      code`  ],`,
      code`}`,
    ]);
  }

  /** The same in one line. */
  get inlineSchema(): Code {
    return code`{ kind: "struct", members: [${join(this.#schemas, code`, `)}] }`;
  }

  #types(context: EmitContext): Code[] {
    return this.#members.map(({ path, column, arm }) => {
      const type = arm === undefined ? column.type : code`${useType(context, "ArmColumn")}<${column.type}>`;
      return code`readonly ${propertyKey(path)}: ${type}`;
    });
  }

  get #schemas(): Code[] {
    return this.#members.map(({ path, column, arm }) => {
      const condition = arm === undefined ? code`` : code`, arm: { kind: ${quote(arm.kind)}, code: ${arm.code} }`;
      return code`{ path: ${quote(path)}, type: ${column.schema}${condition} }`;
    });
  }
}

/** Of a struct without members. */
const none = code`Readonly<Record<never, never>>`;
