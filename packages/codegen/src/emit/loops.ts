import type { TypeNames } from "../plan/names.ts";
import { block, type Code, code, join, mentions } from "./code.ts";
import { type EmitContext, use, useType } from "./context.ts";
import type { Made } from "./decode.ts";
import { leftOut } from "./left-out.ts";
import { fits, indented } from "./lines.ts";
import { here } from "./span.ts";

/** What the loops of a codec go by. */
export interface LoopParts {
  readonly names: TypeNames;
  /** Bytes of every value, or the function that tells them of one. */
  readonly length: number | Code;
  /** Whether its view is put on each record anew, since it has parts that stay with the one before. */
  readonly moves: boolean;
  /** How a record is made of bytes that are known to be there, where no more than that is asked. */
  readonly made: Made | undefined;
}

/**
 * The member of a codec with its loops: over decoded records, over views, and of values that are written. An engine
 * compiles a loop for all that ever ran through it: these run for one type of record, so that its decoder, its view and
 * the handler are inlined into them. Where a loop begins, ends and what it publishes is up to the runtime.
 */
export function loopsMember(context: EmitContext, { names, length, moves, made }: LoopParts): Code[] {
  const refused = code`catch (error) { run.failed(error, lease); continue; }`;
  return [
    code`  [${use(context, "recordLoops")}]: {`,
    code`    consume(lease, handler, run) {`,
    ...alongRun([
      code`let record: ${names.type};`,
      ...(made === undefined ? decoded(names, refused) : madeHere(made, refused)),
      code`if (handler(record) === false) return false;`,
    ]),
    code`    },`,
    ...(context.parts.has("views")
      ? viewLines(context, moves)
      : [code`    ${leftOut(context, "consumeViews", "views")}`]),
    ...(context.parts.has("encode") ? writeLines(names, length) : [code`    ${leftOut(context, "write", "encode")}`]),
    code`  },`,
  ];
}

/** Lines that call the decoder. */
function decoded(names: TypeNames, refused: Code): Code[] {
  const call = code`try { record = ${names.decode}(lease.view, lease.offset, lease.byteLength); }`;
  const line = code`${call} ${refused}`;
  return fits(line, 5) ? [line] : [call, refused];
}

/**
 * Lines that make the record in the loop itself: its decoder, once it was compiled by itself, is more than an engine takes
 * into a loop. The reader has compared the sample's length with the least that a record has.
 */
function madeHere({ locals, value }: Made, refused: Code): Code[] {
  const [first, ...rest] = value;
  const record = [code`record = ${first ?? code`{}`}`, ...rest];
  const ended = [...record.slice(0, -1), code`${join(record.slice(-1), code``)};`];
  const body = block([...locals, ...ended]);
  const asked = [here.view, here.base].filter((name) => mentions(body, name) > 0);
  const place = asked.length === 0 ? [] : [code`const { ${join(asked, code`, `)} } = lease;`];
  const lines = [...place, ...locals, ...ended];
  return [code`try {`, ...lines.map(indented), code`} ${refused}`];
}

function viewLines(context: EmitContext, moves: boolean): Code[] {
  const led = moves ? [code`cursor[${use(context, "takeLease")}](lease);`] : [];
  return [
    code`    consumeViews(lease, view, handler) {`,
    ...(moves ? [code`      const cursor = view as unknown as ${useType(context, "Leased")};`] : []),
    ...alongRun([...led, code`if (handler(view) === false) return false;`]),
    code`    },`,
  ];
}

function writeLines(names: TypeNames, length: LoopParts["length"]): Code[] {
  const byteLength = typeof length === "number" ? code`${length}` : code`${length}(value)`;
  return [
    code`    write(sink, values) {`,
    code`      for (const value of values) {`,
    code`        const offset = sink.reserve(${byteLength});`,
    code`        if (offset < 0) return;`,
    code`        sink.submit(${names.encode}(value, sink.view, offset));`,
    code`      }`,
    code`    },`,
  ];
}

/** `body` for each sample of those of one length that lie behind each other. */
function alongRun(body: readonly Code[]): Code[] {
  const [only, ...more] = body;
  const line = code`do { next += lease.stride; ${only ?? code``} } while (lease.moveTo(next));`;
  if (more.length === 0 && fits(line, 3))
    return [code`      let next = lease.offset;`, code`      ${line}`, code`      return true;`];
  return [
    code`      let next = lease.offset;`,
    code`      do {`,
    code`        next += lease.stride;`,
    ...body.map((line) => code`        ${line}`),
    code`      } while (lease.moveTo(next));`,
    code`      return true;`,
  ];
}
