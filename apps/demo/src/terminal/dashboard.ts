import { styleText } from "node:util";
import type { Connection } from "../connection.ts";
import { describe } from "../records/describe.ts";
import { kinds, type Model, type ProcessEvent, type Sample } from "../records/model.ts";
import { count, printable } from "../records/text.ts";
import { drawInspector } from "./inspector.ts";
import { keyLine } from "./key-line.ts";
import { bar, fitTo } from "./text.ts";

type Style = Parameters<typeof styleText>[0];

/** What the dashboard shows beside the model. */
export interface DashboardState {
  readonly connection: Pick<Connection, "backend" | "fill" | "capacity" | "lost" | "sent" | "refused" | "slow">;
  readonly model: Model;
  /** Milliseconds since the start. */
  readonly elapsed: number;
  readonly colour: boolean;
  /** The record whose bytes are shown. */
  readonly inspected?: Sample | undefined;
}

const kindColours: Readonly<Record<ProcessEvent["kind"], Style>> = {
  exec_event: "green",
  exit_event: "yellow",
  open_event: "cyan",
  connect_event: "magenta",
};

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}

/** The dashboard as `rows` lines of `columns` columns. */
export function drawDashboard(state: DashboardState, columns: number, rows: number): string[] {
  const { connection, model, elapsed } = state;
  const style = (format: Style, text: string) =>
    state.colour ? styleText(format, text, { validateStream: false }) : text;
  const faint = (text: string) => style("dim", text);
  const lines: string[] = [];
  const status = model.paused ? style("yellow", "paused") : style("green", "running");
  lines.push(`${style("bold", "rbgen demo")}  ${connection.backend} kernel, ${status} ${faint(clock(elapsed))}`, "");

  const rates = kinds.map((entry) => ({ ...entry, tally: model.tallies.get(entry.kind)! }));
  const shown = rates.map((entry) => ({ ...entry, rate: entry.tally.rate(elapsed) }));
  const most = Math.max(1, ...shown.map((entry) => entry.rate));
  const barWidth = Math.max(8, Math.min(36, columns - 66));
  lines.push(faint(`  ${"kind".padEnd(9)}${"per second".padStart(12)}${"total".padStart(14)}`));
  for (const { kind, bit, name, key, tally, rate } of shown) {
    const hidden = (model.filter & bit) !== 0;
    const label = hidden ? style("dim", name.padEnd(9)) : style(kindColours[kind], name.padEnd(9));
    const note = hidden
      ? faint(`filtered in the kernel, ${key} shows it`)
      : style(kindColours[kind], bar(rate / most, barWidth));
    lines.push(`  ${label}${count(rate).padStart(12)}${count(tally.total).padStart(14)}  ${note}`);
  }

  const fill = connection.fill;
  const fillStyle: Style = fill > 0.9 ? "red" : fill > 0.5 ? "yellow" : "green";
  const offered = model.received + connection.lost;
  const share = offered === 0 ? 0 : (connection.lost * 100) / offered;
  const dropped = `${count(connection.lost)} dropped (${share.toFixed(1)} %)`;
  lines.push(
    "",
    `  ring buf  ${style(fillStyle, bar(fill, barWidth))} ${`${Math.round(fill * 100)} %`.padStart(5)} ${faint(`of ${connection.capacity / 1024} KiB`)}  ` +
      `${connection.lost > 0 ? style("red", dropped) : faint(dropped)}${connection.slow ? style("yellow", "  slow reader") : ""}`,
    `  user ring ${connection.sent} sent, ${model.applied} obeyed${connection.refused > 0 ? style("red", `, ${connection.refused} refused`) : ""}` +
      `  ${faint(`target ${count(model.rate)} records/s`)}`,
    "",
    faint(`  ${"time".padEnd(11)}${"kind".padEnd(9)}${"pid".padStart(6)}  ${"comm".padEnd(16)}what`),
  );

  const room = Math.max(0, rows - lines.length - 2);
  const { inspected } = state;
  const picture = inspected === undefined ? [] : drawInspector(inspected, columns, room, style);
  for (const { event } of model.recent.slice(0, room - picture.length)) {
    const name = kinds.find((entry) => entry.kind === event.kind)?.name ?? String(event.kind);
    const time = (Number(event.header.tsNs / 1000n) / 1e6).toFixed(4);
    lines.push(
      `  ${faint(time.padEnd(11))}${style(kindColours[event.kind], name.padEnd(9))}` +
        `${String(event.header.pid).padStart(6)}  ${fitTo(printable(event.header.comm), 15)} ${describe(event)}`,
    );
  }
  while (lines.length < rows - 1 - picture.length) lines.push("");
  lines.push(...picture);
  lines.push(
    keyLine({ paused: model.paused, slow: connection.slow, inspecting: inspected !== undefined }, columns, faint),
  );
  // The keys stay where there is no room for all.
  const kept = lines.length <= rows ? lines : [...lines.slice(0, rows - 1), ...lines.slice(-1)];
  return kept.map((line) => fitTo(line, columns));
}
