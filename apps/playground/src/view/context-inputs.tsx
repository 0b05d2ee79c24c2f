import type { JSX } from "preact";
import { printable } from "../display-text.ts";
import type { ContextForm } from "../object/context-form.ts";

interface ContextInputsProps {
  readonly form: ContextForm;
  readonly typed: Readonly<Record<string, string>>;
  readonly type: (name: string, text: string) => void;
  readonly packet: string;
  readonly typePacket: (text: string) => void;
  /** Something else is given in their place. */
  readonly disabled: boolean;
}

/** An input for each member or argument of a program's context, and its packet. */
export function ContextInputs(props: ContextInputsProps): JSX.Element {
  const { form, typed, type, packet, typePacket, disabled } = props;
  return (
    <fieldset class="context" disabled={disabled} aria-label="Fields of the context">
      {form.fields.length === 0 && !form.packet && (
        <p class="note">Nothing tells of the members of its context: give it as bytes.</p>
      )}
      {form.fields.map(({ name, declaration, hint }) => (
        <label key={name}>
          <code>{printable(declaration)}</code>
          <input
            value={typed[name] ?? ""}
            placeholder={hint}
            spellcheck={false}
            autocomplete="off"
            onInput={(event) => type(name, event.currentTarget.value)}
          />
        </label>
      ))}
      {form.packet && (
        <label class="wide">
          <code>packet</code>
          <input
            value={packet}
            placeholder="bytes in hex, from the Ethernet header on; 14 zeros"
            spellcheck={false}
            autocomplete="off"
            onInput={(event) => typePacket(event.currentTarget.value)}
          />
        </label>
      )}
    </fieldset>
  );
}
