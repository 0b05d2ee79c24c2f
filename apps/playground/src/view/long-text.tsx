import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { SaveLink } from "./save-link.tsx";

/** Lines and characters that are shown of a text; the rest can be saved. */
const mostLines = 1000;
const mostCharacters = 60_000;

interface LongTextProps {
  readonly text: string;
  readonly label: string;
  /** What the whole is saved as. */
  readonly file: string;
}

/** A text that may be longer than anybody reads: its beginning, and the whole as a file. */
export function LongText({ text, label, file }: LongTextProps): JSX.Element {
  const shown = useMemo(() => beginningOf(text), [text]);
  return (
    <div class="long-text">
      {shown.length < text.length && (
        <p class="note">
          {`The first ${shown.length.toLocaleString("en-US")} of ${text.length.toLocaleString("en-US")} characters. `}
          <SaveLink name={file} text={text} />
        </p>
      )}
      <pre class="decoded" role="region" tabIndex={0} aria-label={label}>
        {shown}
      </pre>
    </div>
  );
}

function beginningOf(text: string): string {
  let end = 0;
  for (let line = 0; line < mostLines && end >= 0; line += 1) end = text.indexOf("\n", end + 1);
  return text.slice(0, Math.min(end < 0 ? text.length : end, mostCharacters));
}
