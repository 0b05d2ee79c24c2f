import fc from "fast-check";
import { expect, test } from "vitest";
import { chunkSubject, nameOf, tokenOf } from "./subject.ts";

test("any name is one token of a subject, and comes back from it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (name) => {
      expect(tokenOf(name)).toMatch(/^(?:[A-Za-z0-9_-]|=[0-9a-f]{2})+$/);
      expect(nameOf(tokenOf(name))).toBe(name);
    }),
  );
  expect(chunkSubject("events", "web-1.example ü")).toBe("rbgen.chunks.events.web-1=2eexample=20=c3=bc");
  expect(nameOf("a.b")).toBeUndefined();
});
