import type { StepState } from "@rbgen/vm";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { printable } from "../display-text.ts";
import type { SourceLine } from "../object/session.ts";

interface SourceLinesProps {
  readonly lines: readonly SourceLine[];
  /** Where the run that is stepped through stands. */
  readonly at: StepState["place"];
}

/** The lines of C that instructions come from, how often each ran, and where a run stands. */
export function SourceLines({ lines, at }: SourceLinesProps): JSX.Element {
  const list = useRef<HTMLOListElement>(null);
  const place = at === undefined ? "" : `${at.file} ${at.line}`;
  useEffect(() => {
    if (place !== "") list.current?.querySelector(".lit")?.scrollIntoView({ block: "nearest" });
  }, [place]);
  const ran = lines.filter(({ count }) => count > 0).length;
  return (
    <section class="panel" aria-label="Source lines">
      <h2>
        Lines of C <span class="unit">{`${ran} of ${lines.length} ran when fired`}</span>
      </h2>
      {lines.length === 0 ? (
        <p class="empty">The object has no line information: compile it with -g.</p>
      ) : (
        <ol class="lines" ref={list} tabIndex={0} aria-label="Covered lines">
          {lines.map(({ file, line, text, count }) => (
            <li
              key={`${file} ${line}`}
              class={`${count > 0 ? "ran" : "not-run"}${place === `${file} ${line}` ? " lit" : ""}`}
            >
              <span class="count">{count > 0 ? `${count}×` : ""}</span>
              <span class="line-number">{line}</span>
              <code>{printable(text.replaceAll("\t", "    "))}</code>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
