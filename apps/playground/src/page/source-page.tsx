import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { SourceText } from "rbgen";
import type { Capture } from "../codec/capture.ts";
import type { Reader } from "../reader/reader.ts";
import type { ShownDiagnostics } from "../reader/shown-diagnostic.ts";
import { example } from "../source/example.ts";
import { isSame, type Pointed } from "../source/links.ts";
import { ComparisonView } from "../view/comparison-view.tsx";
import { DiagnosticList } from "../view/diagnostic-list.tsx";
import { Editor, type Remark } from "../view/editor.tsx";
import { PictureList } from "../view/picture-view.tsx";
import { Progress } from "../view/progress.tsx";
import { SampleView } from "../view/sample-view.tsx";
import { SaveLink } from "../view/save-link.tsx";
import { type AddressState, fragmentOf, readFragment } from "./address.ts";
import { useSourceReading } from "./use-source-reading.ts";

const beginning: AddressState = { name: "types.h", text: example, before: undefined, sample: "" };

/** What is given from outside: the text with its name, or the older version of it. */
export type Dropped = SourceText | Pick<AddressState, "before">;

/** What the editor of the older one of two versions is called. */
export const olderVersion = "Older version";

/** A header or a source: its picture, its generated code, its diagnostics, and its records decoded. */
export function SourcePage(props: {
  readonly reader: Reader;
  readonly dropped: Dropped | undefined;
  /** Told of the text as it is now. */
  readonly shown: (source: SourceText) => void;
  readonly capture: Capture | undefined;
  readonly setCapture: (capture: Capture | undefined) => void;
}): JSX.Element {
  const [state, setState] = useState<AddressState>(() => readFragment(location.hash) ?? beginning);
  const [pointed, point] = useState<Pointed | undefined>();
  const [from, setFrom] = useState<"source" | "picture" | "generated">("source");
  const { dropped } = props;
  useEffect(() => {
    if (dropped !== undefined) setState((old) => ({ ...old, ...dropped }));
  }, [dropped]);
  const fragment = useMemo(() => fragmentOf(state), [state]);
  useEffect(() => {
    const moved = (): void => {
      const kept = readFragment(location.hash);
      if (kept !== undefined) setState(kept);
    };
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  const { name, text, before } = state;
  const { shown } = props;
  useEffect(() => shown({ name, text }), [name, text, shown]);
  useEffect(() => {
    if (fragment !== undefined && state !== beginning) history.replaceState(null, "", fragment);
  }, [fragment, state]);
  const isEmpty = text.trim() === "";
  const { shown: read, stage, stopped, failed, stop, again } = useSourceReading(props.reader, name, text, before);
  const { links, diagnostics, pictures, decoder } = read;
  const generated = read.generated?.text ?? "";
  /** Whether what was generated is of another text than the one that is shown. */
  const isOld = read.name !== name || read.text !== text;
  const lit = links.find((link) => isSame(link, pointed));
  const remarks = useMemo(() => remarksOf(diagnostics), [diagnostics]);
  const fromSource = (line: number | undefined): void => {
    setFrom("source");
    point(line === undefined ? undefined : links.find(({ sourceLine }) => sourceLine === line));
  };
  const fromGenerated = (line: number | undefined): void => {
    setFrom("generated");
    point(line === undefined ? undefined : links.find(({ generatedLines }) => generatedLines.includes(line)));
  };
  const fromPicture = (at: Pointed | undefined): void => {
    setFrom("picture");
    point(at);
  };
  const change = (part: Partial<AddressState>): void => setState((old) => ({ ...old, ...part }));
  return (
    <main class="source-page" data-read={read.name}>
      <section class="panel source" aria-label="C source">
        <div class="fields">
          <label>
            file
            <input value={name} onInput={(event) => change({ name: event.currentTarget.value || "types.h" })} />
          </label>
          <button type="button" onClick={() => change({ before: before === undefined ? text : undefined })}>
            {before === undefined ? "Compare versions" : "End comparison"}
          </button>
          {fragment === undefined && <span class="note">Too long for the address: keep the file yourself.</span>}
        </div>
        <div class="versions">
          {before !== undefined && (
            <Editor
              label={olderVersion}
              language="c"
              text={before}
              change={(older) => change({ before: older })}
              lit={[]}
              follow={false}
              point={() => undefined}
            />
          )}
          <Editor
            label="C source"
            language="c"
            text={text}
            change={(newer) => change({ text: newer })}
            remarks={remarks}
            lit={lit?.sourceLine === undefined ? [] : [lit.sourceLine]}
            follow={from !== "source"}
            point={fromSource}
          />
          <Progress stage={stage} stopped={stopped} stop={stop} again={again} />
        </div>
        {failed !== undefined && <p class="wrong" role="alert">{`This is a bug of rbgen: ${failed}`}</p>}
        <DiagnosticList diagnostics={diagnostics} />
      </section>
      <section class="panel generated" aria-label="Generated TypeScript" aria-busy={isOld}>
        <h2>
          Generated TypeScript <span class="unit">{recordsText(read.generated?.records ?? [])}</span>
          {generated !== "" && !isOld && (
            <SaveLink name={`${name.replace(/(\.bpf)?\.[ch]$/, "")}.gen.ts`} text={generated} />
          )}
        </h2>
        {generated === "" ? (
          <p class="empty">
            {isEmpty
              ? "The code that rbgen makes of the source will stand here."
              : diagnostics.errors > 0
                ? "Nothing is generated as long as the source has an error."
                : "Nothing is generated yet."}
          </p>
        ) : (
          <Editor
            label="Generated TypeScript"
            language="typescript"
            text={generated}
            lit={lit?.generatedLines ?? []}
            follow={from !== "generated"}
            point={fromGenerated}
          />
        )}
      </section>
      {read.comparison !== undefined && <ComparisonView comparison={read.comparison} />}
      <section class="panel pictures" aria-label="Layout" tabIndex={0}>
        <h2>Layout</h2>
        {isEmpty ? (
          <div class="empty">
            <p>Paste a C header or a source of programs above, or drop one anywhere on the page.</p>
            <button type="button" onClick={() => setState(beginning)}>
              Show the example
            </button>
          </div>
        ) : (
          pictures.length === 0 && (
            <p class="empty">
              {diagnostics.errors > 0
                ? "Nothing has a layout as long as the source has an error."
                : "No struct and no union is defined here. Paste a header, or drop one anywhere on the page."}
            </p>
          )
        )}
        <PictureList pictures={pictures} lit={pointed} point={fromPicture} />
      </section>
      <SampleView
        decoder={decoder}
        links={links}
        sample={state.sample}
        change={(sample) => change({ sample })}
        capture={props.capture}
        setCapture={props.setCapture}
        lit={pointed}
        point={fromPicture}
      />
    </main>
  );
}

/** Names that are shown of the records. */
const mostNames = 40;

function recordsText(records: readonly string[]): string {
  const more = records.length - mostNames;
  return records.slice(0, mostNames).join(", ") + (more > 0 ? `, and ${more} more` : "");
}

/** Diagnostics of this source as remarks at their place. */
function remarksOf({ first }: ShownDiagnostics): readonly Remark[] {
  return first.flatMap(({ range, severity, code, message, notes, hint }) =>
    range === undefined
      ? []
      : [
          {
            ...range,
            severity,
            message: [`${code}: ${message}`, ...notes, ...(hint === undefined ? [] : [hint])].join("\n"),
          },
        ],
  );
}
