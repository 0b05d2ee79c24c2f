import { printable } from "../../diagnostics/display-text.ts";
import type { Paint } from "../../diagnostics/render.ts";
import type { Contents, ShownMap, ShownRecord } from "./contents.ts";

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
export interface RunReport extends Contents {
  readonly runs: readonly ShownRun[];
  readonly records: readonly ShownRecord[];
  readonly trace: readonly string[];
  /** What one program sent or printed beyond what the kernel keeps, too: "trace", or the name of a map. */
  readonly lost: readonly { readonly from: string; readonly count: number }[];
}

/** A report as `--json` has it. */
export function runJson(report: RunReport): object {
  const maps = report.maps.map(({ elements, ...map }) => ({
    ...map,
    ...(elements !== undefined && { elements: elements.map(({ key, value }) => ({ key, value })) }),
  }));
  return { ...report, maps };
}

/** Elements of an array that are shown. */
const mostElements = 32;

/** A report as people read it. */
export function runText({ runs, records, trace, lost, maps, variables, undecoded }: RunReport, paint: Paint): string {
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
  section(
    lines,
    "not decoded",
    paint,
    undecoded.map(({ from, count, error }) => `${from}: ${error}${count > 1 ? ` (the first of ${count})` : ""}`),
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
  const told = /hash|trie/.test(type) ? elements : elements.filter(({ isZero }) => !isZero);
  const rest = told.length > mostElements ? [`  … ${told.length - mostElements} more: --json has them all`] : [];
  return [
    `${name}: ${type}, ${told.length} of ${maxEntries}${/hash|trie/.test(type) ? "" : " not 0"}`,
    ...told.slice(0, mostElements).map(({ key, value }) => `  ${JSON.stringify(key)} → ${JSON.stringify(value)}`),
    ...rest,
  ];
}
