import type { TypeNames } from "../plan/names.ts";
import { type Code, code } from "./code.ts";
import { type EmitContext, use, useType } from "./context.ts";
import { leftOut } from "./left-out.ts";
import { fits } from "./lines.ts";

/** What the loops of a codec go by. */
export interface LoopParts {
  readonly names: TypeNames;
  /** Bytes of every value, or the function that tells them of one. */
  readonly length: number | Code;
  /** Whether its view is put on each record anew, since it has parts that stay with the one before. */
  readonly moves: boolean;
}

/**
 * The member of a codec with its loops: over decoded records, over views, and of values that are written. An engine
 * compiles a loop for all that ever ran through it: these run for one type of record, so that its decoder, its view and
 * the handler are inlined into them. Where a loop begins, ends and what it publishes is up to the runtime.
 */
export function loopsMember(context: EmitContext, { names, length, moves }: LoopParts): Code[] {
  const decoded = code`try { record = ${names.decode}(lease.view, lease.offset, lease.byteLength); }`;
  const refused = code`catch (error) { run.failed(error, lease); continue; }`;
  return [
    code`  [${use(context, "recordLoops")}]: {`,
    code`    consume(lease, handler, run) {`,
    ...alongRun([
      code`let record: ${names.type};`,
      ...(fits(code`${decoded} ${refused}`, 5) ? [code`${decoded} ${refused}`] : [decoded, refused]),
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
  return [
    code`      let next = lease.offset;`,
    code`      do {`,
    code`        next += lease.stride;`,
    ...body.map((line) => code`        ${line}`),
    code`      } while (lease.moveTo(next));`,
    code`      return true;`,
  ];
}
