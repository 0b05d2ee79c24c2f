import type { ProgramOutput, SteppedRun } from "@rbgen/vm";
import type { JSX } from "preact";
import { useEffect, useReducer, useState } from "preact/hooks";
import type { SourceText } from "rbgen";
import demoObject from "../../../demo/bpf/demo.bpf.o?url&inline";
import { readContext } from "../object/context-text.ts";
import { ObjectSession, type RunResult } from "../object/session.ts";
import { DiagnosticList } from "../view/diagnostic-list.tsx";
import { ObjectContents } from "../view/object-contents.tsx";
import { RunLog } from "../view/run-log.tsx";
import { SourceLines } from "../view/source-lines.tsx";
import { Stepper } from "../view/stepper.tsx";

interface GivenObject {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Runs that are kept on the page. */
const mostRuns = 50;

/** A compiled object: what is in it, and its programs run, stepped through and covered. */
export function ObjectPage(props: {
  readonly given: GivenObject | undefined;
  readonly open: (object: GivenObject) => void;
  /** What the page of sources shows. */
  readonly source: SourceText;
}): JSX.Element {
  const { given, open, source } = props;
  const [types, setTypes] = useState<SourceText | undefined>();
  const [session, setSession] = useState<ObjectSession | undefined>();
  const [refused, setRefused] = useState<string | undefined>();
  useEffect(() => {
    if (given === undefined) return undefined;
    let current = true;
    let opened: ObjectSession | undefined;
    setSession(undefined);
    setRefused(undefined);
    ObjectSession.open(given.name, given.bytes, types).then(
      (made) => {
        opened = made;
        if (current) setSession(made);
        else made.close();
      },
      (error: unknown) => {
        if (current) setRefused(error instanceof Error ? error.message : String(error));
      },
    );
    return () => {
      current = false;
      opened?.close();
    };
  }, [given, types]);
  if (session !== undefined && given !== undefined)
    return <Loaded key={session.name} session={session} takeTypes={() => setTypes(source)} />;
  return (
    <main class="object-page">
      <section class="panel" aria-label="Object">
        <h2>Compiled object</h2>
        {refused !== undefined && given !== undefined && (
          <pre class="wrong" role="alert">{`${given.name} was refused: ${refused}`}</pre>
        )}
        <p class="empty">
          Drop a .bpf.o anywhere on the page, or open it above: its programs run here, in a virtual machine. clang
          -target bpf -g -O2 -c makes one.
        </p>
        <div class="fields">
          <button type="button" onClick={() => open({ name: "demo.bpf.o", bytes: bytesOf(demoObject) })}>
            Open the demo's object
          </button>
        </div>
      </section>
    </main>
  );
}

/** Bytes of a `data:` address, which is never fetched. */
function bytesOf(address: string): Uint8Array {
  const text = atob(address.slice(address.indexOf(",") + 1));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

interface LoadedProps {
  readonly session: ObjectSession;
  readonly takeTypes: () => void;
}

function Loaded({ session, takeTypes }: LoadedProps): JSX.Element {
  const [program, choose] = useState(session.programs[0]?.name ?? "");
  const [text, setText] = useState("");
  const [runs, setRuns] = useState<readonly RunResult[]>([]);
  const [stepped, setStepped] = useState<SteppedRun<ProgramOutput> | undefined>();
  const [, redraw] = useReducer((turn: number) => turn + 1, 0);
  const typed = readContext(text);
  const keep = (result: RunResult): void => setRuns((old) => [result, ...old].slice(0, mostRuns));
  const context = "context" in typed ? typed.context : undefined;
  const stepThrough = (): void => {
    const [result, run] = session.step(program, context);
    keep(result);
    setStepped(run);
  };
  return (
    <main class="object-page">
      <section class="panel" aria-label="Run a program">
        <h2>
          {session.name} <span class="unit">{`programs: ${session.programs.length}`}</span>
        </h2>
        <div class="fields">
          <label>
            program
            <select value={program} onChange={(event) => choose(event.currentTarget.value)}>
              {session.programs.map(({ name, section }) => (
                <option key={name} value={name}>
                  {`${name} — ${section}`}
                </option>
              ))}
            </select>
          </label>
          <button type="button" disabled={"wrong" in typed} onClick={() => keep(session.run(program, context))}>
            Fire
          </button>
          <button type="button" disabled={"wrong" in typed} onClick={stepThrough}>
            Step through
          </button>
          <button
            type="button"
            onClick={takeTypes}
            title="Compilers drop structs that nothing refers to: read them of the C source"
          >
            Take types from the C source
          </button>
        </div>
        <textarea
          aria-label="Context"
          rows={2}
          spellcheck={false}
          placeholder='Context: bytes in hex, or JSON: { "pid": 7 } of a tracepoint, [1, 2] for arguments; nothing for none'
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        {"wrong" in typed && <p class="wrong">{typed.wrong}</p>}
        <DiagnosticList diagnostics={session.read.diagnostics} />
        <RunLog runs={runs} />
      </section>
      {stepped === undefined ? (
        <section class="panel" aria-label="Steps">
          <h2>Step</h2>
          <p class="empty">
            “Step through” runs the program and shows each line of C with registers, stack and changed memory.
          </p>
        </section>
      ) : (
        <Stepper run={stepped} moved={() => redraw(undefined)} />
      )}
      <SourceLines lines={session.lines()} at={stepped?.state.place} />
      <ObjectContents session={session} />
    </main>
  );
}
