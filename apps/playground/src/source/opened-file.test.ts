import fc from "fast-check";
import { expect, test } from "vitest";
import { openedFile } from "./opened-file.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

test("a file is taken for what it is, by its bytes first", () => {
  expect(openedFile("a.h", bytesOf("struct a { int b; };\n"))).toEqual({
    kind: "source",
    text: "struct a { int b; };\n",
  });
  expect(openedFile("PROBE.BPF.C", bytesOf("int a;")).kind).toBe("source");
  expect(openedFile("a.h", Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2)).kind).toBe("object");
  expect(openedFile("vmlinux", Uint8Array.of(0x9f, 0xeb, 1, 0))).toMatchObject({
    kind: "refused",
    reason: expect.stringContaining("types without a program"),
  });
  expect(openedFile("a.h", bytesOf("rbgencap")).kind).toBe("capture");
});

test("what is no text is refused whatever it is called, and text that is not called C is kept for whoever wants it", () => {
  expect(openedFile("a.h", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a))).toMatchObject({
    kind: "refused",
    reason: expect.stringContaining("a.h is none of what this page reads"),
  });
  expect(openedFile("notes.md", bytesOf("# notes"))).toMatchObject({ kind: "refused", text: "# notes" });
  expect(openedFile("a.h", bytesOf(""))).toMatchObject({
    kind: "refused",
    reason: expect.stringContaining("is empty"),
  });
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), fc.constantFrom("a.h", "b.png"), (bytes, name) => {
      const opened = openedFile(name, bytes);
      const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
      if ("text" in opened) expect(bytesOf(opened.text ?? "")).toEqual(marked ? bytes.subarray(3) : bytes);
      if (bytes.includes(0) && opened.kind !== "object") expect(opened.kind).toBe("refused");
    }),
  );
});
