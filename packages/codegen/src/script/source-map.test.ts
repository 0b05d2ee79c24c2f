import { SourceMap } from "node:module";
import fc from "fast-check";
import { expect, test } from "vitest";
import { mappingsOf, type Segment, segmentsOf } from "./source-map.ts";

const small = fc.nat({ max: 3000 });

/** Segments in the order of their places, no two at one. */
const segments = fc
  .uniqueArray(
    fc.record({
      line: fc.nat({ max: 20 }),
      column: small,
      from: fc.option(fc.record({ source: fc.nat({ max: 3 }), line: small, column: small }), { nil: undefined }),
    }),
    { selector: ({ line, column }) => `${line}:${column}` },
  )
  .map((all): Segment[] =>
    all
      .sort((a, b) => a.line - b.line || a.column - b.column)
      .map(({ line, column, from }) => (from === undefined ? { line, column } : { line, column, from })),
  );

test("segments are read back as they were written", () => {
  fc.assert(
    fc.property(segments, (all) => {
      expect(segmentsOf(mappingsOf(all))).toEqual(all);
    }),
  );
});

test("Node reads the same places", () => {
  fc.assert(
    fc.property(segments, (all) => {
      const sources = ["a.h", "b.h", "c.h", "d.h"];
      const map = new SourceMap({
        version: 3,
        file: "x.js",
        sources,
        sourcesContent: [],
        names: [],
        sourceRoot: "",
        mappings: mappingsOf(all),
      });
      for (const { line, column, from } of all) {
        if (from === undefined) continue;
        const entry = map.findEntry(line, column);
        expect(entry).toMatchObject({
          generatedLine: line,
          generatedColumn: column,
          originalSource: sources[from.source],
          originalLine: from.line,
          originalColumn: from.column,
        });
      }
    }),
  );
});
