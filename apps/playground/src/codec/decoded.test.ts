import type { RecordCodec } from "@rbgen/runtime";
import { expect, test } from "vitest";
import { decodeSample } from "./decoded.ts";

/** Whose record is the text of its bytes. */
const textCodec = {
  decode: (view: DataView) => new TextDecoder().decode(view),
  toJSON: (text: string) => ({ text }),
} as unknown as RecordCodec<unknown>;

test("text of a sample that would reorder what is shown is escaped, and stays the same JSON", () => {
  const text = "a\u202eb\u2066c\u200b\u0085 é";
  for (const indent of [0, 2]) {
    const decoded = decodeSample(textCodec, new TextEncoder().encode(text), indent);
    const shown = "text" in decoded ? decoded.text : "";
    expect(shown).not.toMatch(/[\u202e\u2066\u200b\u0085]/);
    expect(JSON.parse(shown)).toEqual({ text });
  }
});

test("so is what a codec says is wrong with it", () => {
  const refusing = { ...textCodec, decode: (): never => expect.unreachable() } as RecordCodec<unknown>;
  refusing.decode = () => {
    throw new RangeError("no \u202e here");
  };
  expect(decodeSample(refusing, new Uint8Array())).toEqual({ wrong: "no \\u202e here" });
});
