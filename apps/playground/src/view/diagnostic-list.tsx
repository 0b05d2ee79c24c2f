import type { JSX } from "preact";
import type { ShownDiagnostics } from "../reader/shown-diagnostic.ts";

/** What is wrong with an input, where, and what to do. */
export function DiagnosticList({ diagnostics }: { readonly diagnostics: ShownDiagnostics }): JSX.Element | null {
  const { first, more } = diagnostics;
  if (first.length === 0) return null;
  return (
    <ul class="diagnostics" aria-label="Diagnostics" tabIndex={0}>
      {first.map(({ code, severity, place, message, notes, hint }, index) => (
        <li key={`${index} ${code}`} data-severity={severity}>
          <strong>{`${place}: ${severity} ${code}`}</strong> {message}
          {notes.map((note) => (
            <div key={note} class="note">
              {note}
            </div>
          ))}
          {hint !== undefined && <div class="note">{hint}</div>}
        </li>
      ))}
      {more > 0 && <li class="note">{`${more} more are not shown: mend the first ones.`}</li>}
    </ul>
  );
}
