import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import UPlot from "uplot";
import type { TimeSeries } from "../state/time-series.ts";

/** One line of a chart: a colour by its CSS variable, and dashes, so that colour is not all that tells lines apart. */
export interface ChartLine {
  readonly label: string;
  readonly colour: string;
  readonly dash?: readonly number[];
}

interface ChartProps {
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly ChartLine[];
  readonly series: TimeSeries;
  readonly format: (value: number | null) => string;
  /** Upper end of the scale, where the values have one. */
  readonly most?: number;
}

/** A minute of one figure, live. */
export function Chart({ title, unit, lines, series, format, most }: ChartProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | undefined>(undefined);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const make = (): void => {
      plot.current?.destroy();
      plot.current = new UPlot(optionsFor(element, lines, most), dataOf(series), element);
    };
    make();
    const resized = new ResizeObserver(() => {
      plot.current?.setSize({ width: element.clientWidth, height: element.clientHeight });
    });
    resized.observe(element);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", make);
    return () => {
      scheme.removeEventListener("change", make);
      resized.disconnect();
      plot.current?.destroy();
    };
  }, [lines, series, most]);
  useEffect(() => plot.current?.setData(dataOf(series)));
  const last = lines.map(({ label }, index) => `${label} ${format(series.last(index))} ${unit}`).join(", ");
  return (
    <section class="panel chart" aria-label={title}>
      <h2>
        {title} <span class="unit">{unit}</span>
      </h2>
      <div class="plot" ref={place} role="img" aria-label={`${title}, last: ${last}`} />
      <ul class="legend">
        {lines.map(({ label, colour }, index) => (
          <li key={label}>
            <span class="swatch" style={{ background: `var(${colour})` }} />
            {label} <b class="number">{format(series.last(index))}</b>
          </li>
        ))}
      </ul>
    </section>
  );
}

function dataOf(series: TimeSeries): UPlot.AlignedData {
  return series.rows.map((row) => [...row]) as unknown as UPlot.AlignedData;
}

function optionsFor(element: HTMLElement, lines: readonly ChartLine[], most: number | undefined): UPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const font = `11px ${style.fontFamily}`;
  const axis = {
    stroke: colour("--faint"),
    font,
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height: element.clientHeight,
    legend: { show: false },
    cursor: { show: false },
    padding: [6, 4, 8, 0],
    scales: { x: { time: false }, y: { range: (_plot, _from, to) => [0, most ?? Math.max(1, to * 1.1)] } },
    axes: [
      { ...axis, show: false },
      { ...axis, size: 52, space: 24, values: (_plot, values) => values.map(shortened) },
    ],
    series: [
      {},
      ...lines.map(({ label, colour: name, dash }) => ({
        label,
        stroke: colour(name),
        width: 1.75,
        points: { show: false },
        ...(dash === undefined ? {} : { dash: [...dash] }),
      })),
    ],
  };
}

/** 12500 as "12.5k", so that every axis is as wide as the next. */
function shortened(value: number): string {
  return value >= 1000 ? `${Number((value / 1000).toFixed(1))}k` : `${Number(value.toFixed(2))}`;
}
