import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { counted } from "../../records/text.ts";
import type { Events } from "../../types.gen.ts";
import { type Dashboard, kinds } from "../state/dashboard.ts";
import { type LoggedRecord, mostKept, passes, type RecordFilter } from "../state/record-log.ts";
import { ExportButton } from "./export-button.tsx";
import { kindNames } from "./kind-names.ts";
import { whole } from "./numbers.ts";
import { RecordTable } from "./record-table.tsx";

interface RecordBrowserProps {
  readonly dashboard: Dashboard;
  /** The one host whose records are shown. */
  readonly host: number | undefined;
  readonly selected: LoggedRecord | undefined;
  readonly select: (record: LoggedRecord | undefined) => void;
}

/** The table with what chooses its rows: search, kinds, pause, export. */
export function RecordBrowser({ dashboard, host, selected, select }: RecordBrowserProps): JSX.Element {
  const { log } = dashboard;
  const [text, setText] = useState("");
  const [hidden, setHidden] = useState<ReadonlySet<Events["kind"]>>(new Set());
  /** What the table holds on to while it is paused. */
  const [held, setHeld] = useState<readonly LoggedRecord[] | undefined>();
  const filter = useMemo<RecordFilter>(
    () => ({ search: text.trim().toLowerCase(), hidden, host }),
    [text, hidden, host],
  );
  useEffect(() => log.filter(filter), [log, filter]);
  const heldPassing = useMemo(() => held?.filter((record) => passes(record, filter)), [held, filter]);
  const records = heldPassing ?? log.passing;
  const shownNewest = held?.at(-1)?.ordinal ?? dashboard.newest;
  // What is in sight stays in sight: records that came since the last drawing are left out.
  const hold = (): void =>
    setHeld((before) => before ?? log.snapshot().filter(({ ordinal }) => ordinal <= shownNewest));
  const waiting = dashboard.newest - shownNewest;
  const toggle = (kind: Events["kind"]): void => {
    const next = new Set(hidden);
    if (!next.delete(kind)) next.add(kind);
    setHidden(next);
  };
  return (
    <section class="panel browser" aria-label="Records">
      <div class="toolbar">
        <input
          type="search"
          aria-label="Search in records"
          title="Finds what is in a record’s path, process, pid, address or kind"
          placeholder="Search records"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <div class="kinds" role="group" aria-label="Kinds shown">
          {kinds.map((kind) => (
            <button
              type="button"
              key={kind}
              data-kind={kind}
              aria-pressed={!hidden.has(kind)}
              onClick={() => toggle(kind)}
            >
              {kindNames[kind]}
            </button>
          ))}
        </div>
        <button
          type="button"
          class="hold"
          aria-pressed={held !== undefined}
          onClick={() => (held === undefined ? hold() : setHeld(undefined))}
        >
          {held === undefined ? "Pause table" : "Go on"}
        </button>
      </div>
      <RecordTable
        records={records}
        hosts={dashboard.hello?.backend === "relay" ? dashboard.hosts : undefined}
        count={records.length}
        selected={selected}
        select={(record) => {
          hold();
          select(record);
        }}
        left={hold}
        frozen={held !== undefined}
        empty={emptyText(dashboard, text)}
      />
      <div class="foot">
        <p class="note" role="status">
          {held === undefined
            ? `${whole(records.length)} of the last ${counted(log.kept, "record")} (${whole(mostKept)} are kept). Choose one to look into it.`
            : `Paused at ${counted(records.length, "record")}; ${whole(waiting)} more came since.`}
        </p>
        <ExportButton dashboard={dashboard} records={records} />
      </div>
    </section>
  );
}

function emptyText({ log, status, hello }: Dashboard, text: string): string {
  if (hello === undefined) return "Not connected yet.";
  if (log.kept > 0) {
    return text === "" ? "All kinds are hidden: choose one above." : `No record matches “${text}”: search for less.`;
  }
  return status?.paused ? "The kernel side is paused: resume producing." : "Waiting for the first record.";
}
