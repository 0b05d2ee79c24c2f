import { h, type JSX } from "preact";
import { type Element, type Picture, svgOf } from "rbgen";

/** A member of a type that is drawn. */
export interface Pointed {
  readonly type: string;
  readonly path: string;
}

interface PictureViewProps {
  readonly picture: Picture;
  readonly lit: Pointed | undefined;
  readonly point: (pointed: Pointed | undefined) => void;
}

/** One struct or union as bytes; the member that is pointed at stands out. */
export function PictureView({ picture, lit, point }: PictureViewProps): JSX.Element {
  const type = `${picture.kind} ${picture.name}`;
  const over = (event: Event): void => {
    const block = (event.target as globalThis.Element).closest("[data-path]");
    const path = block?.getAttribute("data-path") ?? "";
    point(path === "" ? undefined : { type, path });
  };
  return (
    <div
      class="picture-frame"
      role="group"
      tabIndex={0}
      aria-label={`Layout of ${type}`}
      data-picture={type}
      onMouseMove={over}
      onMouseLeave={() => point(undefined)}
    >
      {drawn(svgOf([picture], false), lit?.type === type ? lit.path : undefined)}
    </div>
  );
}

function drawn({ name, attributes, children }: Element, lit: string | undefined): JSX.Element {
  const unused = attributes["data-kind"] === "hole" || attributes["data-kind"] === "padding";
  const given =
    lit !== undefined && !unused && attributes["data-path"] === lit
      ? { ...attributes, class: `${attributes["class"]} lit` }
      : attributes;
  return h(name, given, ...children.map((child) => (typeof child === "string" ? child : drawn(child, lit))));
}
