import type { ProgramOutput, SteppedRun } from "@rbgen/vm";
import type { JSX } from "preact";
import { useEffect, useMemo, useReducer, useState } from "preact/hooks";
import type { SourceText } from "rbgen";
import demoObject from "../../../demo/bpf/demo.bpf.o?url&inline";
import type { Capture } from "../codec/capture.ts";
import { decoderOf } from "../codec/decoder.ts";
import { printable, printableLines } from "../display-text.ts";
import { type ContextForm, contextForm, type RunInput, readForm } from "../object/context-form.ts";
import { readContext } from "../object/context-text.ts";
import { ObjectSession, type RunResult } from "../object/session.ts";
import type { Reader } from "../reader/reader.ts";
import type { Pointed } from "../source/links.ts";
import { ContextInputs } from "../view/context-inputs.tsx";
import { DiagnosticList } from "../view/diagnostic-list.tsx";
import { ObjectContents } from "../view/object-contents.tsx";
import { RunLog } from "../view/run-log.tsx";
import { SampleView } from "../view/sample-view.tsx";
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
  readonly reader: Reader;
  readonly given: GivenObject | undefined;
  readonly open: (object: GivenObject) => void;
  /** What the page of sources shows. */
  readonly source: SourceText;
  readonly capture: Capture | undefined;
  readonly setCapture: (capture: Capture | undefined) => void;
}): JSX.Element {
  const { reader, given, open, source, capture, setCapture } = props;
  const [types, setTypes] = useState<SourceText | undefined>();
  const [session, setSession] = useState<ObjectSession | undefined>();
  const [refused, setRefused] = useState<string | undefined>();
  useEffect(() => {
    if (given === undefined) return undefined;
    let current = true;
    let opened: ObjectSession | undefined;
    setSession(undefined);
    setRefused(undefined);
    ObjectSession.open(reader, given.name, given.bytes, types).then(
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
  }, [reader, given, types]);
  if (session !== undefined && given !== undefined)
    return (
      <Loaded
        key={session.name}
        session={session}
        takeTypes={() => setTypes(source)}
        capture={capture}
        setCapture={setCapture}
      />
    );
  return (
    <main class="object-page">
      <section class="panel" aria-label="Object">
        <h2>Compiled object</h2>
        {given !== undefined && refused === undefined && <p role="status">{printable(`Reading ${given.name} …`)}</p>}
        {refused !== undefined && given !== undefined && (
          <pre class="wrong" role="alert">
            {printableLines(`${given.name} was refused: ${refused}`)}
          </pre>
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
  readonly capture: Capture | undefined;
  readonly setCapture: (capture: Capture | undefined) => void;
}

/** What a run is given, or what is wrong with what was typed. */
type Given = { readonly input: RunInput } | { readonly wrong: string };

const noFields: Readonly<Record<string, string>> = {};

function Loaded({ session, takeTypes, capture, setCapture }: LoadedProps): JSX.Element {
  const [program, choose] = useState(session.programs[0]?.name ?? "");
  /** What was typed into the fields of each program. */
  const [fields, setFields] = useState<Readonly<Record<string, Readonly<Record<string, string>>>>>({});
  const [packet, setPacket] = useState("");
  const [text, setText] = useState("");
  const [runs, setRuns] = useState<readonly RunResult[]>([]);
  const [stepped, setStepped] = useState<SteppedRun<ProgramOutput> | undefined>();
  const [sample, setSample] = useState("");
  const [pointed, point] = useState<Pointed | undefined>();
  const [, redraw] = useReducer((turn: number) => turn + 1, 0);
  const decoder = useMemo(() => decoderOf(session.codecs), [session]);
  const form = useMemo(() => {
    const chosen = session.programs.find(({ name }) => name === program);
    return chosen && contextForm(chosen);
  }, [session, program]);
  const typed = fields[program] ?? noFields;
  const given = useMemo(() => givenBy(form, typed, packet, text), [form, typed, packet, text]);
  const keep = (result: RunResult): void => setRuns((old) => [result, ...old].slice(0, mostRuns));
  const fire = (input: RunInput): void => keep(session.run(program, input));
  const stepThrough = (input: RunInput): void => {
    const [result, run] = session.step(program, input);
    keep(result);
    setStepped(run);
  };
  return (
    <main class="object-page">
      <section class="panel" aria-label="Run a program">
        <h2>
          {printable(session.name)} <span class="unit">{`programs: ${session.programs.length}`}</span>
        </h2>
        <div class="fields">
          <label>
            program
            <select value={program} onChange={(event) => choose(event.currentTarget.value)}>
              {session.programs.map(({ name, section }) => (
                <option key={name} value={name}>
                  {printable(`${name} — ${section}`)}
                </option>
              ))}
            </select>
          </label>
          <button type="button" disabled={"wrong" in given} onClick={() => "input" in given && fire(given.input)}>
            Fire
          </button>
          <button
            type="button"
            disabled={"wrong" in given}
            onClick={() => "input" in given && stepThrough(given.input)}
          >
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
        {form !== undefined && (
          <ContextInputs
            form={form}
            typed={typed}
            type={(name, value) => setFields({ ...fields, [program]: { ...typed, [name]: value } })}
            packet={packet}
            typePacket={setPacket}
            disabled={text.trim() !== ""}
          />
        )}
        <textarea
          aria-label="Context"
          rows={2}
          spellcheck={false}
          placeholder='Or the whole context: bytes in hex, or JSON, { "pid": 7 } of members, [1, 2] of arguments'
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        {"wrong" in given && (
          <p class="wrong" role="alert">
            {printable(given.wrong)}
          </p>
        )}
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
      <SampleView
        decoder={decoder}
        links={session.read.links}
        sample={sample}
        change={setSample}
        capture={capture}
        setCapture={setCapture}
        lit={pointed}
        point={point}
      />
      <ObjectContents session={session} lit={pointed} point={point} />
    </main>
  );
}

/** The whole context where one was typed, with the packet beside it; else the fields. */
function givenBy(
  form: ContextForm | undefined,
  typed: Readonly<Record<string, string>>,
  packet: string,
  text: string,
): Given {
  const whole = readContext(text);
  if ("wrong" in whole) return whole;
  if (form === undefined) return { input: {} };
  try {
    if (whole.context === undefined) return { input: readForm(form, typed, packet) };
    return { input: { ...readForm(form, noFields, packet), context: whole.context } };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
}
