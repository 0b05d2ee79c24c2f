import type { Series } from "./growth/series.ts";
import type { BenchRow } from "./row.ts";

/** What the figures were measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly kernel: string;
  readonly node: string;
}

/** Three digits, as they are read best. */
function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

export function machineText({ cpu, cores, kernel, node }: Machine): string {
  return `${cpu}, ${cores} cores, Linux ${kernel}, Node ${node}`;
}

/** The rows as they are printed. */
export function plainTable(rows: readonly BenchRow[]): string {
  return rows
    .flatMap((row) => [
      `${row.id.padEnd(4)} ${(row.holds ? "holds" : "MISSES").padEnd(6)} ${row.work}`,
      `     ours ${figure(row.ours)} ${row.unit}, ${row.peerName} ${figure(row.peer)} ${row.unit}: ratio ${figure(row.ratio)} (${row.target})`,
      ...(row.notes === undefined ? [] : [`     ${row.notes}`]),
    ])
    .join("\n");
}

/** The rows as a table of Markdown, those that miss their target too. */
export function markdownTable(rows: readonly BenchRow[]): string {
  const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
  const lines = rows.map((row) =>
    [
      row.id,
      row.work,
      `${figure(row.ours)} ${row.unit}`,
      `${row.peerName}: ${figure(row.peer)} ${row.unit}`,
      figure(row.ratio),
      row.target,
      row.holds ? "yes" : "**no**",
    ]
      .map(cell)
      .join(" | "),
  );
  return [
    "| id | work | ours | peer | ratio | reach | reached |",
    "|---|---|---|---|---|---|---|",
    ...lines.map((line) => `| ${line} |`),
  ].join("\n");
}

/** A series as a table of Markdown. */
export function growthTable({ along, unit, sizes, lines }: Series): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    row([along, ...sizes.map(String)]),
    row(["---", ...sizes.map(() => "---:")]),
    ...lines.map(({ label, figures }) => row([`${label}, ${unit}`, ...figures.map(figure)])),
  ].join("\n");
}

/** `document` with `text` between the marks of `part`. @throws where it has none. */
export function withPart(document: string, part: string, text: string): string {
  const [begin, end] = [`<!-- ${part} -->`, `<!-- /${part} -->`];
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the document has no ${begin} before a ${end}`);
  return `${document.slice(0, from + begin.length)}\n\n${text}\n\n${document.slice(to)}`;
}
