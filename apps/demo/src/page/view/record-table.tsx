import type { JSX, TargetedKeyboardEvent } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { describe } from "../../records/describe.ts";
import { printable } from "../../records/text.ts";
import type { HostList } from "../state/host-list.ts";
import type { LoggedRecord } from "../state/record-log.ts";
import { kindNames } from "./kind-names.ts";
import { useVirtualRows } from "./use-virtual-rows.ts";

/** Pixels of a row; the style sheet has the same. */
const rowHeight = 24;

/** Rows that a key moves by. */
const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };

interface RecordTableProps {
  /** Oldest first; the table shows the newest first. May grow at its end while it is shown. */
  readonly records: readonly LoggedRecord[];
  /** The hosts that they come from, which a column tells; undefined for this machine. */
  readonly hosts: HostList | undefined;
  /** How many of them are shown. */
  readonly count: number;
  readonly selected: LoggedRecord | undefined;
  readonly select: (record: LoggedRecord) => void;
  /** The table was scrolled away from its newest record. */
  readonly left: () => void;
  /** What to say where there is no record. */
  readonly empty: string;
  /** While it is false, the newest record is in sight. */
  readonly frozen: boolean;
}

/** Decoded records, of which only the rows in sight are elements. */
export function RecordTable(props: RecordTableProps): JSX.Element {
  const { records, hosts, count, selected, select, left, empty, frozen } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const { items, height, reveal } = useVirtualRows(scroller, count, rowHeight);
  const last = count - 1;
  useEffect(() => {
    if (!frozen) scroller.current?.scrollTo({ top: 0 });
  }, [frozen]);
  const step = (event: TargetedKeyboardEvent<HTMLDivElement>): void => {
    const by = steps[event.key];
    if (by === undefined || last < 0) return;
    event.preventDefault();
    const at = selected === undefined ? -1 : last - records.indexOf(selected);
    const next = Math.min(last, Math.max(0, at + by));
    const record = records[last - next];
    if (record !== undefined) select(record);
    reveal(next);
  };
  return (
    <div
      class={hosts !== undefined ? "table of-hosts" : "table"}
      role="grid"
      aria-label="Records"
      aria-rowcount={count + 1}
    >
      <div role="rowgroup">
        <div class="row head" role="row" aria-rowindex={1}>
          <span role="columnheader">time</span>
          <span role="columnheader">kind</span>
          <span role="columnheader">pid</span>
          <span role="columnheader">process</span>
          <span role="columnheader">what</span>
          {hosts !== undefined && <span role="columnheader">host</span>}
        </div>
      </div>
      <div
        class="rows"
        role="rowgroup"
        aria-label="Records, newest first"
        ref={scroller}
        tabIndex={0}
        onKeyDown={step}
        onScroll={(event) => {
          if (event.currentTarget.scrollTop > rowHeight) left();
        }}
      >
        {count === 0 && (
          <div role="row" class="empty">
            <span role="gridcell">{empty}</span>
          </div>
        )}
        <div class="all-rows" role="presentation" style={{ height: `${height}px` }}>
          {items.map(({ index, start }) => {
            const record = records[last - index];
            return (
              record !== undefined && (
                <Row
                  key={index}
                  record={record}
                  hosts={hosts}
                  index={index}
                  top={start}
                  chosen={record === selected}
                  select={select}
                />
              )
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface RowProps {
  readonly record: LoggedRecord;
  readonly hosts: HostList | undefined;
  readonly index: number;
  readonly top: number;
  readonly chosen: boolean;
  readonly select: (record: LoggedRecord) => void;
}

function Row({ record, hosts, index, top, chosen, select }: RowProps): JSX.Element {
  const { event, ordinal } = record;
  const header = event.kind === "unknown" ? undefined : event.header;
  return (
    <div
      class="row"
      role="row"
      aria-rowindex={index + 2}
      aria-selected={chosen}
      data-ordinal={ordinal}
      style={{ transform: `translateY(${top}px)` }}
      // As the button goes down: until it is up, the row may show a later record.
      onMouseDown={() => select(record)}
    >
      <span role="gridcell" class="number">
        {header === undefined ? "" : seconds(header.tsNs)}
      </span>
      <span role="gridcell" data-kind={event.kind}>
        {kindNames[event.kind]}
      </span>
      <span role="gridcell" class="number">
        {header?.pid}
      </span>
      <span role="gridcell">{printable(header?.comm ?? "")}</span>
      <span role="gridcell">{describe(event)}</span>
      {hosts !== undefined && <span role="gridcell">{printable(hosts.nameOf(record.host) ?? "")}</span>}
    </div>
  );
}

/** Nanoseconds since boot as seconds with six places. */
function seconds(tsNs: bigint): string {
  return (Number(tsNs / 1000n) / 1e6).toFixed(6);
}
