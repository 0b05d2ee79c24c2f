import { h, type JSX } from "preact";
import { memo } from "preact/compat";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Element, type Picture, svgOf } from "rbgen";
import { printable } from "../display-text.ts";
import type { SizedPicture } from "../reader/protocol.ts";
import { isSame, type MemberLink, type Pointed } from "../source/links.ts";
import { Sideways } from "./sideways.tsx";

/** How far from what is in sight pictures are drawn, so that scrolling finds them there. */
const margin = "800px 0px";
/** Pictures come and go together with those beside them, up to so many pixels. */
const groupHeight = 1200;

interface PictureListProps {
  readonly pictures: readonly SizedPicture[];
  readonly lit: Pointed | undefined;
  readonly point: (pointed: Pointed | undefined) => void;
}

/** Structs and unions as bytes; the member that is pointed at stands out. Only those near what is in sight are drawn. */
export function PictureList({ pictures, lit, point }: PictureListProps): JSX.Element {
  const latest = useRef(point);
  latest.current = point;
  const steady = useMemo(() => (pointed: Pointed | undefined) => latest.current(pointed), []);
  const groups = useMemo(() => groupsOf(pictures), [pictures]);
  return (
    <>
      {groups.map((group, index) => {
        const isThere = lit !== undefined && group.some(({ picture }) => typeOf(picture) === lit.type);
        return <PictureGroup key={index} group={group} lit={isThere ? lit : undefined} point={steady} />;
      })}
    </>
  );
}

function groupsOf(pictures: readonly SizedPicture[]): readonly (readonly SizedPicture[])[] {
  const groups: SizedPicture[][] = [];
  let height = groupHeight;
  for (const picture of pictures) {
    if (height >= groupHeight) {
      groups.push([]);
      height = 0;
    }
    groups.at(-1)?.push(picture);
    height += picture.height;
  }
  return groups;
}

function typeOf({ kind, name }: Picture): string {
  return `${kind} ${name}`;
}

interface PictureGroupProps {
  readonly group: readonly SizedPicture[];
  /** Of these pictures. */
  readonly lit: Pointed | undefined;
  readonly point: (pointed: Pointed | undefined) => void;
}

const PictureGroup = memo(function PictureGroup({ group, lit, point }: PictureGroupProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const root = element.closest(".pictures, .contents");
    const observer = new IntersectionObserver((entries) => setNear(entries.at(-1)?.isIntersecting ?? false), {
      root,
      rootMargin: margin,
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const width = Math.max(...group.map((one) => one.width));
  const height = group.reduce((sum, one) => sum + one.height, 0);
  return (
    <div ref={place} data-drawn={isNear}>
      {isNear ? (
        group.map(({ picture }) => {
          const type = typeOf(picture);
          return (
            <div key={type} data-picture={type}>
              <Drawing picture={picture} lit={lit?.type === type ? lit : undefined} point={point} />
            </div>
          );
        })
      ) : (
        // As large as the pictures will be: nothing moves as they come.
        <div class="picture-place" style={{ aspectRatio: `${width} / ${height}`, width: `${width}px` }} />
      )}
    </div>
  );
});

interface DrawingProps extends Omit<PictureGroupProps, "group"> {
  readonly picture: Picture;
}

const Drawing = memo(function Drawing({ picture, lit, point }: DrawingProps): JSX.Element {
  const type = typeOf(picture);
  const svg = useMemo(() => svgOf([picture], false), [picture]);
  const over = (event: Event): void => {
    const block = (event.target as globalThis.Element).closest("[data-path]");
    const { path, kind, from, to } = (block as SVGElement | null)?.dataset ?? {};
    const isMember = path !== undefined && kind !== "hole" && kind !== "padding";
    point(isMember ? { type, path, kind: kind as MemberLink["kind"], from: Number(from), to: Number(to) } : undefined);
  };
  return (
    <Sideways label={`Layout of ${type}`} onMouseMove={over} onMouseLeave={() => point(undefined)}>
      {drawn(svg, type, lit)}
    </Sideways>
  );
});

function drawn({ name, attributes, children }: Element, type: string, lit: Pointed | undefined): JSX.Element {
  const { "data-path": path, "data-kind": kind, "data-from": from, "data-to": to } = attributes;
  const isLit = path !== undefined && isSame({ type, path, kind, from, to } as Pointed, lit);
  const given = isLit ? { ...attributes, class: `${attributes["class"]} lit` } : attributes;
  return h(
    name,
    given,
    ...children.map((child) => (typeof child === "string" ? printable(child) : drawn(child, type, lit))),
  );
}
