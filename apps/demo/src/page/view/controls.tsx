import type { JSX, TargetedEvent } from "preact";
import { useState } from "preact/hooks";
import { CommandKind } from "../../types.gen.ts";
import type { CommandRequest, SentCommand } from "../state/command-log.ts";
import type { Dashboard } from "../state/dashboard.ts";
import { filterBits, kindNames } from "./kind-names.ts";
import { milliseconds, whole } from "./numbers.ts";

const rates = [10, 100, 1000, 5000, 20_000, 100_000];
const samplings = [1, 2, 10, 100];

interface ControlsProps {
  readonly dashboard: Dashboard;
  readonly connected: boolean;
  readonly send: (request: CommandRequest) => void;
}

/** What can be asked of the kernel side: each is a record in the user ring. */
export function Controls({ dashboard, connected, send }: ControlsProps): JSX.Element {
  const { status, commands } = dashboard;
  const off = !connected || status === undefined;
  const filter = status?.filter ?? 0;
  const options = (known: readonly number[], now: number | undefined): readonly number[] =>
    now === undefined || known.includes(now) ? known : [...known, now].sort((a, b) => a - b);
  const choose = (kind: CommandRequest["kind"]) => (event: TargetedEvent<HTMLSelectElement>) =>
    send({ kind, value: Number(event.currentTarget.value) });
  return (
    <section class="panel controls" aria-label="Commands">
      <h2>
        Commands <span class="unit">through the user ring</span>
      </h2>
      <div class="fields">
        <button
          type="button"
          class="primary"
          disabled={off}
          onClick={() => send({ kind: status?.paused ? CommandKind.COMMAND_RESUME : CommandKind.COMMAND_PAUSE })}
        >
          {status?.paused ? "Resume producing" : "Pause producing"}
        </button>
        <label>
          records/s
          <select disabled={off} value={status?.rate} onChange={choose(CommandKind.COMMAND_SET_RATE)}>
            {options(rates, status?.rate).map((rate) => (
              <option key={rate} value={rate}>
                {whole(rate)}
              </option>
            ))}
          </select>
        </label>
        <label>
          one of
          <select disabled={off} value={status?.sampling} onChange={choose(CommandKind.COMMAND_SET_SAMPLING)}>
            {options(samplings, status?.sampling).map((sampling) => (
              <option key={sampling} value={sampling}>
                {whole(sampling)}
              </option>
            ))}
          </select>
        </label>
        <fieldset disabled={off}>
          <legend>record</legend>
          {filterBits.map(({ kind, bit }) => (
            <label key={kind}>
              <input
                type="checkbox"
                checked={(filter & bit) === 0}
                onChange={() => send({ kind: CommandKind.COMMAND_SET_FILTER, value: filter ^ bit })}
              />
              {kindNames[kind]}
            </label>
          ))}
        </fieldset>
        <NameField name={status?.name ?? ""} disabled={off} send={send} />
      </div>
      <CommandList commands={commands.commands} />
    </section>
  );
}

function NameField(props: { name: string; disabled: boolean; send: ControlsProps["send"] }): JSX.Element {
  const { name, disabled, send } = props;
  const [text, setText] = useState("");
  return (
    <form
      class="name"
      onSubmit={(event) => {
        event.preventDefault();
        send({ kind: CommandKind.COMMAND_SET_NAME, name: text });
      }}
    >
      <label>
        only
        <input
          value={text}
          maxLength={15}
          // A char[16] with its NUL: ASCII, so that characters are bytes.
          pattern="[ -~]*"
          placeholder="process name"
          disabled={disabled}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <button type="submit" disabled={disabled || text === name}>
        {text === "" && name !== "" ? `Drop “${name}”` : "Set"}
      </button>
    </form>
  );
}

const commandNames: Readonly<Record<number, (command: CommandRequest) => string>> = {
  [CommandKind.COMMAND_PAUSE]: () => "pause",
  [CommandKind.COMMAND_RESUME]: () => "resume",
  [CommandKind.COMMAND_SET_RATE]: ({ value }) => `${whole(value)} records/s`,
  [CommandKind.COMMAND_SET_FILTER]: ({ value }) =>
    value === 0 ? "record all kinds" : `leave out ${leftOut(value ?? 0)}`,
  [CommandKind.COMMAND_SET_SAMPLING]: ({ value }) => `one record of ${whole(value)}`,
  [CommandKind.COMMAND_SET_NAME]: ({ name }) => (name === "" ? "all processes" : `only “${name}”`),
};

function leftOut(mask: number): string {
  return filterBits
    .filter(({ bit }) => (mask & bit) !== 0)
    .map(({ kind }) => kindNames[kind])
    .join(", ");
}

function CommandList({ commands }: { readonly commands: readonly SentCommand[] }): JSX.Element {
  return (
    <ol class="commands" aria-label="Commands sent" aria-live="polite" tabIndex={0}>
      {commands.length === 0 && <li class="empty">None sent yet: change something above.</li>}
      {commands.map((command) => (
        <li key={command.id} data-stage={command.stage}>
          <span class="number">{command.sequence === undefined ? "" : `#${command.sequence}`}</span>
          <span>{commandNames[command.request.kind]?.(command.request)}</span>
          <span class="stage">
            {command.tookMs === undefined ? command.stage : `obeyed after ${milliseconds(command.tookMs)} ms`}
          </span>
        </li>
      ))}
    </ol>
  );
}
