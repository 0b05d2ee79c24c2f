import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { SourceText } from "rbgen";
import { type Capture, readCaptureFile } from "../codec/capture.ts";
import { printable } from "../display-text.ts";
import { Reader } from "../reader/reader.ts";
import ReaderWorker from "../reader/reader.worker.ts?worker&inline";
import { openedFile } from "../source/opened-file.ts";
import { ObjectPage } from "./object-page.tsx";
import { type Dropped, olderVersion, SourcePage } from "./source-page.tsx";

/** The demo serves this page as its second one, and says so in the address. */
const isBesideDashboard = new URLSearchParams(location.search).has("dashboard");

/** Which of two texts that are compared. */
type Version = "text" | "before";

/** A file that was not opened: why, and what can be opened all the same. */
interface Refused {
  readonly name: string;
  readonly reason: string;
  readonly text?: string;
  readonly place: Version;
}

const startWorker = (): Worker => new ReaderWorker();

/** Both pages, and the way between them; a file may be dropped anywhere. */
export function App(): JSX.Element {
  const [shown, show] = useState<"source" | "object">("source");
  const [object, setObject] = useState<{ readonly name: string; readonly bytes: Uint8Array } | undefined>();
  const [dropped, setDropped] = useState<Dropped | undefined>();
  const [capture, setCapture] = useState<Capture | undefined>();
  const [refused, refuse] = useState<Refused | undefined>();
  // Each page has one of its own: a source that is read anew ends what is read of the one before.
  const readers = useMemo(() => ({ source: new Reader(startWorker), object: new Reader(startWorker) }), []);
  const [source, setSource] = useState<SourceText>({ name: "", text: "" });
  /** Opens a file; `place`: the version of the source that a text is, where two are compared. */
  const take = async (file: File | undefined, place: Version = "text"): Promise<void> => {
    if (file === undefined) return;
    const { name } = file;
    const bytes = new Uint8Array(await file.arrayBuffer());
    const opened = openedFile(name, bytes);
    refuse(undefined);
    // It belongs to what is open: its records are decoded by the types of that.
    if (opened.kind === "capture") setCapture(readCaptureFile(name, bytes));
    else if (opened.kind === "object") {
      setObject({ name, bytes });
      show("object");
    } else if (opened.kind === "source") edit({ name, text: opened.text }, place);
    else if (opened.kind === "refused") refuse({ name, place, ...opened });
  };
  const edit = ({ name, text }: SourceText, place: Version): void => {
    refuse(undefined);
    setDropped(place === "before" ? { before: text } : { name, text });
    show("source");
  };
  // Before an editor sees it, which would put the file's text into its own; the sample takes files in its own way.
  const drop = (event: DragEvent): void => {
    const place = event.target as HTMLElement;
    const [file] = event.dataTransfer?.files ?? [];
    if (file === undefined || place.closest(".sample") !== null) return;
    event.preventDefault();
    event.stopPropagation();
    void take(file, place.closest(`[data-label="${olderVersion}"]`) === null ? "text" : "before");
  };
  // Only the page that is seen reads it.
  const captureOf = (page: typeof shown): Capture | undefined => (page === shown ? capture : undefined);
  return (
    <div class="page" onDragOver={(event) => event.preventDefault()} onDropCapture={drop}>
      <header>
        <h1>rbgen playground</h1>
        {isBesideDashboard && (
          <nav aria-label="Pages">
            <a href="../">Dashboard</a>
            <a href={location.href} aria-current="page">
              Playground
            </a>
          </nav>
        )}
        <nav aria-label="What to look at">
          <button type="button" aria-pressed={shown === "source"} onClick={() => show("source")}>
            C source
          </button>
          <button type="button" aria-pressed={shown === "object"} onClick={() => show("object")}>
            Compiled object
          </button>
        </nav>
        <label class="file">
          Open a file
          <input
            type="file"
            onChange={({ currentTarget }) => {
              void take(currentTarget.files?.[0]);
              // The same file again is a change, too.
              currentTarget.value = "";
            }}
          />
        </label>
        <span class="note">Everything happens in this page: nothing is sent anywhere.</span>
      </header>
      {refused !== undefined && (
        <div class="refused" role="alert">
          <p>{printable(refused.reason)}</p>
          {refused.text !== undefined && (
            <button type="button" onClick={() => edit({ name: refused.name, text: refused.text ?? "" }, refused.place)}>
              Open it as C
            </button>
          )}
          <button type="button" onClick={() => refuse(undefined)}>
            Close
          </button>
        </div>
      )}
      <div hidden={shown !== "source"}>
        <SourcePage
          reader={readers.source}
          dropped={dropped}
          shown={setSource}
          capture={captureOf("source")}
          setCapture={setCapture}
        />
      </div>
      {shown === "object" && (
        <ObjectPage
          reader={readers.object}
          given={object}
          open={setObject}
          source={source}
          capture={capture}
          setCapture={setCapture}
        />
      )}
    </div>
  );
}
