import type { MemoryWrite, ProgramOutput, SteppedRun, StepState, StepUnit } from "@rbgen/vm";
import type { JSX } from "preact";
import { hexOf } from "../codec/hex.ts";
import { printable } from "../display-text.ts";

interface StepperProps {
  readonly run: SteppedRun<ProgramOutput>;
  /** Told after the run stands elsewhere. */
  readonly moved: () => void;
}

const moves: readonly (readonly [label: string, direction: "step" | "back", unit: StepUnit])[] = [
  ["Line back", "back", "line"],
  ["Instruction back", "back", "instruction"],
  ["Instruction", "step", "instruction"],
  ["Line", "step", "line"],
  ["Over", "step", "over"],
  ["Out", "step", "out"],
];

/** A run that took place, gone through in both directions: line, registers, stack, and what the last step wrote. */
export function Stepper({ run, moved }: StepperProps): JSX.Element {
  const { state } = run;
  const before = run.position > 0 ? run.at(run.position - 1) : undefined;
  return (
    <section class="panel stepper" aria-label="Steps">
      <h2>
        Step{" "}
        <span class="unit">{`${run.position + 1} of ${run.length}${run.complete ? "" : ", and more that were not kept"}`}</span>
      </h2>
      <div class="fields">
        {moves.map(([label, direction, unit]) => (
          <button
            key={label}
            type="button"
            onClick={() => {
              run[direction](unit);
              moved();
            }}
          >
            {label}
          </button>
        ))}
      </div>
      <p class="place">
        {state.place === undefined
          ? "No line of C"
          : printable(`${state.place.file}:${state.place.line}:${state.place.column}`)}
        <code>{printable(state.place?.source.trim() ?? "")}</code>
      </p>
      <p>
        {`instruction ${state.instruction}: `}
        <code>{printable(state.text)}</code>
      </p>
      <p class="note">{printable(`in ${state.frames.map((frame) => frame.function).join(", called by ")}`)}</p>
      <Registers state={state} before={before} />
      <Writes written={state.written} />
      <Stack state={state} />
    </section>
  );
}

function Registers(props: { readonly state: StepState; readonly before: StepState | undefined }): JSX.Element {
  const { state, before } = props;
  return (
    <ul class="registers" aria-label="Registers">
      {state.registerText.map((text, index) => (
        <li
          key={text}
          class={before === undefined || before.registers[index] === state.registers[index] ? "" : "changed"}
        >
          {printable(text)}
        </li>
      ))}
    </ul>
  );
}

function Writes({ written }: { readonly written: readonly MemoryWrite[] }): JSX.Element | null {
  if (written.length === 0) return null;
  return (
    <ul class="writes" aria-label="Changed memory">
      {written.map(({ kind, name, offset, before, after }) => (
        <li key={`${kind} ${name} ${offset}`}>
          {printable(`${kind} ${name}, byte ${offset}: `)}
          <code>{`${hexOf(before)} → ${hexOf(after)}`}</code>
        </li>
      ))}
    </ul>
  );
}

/** The part of the stack that was written, in words of eight bytes from the frame pointer down. */
function Stack({ state }: { readonly state: StepState }): JSX.Element | null {
  const { stack, stackMarks } = state;
  const words: JSX.Element[] = [];
  for (let at = stack.byteLength - 8; at >= 0; at -= 8) {
    const marks = stackMarks.subarray(at, at + 8);
    if (marks.every((mark) => mark === 0)) continue;
    const bytes = [...stack.subarray(at, at + 8)].map((byte, index) =>
      marks[index] === 0 ? "··" : byte.toString(16).padStart(2, "0"),
    );
    words.push(<li key={at}>{`r10 − ${String(stack.byteLength - at).padStart(3)}  ${bytes.join(" ")}`}</li>);
  }
  if (words.length === 0) return null;
  return (
    <ul class="stack" aria-label="Stack" tabIndex={0}>
      {words}
    </ul>
  );
}
