import { counted } from "../diagnostics/counted.ts";
import type { Block } from "./block.ts";
import { type Element, element } from "./element.ts";
import { cacheLine, figuresText } from "./figures.ts";
import type { Picture } from "./picture.ts";
import { bytesPerRow, type Row, type Segment, type StorageUnit } from "./row.ts";

const byteWidth = 44;
const trackHeight = 26;
/** Pixels of the left margin at least, where offsets and cache lines stand. */
const leastGutter = 64;
const margin = 12;
const characterWidth = 7.3;
/** A storage unit is drawn this far below the row it lies in. */
const unitGap = 18;
const rowWidth = bytesPerRow * byteWidth;

/** Pixels that text above the rows may take: as many as a drawing always has. */
const textWidth = leastGutter + rowWidth;

/** Where the rows of a drawing lie, in pixels. */
export interface Frame {
  /** Of the first byte of every row, behind the widest label. */
  readonly left: number;
  /** Of the whole drawing. */
  readonly width: number;
}

/** The frame that has room for the labels of all these rows. */
export function frameOf(rows: readonly Row[]): Frame {
  let longest = 0;
  for (const row of rows) {
    for (const label of [String(row.from), cacheLineOf(row) ?? ""]) longest = Math.max(longest, label.length);
  }
  const left = margin + Math.max(leastGutter, Math.ceil((longest + 1) * characterWidth));
  return { left, width: left + rowWidth + margin };
}

/** What is said of a row that begins a cache line. */
function cacheLineOf({ from }: Row): string | undefined {
  return Number.isInteger(from / cacheLine) ? `line ${from / cacheLine}` : undefined;
}

/** A drawing, and how many pixels high it is. */
export interface Drawing {
  readonly elements: readonly Element[];
  readonly height: number;
}

/** Draws one picture, whose rows those are, below `top`. */
export function draw(picture: Picture, rows: readonly Row[], { left }: Frame, top: number): Drawing {
  const elements: Element[] = [];
  let y = top + margin + 16;
  const line = (className: string, text: string, height: number): void => {
    elements.push(element("text", { class: className, x: margin, y }, [text]));
    y += height;
  };
  line("title", `${picture.kind} ${picture.name}`, 18);
  for (const text of wrapped(figuresText(picture.figures))) line("faint", text, 16);
  for (const advice of adviceOf(picture)) line("advice", advice, 16);
  for (const text of tagsOf(picture)) line("faint", text, 16);
  y += 6;
  elements.push(...ruler(left, y));
  y += 8;
  for (const row of rows) {
    const drawn = drawRow(row, left, y);
    elements.push(...drawn.elements);
    y += drawn.height;
  }
  return { elements, height: y + margin - top };
}

/** What to do about unused bytes, in lines that fit. */
function adviceOf({ order }: Picture): readonly string[] {
  if (order === undefined) return [];
  return wrapped(
    `In this order it has ${counted(order.size, "byte")}, ${counted(order.saved, "byte")} less: ${order.members.join(", ")}`,
  );
}

/** Which member tells which arm of a union, for each. */
function tagsOf({ lanes }: Picture): readonly string[] {
  const lines: string[] = [];
  const visit = (block: Block): void => {
    if (block.lanes === undefined) return;
    if (block.tag !== undefined) {
      const arms = block.lanes.map(({ when, blocks }) => `${when?.join(" or ") ?? "?"} → ${blocks[0]?.name ?? ""}`);
      lines.push(...wrapped(`${block.tag} tells the arms of ${block.path || "the union"}: ${arms.join(", ")}`));
    }
    for (const lane of block.lanes) lane.blocks.forEach(visit);
  };
  for (const lane of lanes) lane.blocks.forEach(visit);
  return lines;
}

function wrapped(text: string): string[] {
  const most = Math.floor(textWidth / characterWidth);
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length >= most) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  return [...lines, line];
}

function ruler(left: number, y: number): Element[] {
  const marks: Element[] = [];
  for (let byte = 0; byte < bytesPerRow; byte++) {
    const x = left + byte * byteWidth;
    marks.push(element("text", { class: "faint", x: x + 3, y }, [String(byte)]));
    marks.push(element("line", { class: "line", x1: x, y1: y - 9, x2: x, y2: y + 6 }));
  }
  return marks;
}

function drawRow(row: Row, left: number, y: number): Drawing {
  const elements: Element[] = [];
  const cacheLabel = cacheLineOf(row);
  if (cacheLabel !== undefined) {
    elements.push(element("line", { class: "cache-line", x1: margin, y1: y, x2: left + rowWidth, y2: y }));
    elements.push(element("text", { class: "faint", x: margin, y: y + 13 }, [cacheLabel]));
  }
  const middle = cacheLabel === undefined ? y + 16 : y + 25;
  elements.push(element("text", { class: "faint", x: margin, y: middle }, [String(row.from)]));
  // Structs and unions are frames around what lies in them, and so come behind it.
  for (const segment of row.segments) if (segment.block.lanes === undefined) elements.push(box(segment, row, left, y));
  for (const segment of row.segments) if (segment.block.lanes !== undefined) elements.push(box(segment, row, left, y));
  let height = Math.max(row.tracks * trackHeight, 30);
  for (const unit of row.units) {
    elements.push(...drawUnit(unit, left, y + height));
    height += unitGap + trackHeight + 4;
  }
  return { elements, height };
}

function box({ block, from, to, top, height, first, when }: Segment, row: Row, left: number, y: number): Element {
  const x = left + (from * byteWidth) / 8;
  const width = ((to - from) * byteWidth) / 8;
  const boxTop = y + top * trackHeight;
  const boxHeight = height * trackHeight;
  const frame = block.lanes !== undefined;
  const children: (Element | string)[] = [
    element("title", {}, [titleOf(block)]),
    element("rect", { class: `box ${block.kind}`, x, y: boxTop, width, height: boxHeight, rx: frame ? 3 : 0 }),
  ];
  const label = frame ? "" : labelOf(block, row, first, when, width);
  if (label !== "") {
    children.push(element("text", { x: x + 4, y: boxTop + boxHeight / 2 + 4 }, [label]));
  }
  return element("g", attributesOf(block), children);
}

function attributesOf(block: Block): Readonly<Record<string, string | number | undefined>> {
  return {
    class: "block",
    "data-path": block.path,
    "data-kind": block.kind,
    "data-from": block.from,
    "data-to": block.to,
  };
}

function titleOf({ text, path, from, to, kind, storage }: Block): string {
  const bits = to - from;
  const place = from % 8 === 0 ? `byte ${from / 8}` : `byte ${Math.floor(from / 8)}, bit ${from % 8}`;
  const size =
    kind === "flexible" ? "as long as the sample" : bits % 8 === 0 ? counted(bits / 8, "byte") : counted(bits, "bit");
  const unit = storage === undefined ? "" : `, in ${counted(storage.byteSize, "byte")} at ${storage.byteOffset}`;
  return `${kind === "hole" || kind === "padding" ? "" : `${path}: `}${text} · ${place}, ${size}${unit}`;
}

function labelOf(block: Block, row: Row, first: boolean, when: readonly string[] | undefined, width: number): string {
  const { kind, path, name, text } = block;
  if (row.bytes > bytesPerRow) return `${path} goes on for ${counted(row.bytes, "byte")}, not drawn`;
  if (!first) return fitting(["⋯"], width);
  if (kind === "hole" || kind === "padding") return fitting([text, kind], width);
  if (kind === "bit-field") return fitting([text], width);
  const meant = when === undefined ? [] : [text, name].map((what) => `${what} ← ${when.join(", ")}`);
  return fitting([...meant, text, path, name], width) || clipped(name, width);
}

/** The first of `texts` that has room in so many pixels. */
function fitting(texts: readonly string[], width: number): string {
  return texts.find((text) => text.length * characterWidth + 8 <= width) ?? "";
}

function clipped(text: string, width: number): string {
  const room = Math.floor((width - 8) / characterWidth) - 1;
  return room < 1 ? "" : `${text.slice(0, room)}…`;
}

/** A storage unit with its bits as wide as the row. */
function drawUnit({ byteOffset, byteSize, fields }: StorageUnit, left: number, y: number): Element[] {
  const bitWidth = rowWidth / (byteSize * 8);
  const start = byteOffset * 8;
  const top = y + unitGap - 4;
  const elements: Element[] = [
    element("text", { class: "faint", x: left, y: y + 12 }, [
      `bits of the ${counted(byteSize, "byte")} at ${byteOffset}, bit 0 first`,
    ]),
    element("rect", { class: "box padding", x: left, y: top, width: rowWidth, height: trackHeight }),
  ];
  for (const block of fields) {
    const x = left + (block.from - start) * bitWidth;
    const width = (block.to - block.from) * bitWidth;
    const label =
      fitting([block.text, `${block.name}:${block.to - block.from}`, block.name], width) || clipped(block.name, width);
    elements.push(
      element("g", attributesOf(block), [
        element("title", {}, [titleOf(block)]),
        element("rect", { class: "box bit-field", x, y: top, width, height: trackHeight }),
        ...(label === "" ? [] : [element("text", { x: x + 4, y: top + trackHeight / 2 + 4 }, [label])]),
      ]),
    );
  }
  return elements;
}
