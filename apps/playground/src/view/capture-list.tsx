import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { Capture } from "../codec/capture.ts";
import type { Decoder } from "../codec/decoder.ts";
import { printable } from "../display-text.ts";
import { useDecoded } from "./use-decoded.ts";

/** Samples that are shown at a time. */
const perPage = 100;
/** Characters of a line, which shows what fits. */
const mostCharacters = 400;

interface CaptureListProps {
  readonly capture: Capture;
  readonly decoder: Decoder | undefined;
  /** Undefined where there is no record to decode by. */
  readonly record: string | undefined;
  /** Index of the sample that is looked into. */
  readonly chosen: number | undefined;
  readonly choose: (index: number) => void;
  readonly close: () => void;
}

/** The samples of a capture, each with its time, its length and the record that it is. */
export function CaptureList({ capture, decoder, record, chosen, choose, close }: CaptureListProps): JSX.Element {
  const { name, records, broken } = capture;
  const [start, begin] = useState(0);
  const shown = useMemo(() => records.slice(start, start + perPage), [records, start]);
  const samples = useMemo(() => shown.map(({ bytes }) => bytes), [shown]);
  const known = useDecoded(decoder, record, samples, 0);
  return (
    <div class="capture" role="group" aria-label={`Samples of ${name}`}>
      <div class="fields">
        <h3>
          {printable(name)} <span class="unit">{`samples: ${records.length}`}</span>
        </h3>
        {records.length > perPage && (
          <>
            <button type="button" disabled={start === 0} onClick={() => begin(start - perPage)}>
              Earlier
            </button>
            <span class="note">{`${start} to ${start + shown.length - 1}`}</span>
            <button type="button" disabled={start + perPage >= records.length} onClick={() => begin(start + perPage)}>
              Later
            </button>
          </>
        )}
        <button type="button" onClick={close}>
          Close the capture
        </button>
      </div>
      {broken !== undefined && (
        <p class="wrong" role="alert">
          {printable(`${name} is read no further: ${broken}`)}
        </p>
      )}
      {records.length === 0 && broken === undefined && <p class="empty">It holds no sample.</p>}
      <ol class="samples" aria-label="Samples" start={start}>
        {shown.map(({ timeMs, bytes }, at) => {
          const index = start + at;
          const one = known?.samples === samples ? known.decoded[at] : undefined;
          return (
            <li key={index}>
              <button type="button" aria-pressed={index === chosen} data-sample={index} onClick={() => choose(index)}>
                <span class="number">{index}</span>
                <span class="number">{`${timeMs.toFixed(3)} ms`}</span>
                <span class="number">{`${bytes.byteLength} B`}</span>
                {one !== undefined && "wrong" in one ? (
                  <span class="wrong">{one.wrong}</span>
                ) : (
                  <code>{one?.text.slice(0, mostCharacters)}</code>
                )}
              </button>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
