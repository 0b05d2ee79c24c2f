import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { SourceText } from "rbgen";
import { type Capture, isCapture, readCaptureFile } from "../codec/capture.ts";
import { ObjectPage } from "./object-page.tsx";
import { SourcePage } from "./source-page.tsx";

/** Files that hold compiled code or types, by how they begin: ELF, BTF. */
function isBinary(bytes: Uint8Array): boolean {
  return (bytes[0] === 0x7f && bytes[1] === 0x45) || (bytes[0] === 0x9f && bytes[1] === 0xeb);
}

/** The demo serves this page as its second one, and says so in the address. */
const isBesideDashboard = new URLSearchParams(location.search).has("dashboard");

/** Both pages, and the way between them; a file may be dropped anywhere. */
export function App(): JSX.Element {
  const [shown, show] = useState<"source" | "object">("source");
  const [object, setObject] = useState<{ readonly name: string; readonly bytes: Uint8Array } | undefined>();
  const [dropped, setDropped] = useState<{ readonly name: string; readonly text: string } | undefined>();
  const [capture, setCapture] = useState<Capture | undefined>();
  const [source, setSource] = useState<SourceText>({ name: "", text: "" });
  const take = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    const bytes = new Uint8Array(await file.arrayBuffer());
    // It belongs to what is open: its records are decoded by the types of that.
    if (isCapture(bytes)) setCapture(readCaptureFile(file.name, bytes));
    else if (isBinary(bytes)) {
      setObject({ name: file.name, bytes });
      show("object");
    } else {
      setDropped({ name: file.name, text: new TextDecoder().decode(bytes) });
      show("source");
    }
  };
  const drop = (event: DragEvent): void => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    void take(event.dataTransfer?.files[0]);
  };
  // Only the page that is seen reads it.
  const captureOf = (page: typeof shown): Capture | undefined => (page === shown ? capture : undefined);
  return (
    <div class="page" onDragOver={(event) => event.preventDefault()} onDrop={drop}>
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
          <input type="file" onChange={(event) => void take(event.currentTarget.files?.[0])} />
        </label>
        <span class="note">Everything happens in this page: nothing is sent anywhere.</span>
      </header>
      <div hidden={shown !== "source"}>
        <SourcePage dropped={dropped} shown={setSource} capture={captureOf("source")} setCapture={setCapture} />
      </div>
      {shown === "object" && (
        <ObjectPage given={object} open={setObject} source={source} capture={capture} setCapture={setCapture} />
      )}
    </div>
  );
}
