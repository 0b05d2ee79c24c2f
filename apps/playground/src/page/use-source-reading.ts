import { useCallback, useEffect, useReducer, useState } from "preact/hooks";
import type { Decoder } from "../codec/decoder.ts";
import type { SizedPicture, SourceReading, Stage } from "../reader/protocol.ts";
import type { Reader } from "../reader/reader.ts";
import { noDiagnostics, type ShownDiagnostics } from "../reader/shown-diagnostic.ts";
import type { MemberLink } from "../source/links.ts";

/** How long typing has to rest before the text is read anew, milliseconds. */
const restMs = 150;

/** What is shown of a source: of the last one that was read so far. */
export interface ShownSource {
  /** Of the file, once all but its decoder is here, */
  readonly name: string | undefined;
  /** and the text that what was generated is of. */
  readonly text: string;
  readonly diagnostics: ShownDiagnostics;
  readonly pictures: readonly SizedPicture[];
  readonly links: readonly MemberLink[];
  readonly generated: SourceReading["generated"];
  readonly comparison: SourceReading["comparison"];
  readonly decoder: Decoder | undefined;
}

const nothing: ShownSource = {
  name: undefined,
  text: "",
  diagnostics: noDiagnostics,
  pictures: [],
  links: [],
  generated: undefined,
  comparison: undefined,
  decoder: undefined,
};

/** A source that is read as it changes. */
export interface SourceReadingState {
  readonly shown: ShownSource;
  /** What is being done; undefined where nothing is. */
  readonly stage: Stage | undefined;
  /** It was stopped: what is shown is of an earlier text, or not whole. */
  readonly stopped: boolean;
  /** A bug of ours, in words. */
  readonly failed: string | undefined;
  readonly stop: () => void;
  /** Reads what was stopped. */
  readonly again: () => void;
}

/** Reads a text as soon as typing rests. An empty one is not read: there is nothing wrong with it. */
export function useSourceReading(
  reader: Reader,
  name: string,
  text: string,
  before: string | undefined,
): SourceReadingState {
  const [shown, setShown] = useState<ShownSource>(nothing);
  const [stage, setStage] = useState<Stage | undefined>();
  const [failed, setFailed] = useState<string | undefined>();
  const [stopped, setStopped] = useState(false);
  const [turn, again] = useReducer((last: number) => last + 1, 0);
  const stop = useCallback(() => {
    reader.stop();
    setStage(undefined);
    setStopped(true);
  }, [reader]);
  useEffect(() => {
    setStopped(false);
    if (text.trim() === "") {
      setShown({ ...nothing, name });
      setStage(undefined);
      setFailed(undefined);
      return undefined;
    }
    let cancel: (() => void) | undefined;
    const change = (part: Partial<ShownSource>): void => setShown((old) => ({ ...old, ...part }));
    const timer = setTimeout(() => {
      cancel = reader.readSource(
        { name, text, before },
        {
          stage: setStage,
          layouts: (pictures, diagnostics) => {
            setFailed(undefined);
            change({ pictures, diagnostics });
          },
          read: (reading, links) => change({ ...reading, text, links }),
          decoder: (decoder) => {
            setStage(undefined);
            change({ decoder });
          },
          failed: (message) => {
            setStage(undefined);
            setFailed(message);
          },
        },
      );
    }, restMs);
    return () => {
      clearTimeout(timer);
      cancel?.();
    };
  }, [reader, name, text, before, turn]);
  return { shown, stage, stopped, failed, stop, again: () => again(undefined) };
}
