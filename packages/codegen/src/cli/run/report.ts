import { printable } from "../../diagnostics/display-text.ts";
import type { Paint } from "../../diagnostics/render.ts";
import type { ShownMap, ShownRecord } from "./contents.ts";
import type { JsonValue } from "./values.ts";

/** One program that ran. */
export interface ShownRun {
  readonly program: string;
  /** What was fired, where it ran for that. */
  readonly target?: string;
  readonly returnValue?: number;
  readonly instructions?: number;
  /** What it ended with, the lines of the library's message. */
  readonly fault?: string;
}

/** What a whole run of the command came to. */
export interface RunReport {
  readonly runs: readonly ShownRun[];
  readonly records: readonly ShownRecord[];
  readonly trace: readonly string[];
  /** What one program sent or printed beyond what the kernel keeps, too: "trace", or the name of a map. */
  readonly lost: readonly { readonly from: string; readonly count: number }[];
  readonly maps: readonly ShownMap[];
  readonly variables: Readonly<Record<string, JsonValue>>;
}

/** Elements of an array that are shown. */
const mostElements = 32;

/** A report as people read it. */
export function runText({ runs, records, trace, lost, maps, variables }: RunReport, paint: Paint): string {
  const lines: string[] = [];
  for (const { program, target, returnValue, instructions, fault } of runs) {
    const from = target === undefined ? "" : `${target}: `;
    const ended = fault === undefined ? `returned ${returnValue}, ${instructions} instructions` : "ended with a fault";
    lines.push(`${from}${program} ${ended}`);
  }
  section(lines, "records", paint, records.map(recordLine));
  section(lines, "trace", paint, trace);
  section(
    lines,
    "lost",
    paint,
    lost.map(({ from, count }) => `${from}: ${count} beyond what is kept`),
  );
  const filled = maps.flatMap(mapLines);
  section(lines, "maps", paint, filled);
  section(
    lines,
    "variables",
    paint,
    Object.entries(variables).map(([name, value]) => `${name} = ${JSON.stringify(value)}`),
  );
  return lines.map((line) => `${line}\n`).join("");
}

function section(lines: string[], title: string, paint: Paint, content: readonly string[]): void {
  if (content.length === 0) return;
  lines.push(paint.strong(title), ...content.map((line) => `  ${printable(line)}`));
}

function recordLine({ map, record, bytes, error }: ShownRecord): string {
  if (record !== undefined) return `${map}: ${JSON.stringify(record)}`;
  return `${map}: ${bytes}${error === undefined ? "" : ` (${error})`}`;
}

/** A line for the map, and one for each element that holds more than zeros. */
function mapLines({ name, type, maxEntries, elements }: ShownMap): string[] {
  if (elements === undefined) return [`${name}: ${type}, ${maxEntries} ${/ringbuf/.test(type) ? "bytes" : "entries"}`];
  const told = /hash|trie/.test(type) ? elements : elements.filter(({ value }) => !isZero(value));
  const rest = told.length > mostElements ? [`  … ${told.length - mostElements} more: --json has them all`] : [];
  return [
    `${name}: ${type}, ${told.length} of ${maxEntries}${/hash|trie/.test(type) ? "" : " not 0"}`,
    ...told.slice(0, mostElements).map(({ key, value }) => `  ${JSON.stringify(key)} → ${JSON.stringify(value)}`),
    ...rest,
  ];
}

function isZero(value: JsonValue): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).every(isZero);
  return value === 0 || value === false || value === "" || (typeof value === "string" && /^(0x)?0*$/.test(value));
}
