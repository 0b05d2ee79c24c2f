import { type Endian, formatType, type Location, type Struct, type Union } from "@rbgen/btf";
import { type Lane, lanesOf } from "./block.ts";
import { draw, frameOf } from "./drawing.ts";
import { type Element, element, elementText } from "./element.ts";
import { figuresOf, type LayoutFigures } from "./figures.ts";
import { smallerOrder } from "./member-order.ts";
import { checkRows, rowsOf } from "./row.ts";
import { pictureStyle } from "./style.ts";

/** What is drawn of a struct or union: plain data, in offsets from its start. */
export interface Picture {
  readonly kind: "struct" | "union";
  readonly name: string;
  readonly figures: LayoutFigures;
  readonly lanes: readonly Lane[];
  /** The order of members in which it is smaller; absent where there is none. */
  readonly order?: { readonly size: number; readonly saved: number; readonly members: readonly string[] };
  readonly location?: Location;
}

/**
 * The picture of a type under the name it goes by.
 * @throws BtfError for a type whose layout cannot be told, or that has more members than a picture can show.
 */
export function pictureOf(name: string, type: Struct | Union, endian: Endian): Picture {
  const lanes = lanesOf(name, type, endian);
  checkRows(name, lanes, type.size);
  const order = type.kind === "struct" ? smallerOrder(type) : undefined;
  const spelled = order?.members.map((member) => member.name || `(${formatType(member.type, "").trim()})`);
  return {
    kind: type.kind,
    name,
    figures: figuresOf(type),
    lanes,
    ...(order === undefined ? {} : { order: { size: order.size, saved: order.saved, members: spelled ?? [] } }),
    ...(type.location === undefined ? {} : { location: type.location }),
  };
}

/** Pictures below each other, as the elements of one SVG; `styled` where no style sheet of a page gives its colours. */
export function svgOf(pictures: readonly Picture[], styled: boolean): Element {
  const rows = pictures.map(({ lanes, figures }) => rowsOf(lanes, figures.size));
  const frame = frameOf(rows.flat());
  const elements: Element[] = [];
  let y = 0;
  for (const [index, picture] of pictures.entries()) {
    const { elements: drawn, height } = draw(picture, rows[index] ?? [], frame, y);
    elements.push(element("g", { class: "picture", "data-type": `${picture.kind} ${picture.name}` }, drawn));
    y += height;
  }
  const title = `Layout of ${pictures.map(({ kind, name }) => `${kind} ${name}`).join(", ")}`;
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${frame.width} ${y}`,
      width: frame.width,
      height: y,
      role: "img",
    },
    [element("title", {}, [title]), ...(styled ? [element("style", {}, [pictureStyle])] : []), ...elements],
  );
}

/** The same as a document that stands by itself. */
export function svgText(pictures: readonly Picture[]): string {
  return `${elementText(svgOf(pictures, true))}\n`;
}
