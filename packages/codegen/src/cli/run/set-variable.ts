import { resolve, type Type } from "@rbgen/btf";
import { UsageError } from "../exit-code.ts";
import { assignmentOf } from "./assignment.ts";
import { ChangedValue } from "./changed-value.ts";
import { codecOfVariable, type ObjectCodecs, type VariableCodec } from "./codecs.ts";
import { keptBytes } from "./kept-bytes.ts";
import type { NamedValue } from "./options.ts";
import { readBytes } from "./values.ts";
import type { RunObject, VirtualMachine } from "./virtual-machine.ts";

/**
 * Sets what `--set` names.
 * @param types of global variables by their names
 * @throws UsageError
 */
export function setVariable(
  object: RunObject,
  machine: VirtualMachine,
  codecs: ObjectCodecs,
  types: ReadonlyMap<string, Type>,
  given: NamedValue,
): void {
  const { name, value: text } = given;
  const refuse = (why: string): never => {
    throw new UsageError(`--set ${name}: ${why}`);
  };
  const { variable: wanted, path } = assignmentOf(
    given,
    object.variables.map((one) => one.name),
  );
  const variable = object.variables.find((one) => one.name === wanted);
  const coded = variable && codecOfVariable(codecs, variable);
  const type = types.get(wanted);
  if (coded === undefined) {
    refuse(
      type !== undefined && resolve(type).kind === "ptr"
        ? "it is a pointer, which the program alone can set"
        : "the object does not tell its type",
    );
    return;
  }
  const { codec, shape, plan } = coded;
  const raw = object.global(wanted);
  const global = object.global({ name: wanted, codec });
  const encoded = (value: unknown): Uint8Array => {
    const bytes = new Uint8Array(raw.size);
    codec.encode(value, new DataView(bytes.buffer));
    return bytes;
  };
  try {
    const whole = path.length === 0 ? wholeOf(coded, raw.size, text, machine) : undefined;
    if (whole instanceof Uint8Array) {
      raw.set(whole);
      return;
    }
    const value = whole?.value ?? new ChangedValue(plan, name, refuse).at({ shape }, global.get(), path, text);
    const [there, next] = [raw.get(), encoded(value)];
    const before = there instanceof Uint8Array ? unlessRefused(machine, () => encoded(global.get())) : undefined;
    if (!(there instanceof Uint8Array)) global.set(value);
    else if (before === undefined || type === undefined) raw.set(next);
    else {
      const kept = keptBytes(there, before, next, type);
      // where a length or a tag changed, bytes that were not read may be
      raw.set(isAlike(coded, kept, next) ? kept : next);
    }
  } catch (error) {
    if (!machine.isRingBufError(error)) throw error;
    const { path: inside = "", reason = (error as Error).message } = error as { path?: string; reason?: string };
    // what is no struct is the "value" of its codec
    const at = shape.kind === "composite" ? inside : inside.replace(/^value/, "");
    refuse(at === "" || `.${name}`.endsWith(`.${at}`) ? reason : `${at}: ${reason}`);
  }
}

/** Whether two runs of bytes are the same value. */
function isAlike({ codec }: VariableCodec, one: Uint8Array, other: Uint8Array): boolean {
  return JSON.stringify(readBytes(one, codec)) === JSON.stringify(readBytes(other, codec));
}

/** What `work` gives; undefined where a codec refuses what is there. */
function unlessRefused<Value>(machine: VirtualMachine, work: () => Value): Value | undefined {
  try {
    return work();
  } catch (error) {
    if (machine.isRingBufError(error)) return undefined;
    throw error;
  }
}

/** A whole value as it is printed: as its codec gives it, or as its bytes, where its codec refuses those. */
function wholeOf(
  { codec, shape }: VariableCodec,
  size: number,
  text: string,
  machine: VirtualMachine,
): { readonly value: unknown } | Uint8Array | undefined {
  const bare = text.replace(/^"(.*)"$/s, "$1");
  const holds = shape.kind === "composite" || shape.kind === "array";
  if (holds && bare.length === 2 * size && /^[\da-f]*$/i.test(bare)) {
    return Uint8Array.from(bare.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  }
  return unlessRefused(machine, () => {
    const json = documentOf(text);
    return json && { value: codec.fromJSON(json.value) };
  });
}

function documentOf(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
