import type { JSX } from "preact";
import { printable, printableJson, printableLines } from "../display-text.ts";
import type { RunResult } from "../object/session.ts";

/** What runs came to, the last one first: return values, faults, records and printed lines. */
export function RunLog({ runs }: { readonly runs: readonly RunResult[] }): JSX.Element {
  if (runs.length === 0) return <p class="empty">Nothing ran yet. “Fire” runs the program once.</p>;
  return (
    <ol class="runs" aria-label="Runs" tabIndex={0}>
      {runs.map(({ program, output, fault, records, printed }, index) => (
        <li key={runs.length - index}>
          <p>
            {output === undefined
              ? `${printable(program)} failed`
              : `${printable(program)} returned ${output.returnValue} after ${output.instructions} instruction${output.instructions === 1 ? "" : "s"}`}
            {records.length === 0 && output !== undefined && <span class="note"> and sent no record</span>}
          </p>
          {fault !== undefined && <pre class="wrong">{printableLines(fault)}</pre>}
          {printed.map((line) => (
            <p key={line} class="note">{`printed: ${printable(line)}`}</p>
          ))}
          {records.map(({ map, value }) => (
            <pre key={JSON.stringify(value)} class="record" data-map={map}>
              {`${printable(map)}: ${printableJson(value, 2)}`}
            </pre>
          ))}
        </li>
      ))}
    </ol>
  );
}
