import header from "../../../bpf/types.h?raw";
import generated from "../../types.gen.ts?raw";

/** A line of a file that is about a member. */
export interface MemberLine {
  /** File and 1-based line: "types.h:29". */
  readonly place: string;
  readonly text: string;
}

/** Where C declares a member of a record, by its C path: "header.pid". Undefined where the header has no such one. */
export function declarationOf(record: string, path: string): MemberLine | undefined {
  const [name = "", ...rest] = path.split(".");
  const found = lineWithin(header, `struct ${record} {`, new RegExp(`\\b${name}\\b\\s*(?:[;:[]|RB_)`));
  if (found === undefined) return undefined;
  if (rest.length > 0) return declarationOf(/struct (\w+)/.exec(found.text)?.[1] ?? "", rest.join("."));
  return { place: `types.h:${found.line}`, text: found.text.trim() };
}

/** The line of generated code that decodes it. */
export function decoderOf(record: string, path: string): MemberLine | undefined {
  const [name = "", ...rest] = path.split(".");
  const type = camel(`_${record}`);
  const property = new RegExp(`^ +${camel(name)}: `);
  const found =
    lineWithin(generated, `function read${type}(`, property) ??
    lineWithin(generated, `export function decode${type}(`, property);
  if (found === undefined) return undefined;
  if (rest.length > 0) {
    const inner = lineWithin(header, `struct ${record} {`, new RegExp(`\\b${name}\\b`));
    return decoderOf(/struct (\w+)/.exec(inner?.text ?? "")?.[1] ?? "", rest.join("."));
  }
  return { place: `types.gen.ts:${found.line}`, text: found.text.trim() };
}

/** Where the playground shows the header, and decodes these bytes by it. */
export function playgroundOf(bytes: Uint8Array): string {
  const sample = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return `./playground/?dashboard#${new URLSearchParams({ name: "types.h", text: header, sample })}`;
}

/** Generated names are C's in camel case. */
function camel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The first line that matches between the one that begins so and the closing brace at its margin. */
function lineWithin(text: string, begins: string, wanted: RegExp): { line: number; text: string } | undefined {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.startsWith(begins));
  if (start < 0) return undefined;
  for (let at = start + 1; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line.startsWith("}")) return undefined;
    if (wanted.test(line)) return { line: at + 1, text: line };
  }
  return undefined;
}
