import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { formats, saveRecords } from "../export/save-records.ts";
import type { Dashboard } from "../state/dashboard.ts";
import type { LoggedRecord } from "../state/record-log.ts";
import { whole } from "./numbers.ts";

interface ExportButtonProps {
  readonly dashboard: Dashboard;
  /** What the table shows. */
  readonly records: readonly LoggedRecord[];
}

/** Saves the records of the table as a file. */
export function ExportButton({ dashboard, records }: ExportButtonProps): JSX.Element {
  // What the element says as the button is pressed: it may have changed since the last drawing.
  const chosen = useRef<HTMLSelectElement>(null);
  const [told, tell] = useState("");
  const save = async (): Promise<void> => {
    const format = formats.find((each) => each === chosen.current?.value) ?? formats[0];
    tell("");
    const { hello, hosts } = dashboard;
    const hostOf = hello?.backend === "relay" ? ({ host }: LoggedRecord) => hosts.nameOf(host) ?? "" : undefined;
    try {
      // As they are now: the table goes on meanwhile.
      const leftOut = await saveRecords(records.slice(), format, hostOf);
      if (leftOut > 0) tell(`${whole(leftOut)} of unknown kinds have no columns, and are left out.`);
    } catch (error) {
      tell(`Nothing was exported: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  return (
    <div class="export" role="group" aria-label="Export">
      <select aria-label="Format of the export" ref={chosen}>
        {formats.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
      <button type="button" disabled={records.length === 0} onClick={() => void save()}>
        Export
      </button>
      {told !== "" && (
        <span class="note" role="alert">
          {told}
        </span>
      )}
    </div>
  );
}
