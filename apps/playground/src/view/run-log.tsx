import type { JSX } from "preact";
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
              ? `${program} failed`
              : `${program} returned ${output.returnValue} after ${output.instructions} instruction${output.instructions === 1 ? "" : "s"}`}
            {records.length === 0 && output !== undefined && <span class="note"> and sent no record</span>}
          </p>
          {fault !== undefined && <pre class="wrong">{fault}</pre>}
          {printed.map((line) => (
            <p key={line} class="note">{`printed: ${line}`}</p>
          ))}
          {records.map(({ map, value }) => (
            <pre key={JSON.stringify(value)} class="record" data-map={map}>
              {`${map}: ${JSON.stringify(value, null, 2)}`}
            </pre>
          ))}
        </li>
      ))}
    </ol>
  );
}
