import type { JSX } from "preact";
import type { Dashboard } from "../state/dashboard.ts";
import { Chart, type ChartLine } from "./chart.tsx";
import { milliseconds, percent, whole } from "./numbers.ts";

const rateLines: readonly ChartLine[] = [
  { label: "exec", colour: "--exec" },
  { label: "exit", colour: "--exit", dash: [10, 3, 2, 3] },
  { label: "open", colour: "--open", dash: [8, 3] },
  { label: "connect", colour: "--connect", dash: [3, 3] },
  { label: "status", colour: "--status", dash: [1, 3] },
];
const fillLines: readonly ChartLine[] = [
  { label: "events", colour: "--exec" },
  { label: "commands", colour: "--open", dash: [6, 3] },
];
const latencyLines: readonly ChartLine[] = [
  { label: "median", colour: "--exec" },
  { label: "99 %", colour: "--open", dash: [6, 3] },
];
const decodeLines: readonly ChartLine[] = [{ label: "decode", colour: "--connect" }];

/** The figures that move. */
export function Charts({ dashboard }: { readonly dashboard: Dashboard }): JSX.Element {
  const { rates, fills, latencies, decodeCosts } = dashboard;
  return (
    <div class="charts">
      <Chart title="Records" unit="per second" lines={rateLines} series={rates} format={whole} />
      <Chart title="Commit to browser" unit="ms" lines={latencyLines} series={latencies} format={milliseconds} />
      <Chart title="Rings filled" unit="%" lines={fillLines} series={fills} format={percent} most={100} />
      <Chart title="Decoding" unit="ns per record" lines={decodeLines} series={decodeCosts} format={whole} />
    </div>
  );
}
