import { h, type JSX } from "preact";
import { type Element, type Picture, svgOf } from "rbgen";
import { isSame, type MemberLink, type Pointed } from "../source/links.ts";

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
    const { path, kind, from, to } = (block as SVGElement | null)?.dataset ?? {};
    const isMember = path !== undefined && kind !== "hole" && kind !== "padding";
    point(isMember ? { type, path, kind: kind as MemberLink["kind"], from: Number(from), to: Number(to) } : undefined);
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
      {drawn(svgOf([picture], false), type, lit)}
    </div>
  );
}

function drawn({ name, attributes, children }: Element, type: string, lit: Pointed | undefined): JSX.Element {
  const { "data-path": path, "data-kind": kind, "data-from": from, "data-to": to } = attributes;
  const isLit = path !== undefined && isSame({ type, path, kind, from, to } as Pointed, lit);
  const given = isLit ? { ...attributes, class: `${attributes["class"]} lit` } : attributes;
  return h(name, given, ...children.map((child) => (typeof child === "string" ? child : drawn(child, type, lit))));
}
