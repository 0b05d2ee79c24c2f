import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Stage } from "../reader/protocol.ts";

/** What takes less is over before anybody reads what it is, milliseconds. */
const patienceMs = 400;

const stages: Readonly<Record<Stage, string>> = {
  reading: "Reading the source",
  layouts: "Laying out its types",
  code: "Generating TypeScript",
  comparison: "Comparing both versions",
  decoders: "Preparing to decode samples",
};

interface ProgressProps {
  readonly stage: Stage | undefined;
  readonly stopped: boolean;
  readonly stop: () => void;
  readonly again: () => void;
}

/** What is being done for a long source, and what ends it. */
export function Progress({ stage, stopped, stop, again }: ProgressProps): JSX.Element {
  const [isLong, setLong] = useState(false);
  const isBusy = stage !== undefined;
  useEffect(() => {
    if (!isBusy) return undefined;
    const timer = setTimeout(() => setLong(true), patienceMs);
    return () => {
      clearTimeout(timer);
      setLong(false);
    };
  }, [isBusy]);
  return (
    <span class="progress" role="status" data-stage={stage}>
      {isBusy && isLong && (
        <>
          <span class="turning" aria-hidden="true" />
          {stages[stage]} …
          <button type="button" onClick={stop}>
            Stop
          </button>
        </>
      )}
      {stopped && (
        <>
          Stopped: not all that is shown is of this text.
          <button type="button" onClick={again}>
            Go on
          </button>
        </>
      )}
    </span>
  );
}
