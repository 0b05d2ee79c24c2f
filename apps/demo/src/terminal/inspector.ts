import type { styleText } from "node:util";
import type { Sample } from "../records/model.ts";
import { membersOf, type SampleMember } from "../records/sample-members.ts";
import { printable } from "../records/text.ts";
import { fitTo } from "./text.ts";

type Format = Parameters<typeof styleText>[0];

/** Colours of members, in turn. */
const colours: readonly Format[] = ["cyan", "yellow", "green", "magenta", "blue", "red"];
const bytesPerLine = 16;

/** The bytes of a record, sixteen a line, and below them its members: both in the colour of the member; padding is faint. */
export function drawInspector(
  { event, bytes }: Sample,
  columns: number,
  rows: number,
  style: (format: Format, text: string) => string,
): string[] {
  const members = membersOf(event, bytes.byteLength);
  const colourOf = (member: SampleMember): Format => colours[members.indexOf(member) % colours.length]!;
  const owners: (SampleMember | undefined)[] = [...bytes].map((_, at) =>
    members.find(({ from, to }) => at >= from && at < to),
  );
  const painted = (at: number, text: string): string => {
    const owner = owners[at];
    return style(owner === undefined ? "dim" : colourOf(owner), text);
  };
  const dump: string[] = [];
  for (let start = 0; start < bytes.byteLength; start += bytesPerLine) {
    const line = [...bytes.subarray(start, start + bytesPerLine)];
    const hex = line.map((byte, index) => painted(start + index, byte.toString(16).padStart(2, "0"))).join(" ");
    const text = line
      .map((byte, index) => painted(start + index, byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "."))
      .join("");
    const gap = "   ".repeat(bytesPerLine - line.length);
    dump.push(`  ${style("dim", start.toString(16).padStart(4, "0"))}  ${hex}${gap}  ${text}`);
  }
  const described = members.map((member) => {
    const { path, type, from, bits, value } = member;
    const at = bits === undefined ? `${from}` : `${from}:${bits.first}`;
    return `${at.padStart(6)}  ${style(colourOf(member), path)} ${style("dim", type)} = ${printable(value)}`;
  });
  const title = style("bold", `  struct ${event.kind}, ${bytes.byteLength} bytes`);
  const lines = ["", title, ...dump, ...inColumns(described, columns, rows - dump.length - 2)];
  if (lines.length <= rows) return lines;
  const left = lines.length - Math.max(0, rows - 1);
  return [
    ...lines.slice(0, Math.max(0, rows - 1)),
    style("dim", `  … ${left} lines more: a larger terminal shows them`),
  ];
}

/** Lines side by side where they are more than `rows`, and there is room. */
function inColumns(lines: readonly string[], columns: number, rows: number): readonly string[] {
  if (lines.length <= rows || rows <= 0) return lines;
  const across = Math.min(Math.ceil(lines.length / rows), Math.max(1, Math.floor(columns / 38)));
  const down = Math.ceil(lines.length / across);
  const width = Math.floor(columns / across);
  return Array.from({ length: down }, (_, row) =>
    Array.from({ length: across }, (_, column) => lines[column * down + row])
      .map((line) => fitTo(line ?? "", width))
      .join(""),
  );
}
