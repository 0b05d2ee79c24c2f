import { binary, block, type Code, code, mentions } from "./code.ts";
import { type EmitContext, use } from "./context.ts";
import { fits, indented } from "./lines.ts";
import { here, type Span } from "./span.ts";

/** A class behind a view or a writer. */
export interface Cursor {
  readonly name: Code;
  /** The class that it extends. */
  readonly base?: Code;
  readonly implemented: Code;
  readonly fields: readonly Code[];
  /** Each as its lines. */
  readonly members: readonly (readonly Code[])[];
}

/** Lines of a member of one statement. */
const shortMember = 3;

/** The text of a class: its fields and its members apart, members of one statement below each other, others apart. */
export function cursorText({ name, base, implemented, fields, members }: Cursor): Code {
  const body = [...fields.map((field) => [code`${field};`]), ...members].map((lines) => lines.map(indented));
  const lines = body.flatMap((member, index) => {
    const before = body[index - 1];
    const apart =
      before !== undefined && (index === fields.length || member.length > shortMember || before.length > shortMember);
    return apart ? [code``, ...member] : member;
  });
  return block([
    code`class ${name}${base === undefined ? code`` : code` extends ${base}`} implements ${implemented} {`,
    ...lines,
    code`}`,
  ]);
}

/** A method or an accessor of a class; of at most two statements on one line, where they fit. */
export function method(head: Code, statements: readonly Code[]): Code[] {
  const [first, second, ...more] = statements;
  if (first === undefined) return [code`${head} {}`];
  const line = second === undefined ? first : code`${first} ${second}`;
  const whole = code`${head} { ${line} }`;
  if (more.length === 0 && fits(whole, 1)) return [whole];
  return [code`${head} {`, ...statements.map(indented), code`}`];
}

/** Where a cursor finds its record's bytes. */
export interface Stand {
  /** The field that has the memory; null where the cursor has none. */
  readonly memory: Code;
  /** By its fields. */
  readonly fields: Span;
  /** By locals that are made of them. */
  readonly locals: Span;
  /** How often the expression for the first byte may stand in a member before a local is shorter. */
  readonly repeats: number;
}

/** The memory of a cursor that has one. */
export function alive(context: EmitContext, memory: Code): Code {
  return binary("??", memory, code`${use(context, "dead")}()`);
}

/** A place in the memory of a cursor that has one, of which a member may ask for no byte: the file then imports nothing for it. */
export function onceAlive(context: EmitContext, memory: Code, place: Omit<Span, "view">): Span {
  return {
    get view() {
      return alive(context, memory);
    },
    ...place,
  };
}

/**
 * The statements of a member of a cursor, which refuses to be used once its bytes are gone. `body` makes them for a place: by
 * the fields where one statement asks for it once, else by locals.
 */
export function standing(context: EmitContext, stand: Stand, body: (where: Span) => readonly Code[]): Code[] {
  const { memory, fields, locals, repeats } = stand;
  const lines = body(locals);
  const text = block(lines);
  const [view, base, end] = [here.view, here.base, here.end].map((name) => mentions(text, name));
  if (lines.length === 1 && view === 1 && Number(base) <= repeats && end === 0) {
    const inline = body(fields);
    if (inline.every((line) => fits(line, 2))) return [...inline];
  }
  const toEnd = end === 0 ? [] : [code`const ${here.end} = ${fields.end};`];
  const from =
    base === 0 && mentions(block(toEnd), here.base) === 0 ? [] : [code`const ${here.base} = ${fields.base};`];
  const live =
    view === 0 ? code`if (${memory} === null) ${use(context, "dead")}();` : code`const ${here.view} = ${fields.view};`;
  return [live, ...from, ...toEnd, ...lines];
}
