import type { TypeNames } from "../plan/names.ts";
import { type EmitContext, use, useType } from "./context.ts";

/** What the loops of a codec go by. */
export interface LoopParts {
  readonly names: TypeNames;
  /** Bytes of every value, or the function that tells them of one. */
  readonly length: number | string;
}

/**
 * The member of a codec with its loops: over decoded records, over views, and of values that are written. An engine
 * compiles a loop for all that ever ran through it: these run for one type of record, so that its decoder, its view and
 * the handler are inlined into them. Where a loop begins, ends and what it publishes is up to the runtime.
 */
export function loopsMember(context: EmitContext, { names, length }: LoopParts): string[] {
  const take = use(context, "takeLease");
  const leased = useType(context, "Leased");
  const byteLength = typeof length === "number" ? `${length}` : `${length}(value)`;
  return [
    `  [${use(context, "recordLoops")}]: {`,
    "    consume(run, lease, handler) {",
    "      while (run.next(lease)) {",
    `        let record: ${names.type};`,
    "        try {",
    `          record = ${names.decode}(lease.view!, lease.offset, lease.byteLength);`,
    "        } catch (error) {",
    "          run.failed(error, lease);",
    "          continue;",
    "        }",
    "        if (handler(record) === false) return;",
    "      }",
    "    },",
    "    consumeViews(run, lease, view, handler) {",
    `      const cursor = view as unknown as ${leased};`,
    `      const moves = cursor[${take}](lease);`,
    "      while (run.next(lease)) {",
    `        if (moves) cursor[${take}](lease);`,
    "        if (handler(view) === false) return;",
    "      }",
    "    },",
    "    write(sink, values) {",
    "      for (const value of values) {",
    `        const offset = sink.reserve(${byteLength});`,
    "        if (offset < 0) return;",
    `        sink.submit(${names.encode}(value, sink.view, offset));`,
    "      }",
    "    },",
    "  },",
  ];
}
