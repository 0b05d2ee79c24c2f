import type { JSX } from "preact";
import type { Diagnostic } from "rbgen";

/** What is wrong with an input, where, and what to do. */
export function DiagnosticList({ diagnostics }: { readonly diagnostics: readonly Diagnostic[] }): JSX.Element | null {
  if (diagnostics.length === 0) return null;
  return (
    <ul class="diagnostics" aria-label="Diagnostics" tabIndex={0}>
      {diagnostics.map((diagnostic) => (
        <li
          key={`${diagnostic.code} ${diagnostic.message} ${diagnostic.span?.start}`}
          data-severity={diagnostic.severity}
        >
          <strong>{`${placeOf(diagnostic)}: ${diagnostic.severity} ${diagnostic.code}`}</strong> {diagnostic.message}
          {diagnostic.notes?.map((note) => (
            <div key={note} class="note">
              {note}
            </div>
          ))}
          {diagnostic.hint !== undefined && <div class="note">{diagnostic.hint}</div>}
        </li>
      ))}
    </ul>
  );
}

function placeOf({ span, at }: Diagnostic): string {
  if (span === undefined) return at ?? "input";
  const before = span.source.text.slice(0, span.start).split("\n");
  return `${span.source.name}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}
