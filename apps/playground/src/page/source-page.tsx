import type { RecordCodec } from "@rbgen/runtime";
import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Diagnostic, SourceText } from "rbgen";
import type { Capture } from "../codec/capture.ts";
import { codecsOf, loadGenerated } from "../codec/generated-module.ts";

import { type Comparison, compareVersions } from "../source/comparison.ts";
import { example } from "../source/example.ts";
import { isSame, linksOf, type Pointed } from "../source/links.ts";
import { type ReadInput, readSource } from "../source/read-source.ts";
import { ComparisonView } from "../view/comparison-view.tsx";
import { DiagnosticList } from "../view/diagnostic-list.tsx";
import { Editor, type Remark } from "../view/editor.tsx";
import { PictureView } from "../view/picture-view.tsx";
import { SampleView } from "../view/sample-view.tsx";
import { type AddressState, fragmentOf, readFragment } from "./address.ts";

/** How long typing has to rest before the text is read anew, milliseconds. */
const restMs = 150;

const beginning: AddressState = { name: "types.h", text: example, before: undefined, sample: "" };

/** A header or a source: its picture, its generated code, its diagnostics, and its records decoded. */
export function SourcePage(props: {
  readonly dropped: SourceText | undefined;
  /** Told of the text as it is now. */
  readonly shown: (source: SourceText) => void;
  readonly capture: Capture | undefined;
  readonly setCapture: (capture: Capture | undefined) => void;
}): JSX.Element {
  const [state, setState] = useState<AddressState>(() => readFragment(location.hash) ?? beginning);
  const [read, setRead] = useState<ReadInput | undefined>();
  const [comparison, setComparison] = useState<Comparison | undefined>();
  const [codecs, setCodecs] = useState<readonly RecordCodec<unknown>[]>([]);
  const [failed, setFailed] = useState<string | undefined>();
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
  useEffect(() => {
    let current = true;
    const timer = setTimeout(async () => {
      try {
        const now = await readSource(name, text);
        const old = before === undefined ? undefined : await readSource(name, before);
        const module = now.generated === undefined ? undefined : await loadGenerated(now.generated.text);
        if (!current) return;
        setRead(now);
        setComparison(old === undefined ? undefined : compareVersions(old, now));
        setCodecs(module === undefined ? [] : codecsOf(module));
        setFailed(undefined);
      } catch (error) {
        if (current) setFailed(error instanceof Error ? error.message : String(error));
      }
    }, restMs);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [name, text, before]);
  const generated = read?.generated?.text ?? "";
  const links = useMemo(() => linksOf(read?.pictures ?? [], name, generated), [read, name, generated]);
  const lit = links.find((link) => isSame(link, pointed));
  const remarks = useMemo(() => remarksOf(read?.diagnostics ?? [], name), [read, name]);
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
    <main class="source-page" data-read={read?.module.name}>
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
              label="Older version"
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
        </div>
        {failed !== undefined && <p class="wrong" role="alert">{`This is a bug of rbgen: ${failed}`}</p>}
        <DiagnosticList diagnostics={read?.diagnostics ?? []} />
      </section>
      <section class="panel generated" aria-label="Generated TypeScript">
        <h2>
          Generated TypeScript <span class="unit">{read?.generated?.records.join(", ")}</span>
          {generated !== "" && <Save name={`${name.replace(/(\.bpf)?\.[ch]$/, "")}.gen.ts`} text={generated} />}
        </h2>
        {generated === "" ? (
          <p class="empty">Nothing is generated as long as the source has an error.</p>
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
      {comparison !== undefined && <ComparisonView comparison={comparison} />}
      <section class="panel pictures" aria-label="Layout" tabIndex={0}>
        <h2>Layout</h2>
        {read?.pictures.length === 0 && (
          <p class="empty">
            {read.diagnostics.some(({ severity }) => severity === "error")
              ? "Nothing has a layout as long as the source has an error."
              : "No struct and no union is defined here. Paste a header, or drop one anywhere on the page."}
          </p>
        )}
        {read?.pictures.map((picture) => (
          <PictureView key={picture.name} picture={picture} lit={pointed} point={fromPicture} />
        ))}
      </section>
      <SampleView
        codecs={codecs}
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

/** A link that saves a text as a file. */
function Save({ name, text }: { readonly name: string; readonly text: string }): JSX.Element {
  const [url, setUrl] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [text]);
  return (
    <a class="save" href={url} download={name}>
      {`Save ${name}`}
    </a>
  );
}

/** Diagnostics of this source as remarks at their place. */
function remarksOf(diagnostics: readonly Diagnostic[], name: string): readonly Remark[] {
  return diagnostics.flatMap(({ span, severity, code, message, notes = [], hint }) =>
    span?.source.name === name
      ? [
          {
            from: span.start,
            to: span.end,
            severity,
            message: [`${code}: ${message}`, ...notes, ...(hint === undefined ? [] : [hint])].join("\n"),
          },
        ]
      : [],
  );
}
