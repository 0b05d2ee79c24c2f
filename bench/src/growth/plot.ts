import { scaleLog } from "d3-scale";
import { line } from "d3-shape";
import type { Series } from "./series.ts";

const [width, height] = [640, 300];
const inner = { left: 64, right: 488, top: 40, bottom: 252 };
/** Told apart by those who see colours otherwise, too, on white and on black. */
const colors = ["#0072b2", "#d55e00", "#009e73"];

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** A size or a figure as it stands beside an axis. */
function short(value: number): string {
  if (value >= 1e6) return `${value / 1e6} M`;
  if (value >= 1e4 && value % 1024 !== 0) return `${value / 1e3} k`;
  return value >= 1024 && value % 1024 === 0 ? `${value / 1024} Ki` : `${value}`;
}

/** A series as a picture in SVG, both axes logarithmic: what grows as fast as its cost is a line of 45 degrees. */
export function plotOf({ title, along, unit, sizes, lines }: Series): string {
  const figures = lines.flatMap((one) => one.figures);
  const x = scaleLog([Math.min(...sizes), Math.max(...sizes)], [inner.left, inner.right]);
  const y = scaleLog([Math.min(...figures), Math.max(...figures)], [inner.bottom, inner.top]).nice();
  const shown = y.ticks(5).filter((tick) => /^[125]0*$|^0\.0*[125]$/.test(`${tick}`));
  const grid = shown.map(
    (tick) =>
      `<path class="grid" d="M${inner.left} ${y(tick).toFixed(1)}H${inner.right}"/><text x="${inner.left - 8}" y="${(y(tick) + 4).toFixed(1)}" text-anchor="end">${short(tick)}</text>`,
  );
  const below = sizes.map(
    (size) => `<text x="${x(size).toFixed(1)}" y="${inner.bottom + 18}" text-anchor="middle">${short(size)}</text>`,
  );
  const drawn = lines.map(({ label, figures: own }, index) => {
    const points = sizes.map((size, at): [number, number] => [x(size), y(own[at] ?? Number.NaN)]);
    const path = line().digits(1)(points) ?? "";
    const color = colors[index % colors.length];
    const dots = points.map(
      ([px, py]) => `<circle cx="${px.toFixed(1)}" cy="${py.toFixed(1)}" r="3" fill="${color}"/>`,
    );
    const [, last = 0] = points.at(-1) ?? [];
    return [
      `<path d="${path}" fill="none" stroke="${color}" stroke-width="2"/>`,
      ...dots,
      `<text x="${inner.right + 10}" y="${(last + 4).toFixed(1)}" fill="${color}">${escaped(label)}</text>`,
    ].join("");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}" font-family="system-ui, sans-serif" font-size="12">
<style>text:not([fill]){fill:#57606a}.grid{stroke:#8b949e;stroke-opacity:.35}@media (prefers-color-scheme:dark){text:not([fill]){fill:#9da7b1}}</style>
<text x="${inner.left}" y="18" font-weight="600">${escaped(title)}, ${escaped(unit)}</text>
${[...grid, ...below, ...drawn].join("\n")}
<text x="${(inner.left + inner.right) / 2}" y="${height - 8}" text-anchor="middle">${escaped(along)}</text>
</svg>
`;
}
