import type { JSX } from "preact";
import { useMemo, useRef } from "preact/hooks";
import type { MemberLink, Pointed } from "../source/links.ts";
import { useRowsInSight } from "./use-rows-in-sight.ts";

const bytesPerRow = 16;
/** Pixels of a row; the style sheet has the same. */
const rowHeight = 20;

interface SampleBytesProps {
  readonly bytes: Uint8Array;
  /** The members of the struct that they are, those that lie in others behind these. */
  readonly members: readonly MemberLink[];
  readonly lit: Pointed | undefined;
  readonly point: (pointed: Pointed | undefined) => void;
}

/** The bytes of a sample, of which only the rows in sight are elements. */
export function SampleBytes({ bytes, members, lit, point }: SampleBytesProps): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null);
  const rows = Math.ceil(bytes.byteLength / bytesPerRow);
  const [from, to] = useRowsInSight(scroller, rows, rowHeight);
  const owners = useMemo(() => ownersOf(bytes, members), [bytes, members]);
  const isLit = (index: number): boolean =>
    lit !== undefined &&
    lit.type === members[0]?.type &&
    index >= Math.floor(lit.from / 8) &&
    index < endOf(lit, bytes);
  const digits = Math.max(4, (bytes.byteLength - 1).toString(16).length);
  return (
    <div
      class="hex"
      role="group"
      aria-label={`Bytes of the sample: ${bytes.byteLength}`}
      tabIndex={0}
      ref={scroller}
      onMouseLeave={() => point(undefined)}
    >
      <div class="all-rows" style={{ height: `${rows * rowHeight}px` }}>
        {Array.from({ length: to - from }, (_, at) => {
          const start = (from + at) * bytesPerRow;
          return (
            <div key={start} class="hex-row" style={{ transform: `translateY(${(from + at) * rowHeight}px)` }}>
              <span class="offset">{start.toString(16).padStart(digits, "0")}</span>
              {Array.from(bytes.subarray(start, start + bytesPerRow), (byte, place) => (
                <span
                  key={place}
                  class={
                    isLit(start + place) ? "byte lit" : owners[start + place] === undefined ? "byte unused" : "byte"
                  }
                  data-byte={start + place}
                  onMouseEnter={() => point(owners[start + place])}
                >
                  {byte.toString(16).padStart(2, "0")}
                </span>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** The innermost member that has each byte. */
function ownersOf(bytes: Uint8Array, members: readonly MemberLink[]): readonly (MemberLink | undefined)[] {
  const owners = new Array<MemberLink | undefined>(bytes.byteLength).fill(undefined);
  for (const member of members) owners.fill(member, Math.floor(member.from / 8), endOf(member, bytes));
  return owners;
}

/** Where a member's bytes end: a flexible one where the sample does. */
function endOf({ kind, to }: Pointed, bytes: Uint8Array): number {
  return kind === "flexible" ? bytes.byteLength : Math.ceil(to / 8);
}
