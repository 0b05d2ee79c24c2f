import { formatType, type Member, type Param, resolve, type Type } from "@rbgen/btf";
import type { ContextInput, FieldValue, ProgramInput, VmProgram } from "@rbgen/vm";
import { bytesOfHex } from "../codec/hex.ts";
import { printable } from "../display-text.ts";
import { wideIntegers } from "./context-text.ts";

/** What a run is given on this page. */
export type RunInput = Pick<ProgramInput, "context" | "data">;

/** One input of a program's context. */
export interface ContextField {
  /** Unique among those of a form. */
  readonly name: string;
  /** As C declares it: "__u32 pid". */
  readonly declaration: string;
  /** What may be typed: "integer", "text". */
  readonly hint: string;
  /** @throws Error that says what is wrong with the text. */
  readonly read: (text: string) => FieldValue;
}

/** The inputs of a program's context, and what they are put together as. */
export interface ContextForm {
  readonly fields: readonly ContextField[];
  /** Whether the program is given a packet beside it. */
  readonly packet: boolean;
  readonly build: (values: Values) => ContextInput | undefined;
}

/** What was typed, by the names of fields. */
type Values = ReadonlyMap<string, FieldValue>;

/** Arguments that are asked for where nothing tells their number: what registers hold, and tracepoints have. */
const mostArguments = 6;
const u64: Pick<ContextField, "hint" | "read"> = { hint: "integer", read: integerOf };

/** The form of a program. */
export function contextForm({ context, section }: Pick<VmProgram, "context" | "section">): ContextForm {
  if (context === undefined) return { fields: [], packet: false, build: () => undefined };
  switch (context.kind) {
    case "arguments": {
      const { params } = context;
      // Programs may look at more than was filled in: tracepoints have twelve at most.
      const args = { fields: argumentFields(params), length: params?.length ?? 12 };
      return /^(fexit|fmod_ret)\b/.test(section) ? withResult(args) : withoutResult(args);
    }
    case "registers": {
      const fields = argumentFields(context.params).slice(0, mostArguments);
      return withResult({ fields, length: fields.length });
    }
    default:
      return {
        fields: membersOf(context.type?.members ?? []),
        packet: context.kind === "xdp" || context.kind === "packet",
        build: (values) => (values.size === 0 ? undefined : Object.fromEntries(values)),
      };
  }
}

/**
 * What a run is given by what was typed, field by field, and as a packet in hex; what is left empty is 0, or none.
 * @throws Error that says what is wrong, and of which field.
 */
export function readForm(form: ContextForm, typed: Readonly<Record<string, string>>, packet: string): RunInput {
  const values = new Map<string, FieldValue>();
  for (const { name, declaration, read } of form.fields) {
    const text = typed[name]?.trim() ?? "";
    if (text === "") continue;
    try {
      values.set(name, read(text));
    } catch (error) {
      throw new Error(`${declaration}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const context = form.build(values);
  const data = form.packet && packet.trim() !== "" ? bytesOfHex(packet) : undefined;
  if (typeof data === "string") throw new Error(`packet: ${data}`);
  return { ...(context !== undefined && { context }), ...(data !== undefined && { data }) };
}

function argumentFields(params: readonly Param[] | undefined): readonly ContextField[] {
  if (params === undefined) {
    return Array.from({ length: mostArguments }, (_, index) => ({
      name: String(index),
      declaration: `argument ${index + 1}`,
      ...u64,
    }));
  }
  return params.map(({ name, type }, index) => ({
    name: String(index),
    declaration: formatType(type, name),
    ...u64,
  }));
}

/** Arguments, and how many of them there are: those without a field are 0. */
interface Arguments {
  readonly fields: readonly ContextField[];
  readonly length: number;
}

function argumentsOf({ fields, length }: Arguments, values: Values): readonly FieldValue[] | undefined {
  if (fields.every(({ name }) => !values.has(name))) return undefined;
  return Array.from({ length }, (_, index) => values.get(String(index)) ?? 0);
}

function withoutResult(args: Arguments): ContextForm {
  return { fields: args.fields, packet: false, build: (values) => argumentsOf(args, values) };
}

function withResult(args: Arguments): ContextForm {
  const result: ContextField = { name: "ret", declaration: "what it returned", ...u64 };
  const build = (values: Values): ContextInput | undefined => {
    const ret = values.get(result.name);
    const given = argumentsOf(args, values);
    if (given === undefined && ret === undefined) return undefined;
    return { args: given ?? new Array<FieldValue>(args.length).fill(0), ...(ret !== undefined && { ret }) };
  };
  return { fields: [...args.fields, result], packet: false, build };
}

/** Members with a name, those of anonymous members too. */
function membersOf(members: readonly Member[]): readonly ContextField[] {
  return members.flatMap((member): readonly ContextField[] => {
    const { name, type, bitSize } = member;
    const inner = resolve(type);
    if (name === "") return inner.kind === "struct" || inner.kind === "union" ? membersOf(inner.members) : [];
    const located = /^__data_loc_(.+)$/.exec(name)?.[1];
    if (located !== undefined) return [{ name: located, declaration: `char ${located}[]`, ...text }];
    const declaration = `${formatType(type, name)}${bitSize === undefined ? "" : `:${bitSize}`}`;
    return [{ name, declaration, ...inputOf(inner) }];
  });
}

const text: Pick<ContextField, "hint" | "read"> = { hint: "text", read: (given) => given };

function inputOf(type: Type): Pick<ContextField, "hint" | "read"> {
  switch (type.kind) {
    case "int":
    case "ptr":
      return u64;
    case "enum":
    case "enum64": {
      const known = new Map(type.values.map(({ name, value }) => [name, value]));
      return { hint: "integer or name", read: (given) => known.get(given) ?? integerOf(given) };
    }
    case "array": {
      const element = resolve(type.element);
      return element.kind === "int" && element.char ? text : json;
    }
    default:
      return json;
  }
}

const json: Pick<ContextField, "hint" | "read"> = {
  hint: "JSON",
  read: (given) => JSON.parse(given, wideIntegers) as FieldValue,
};

function integerOf(given: string): bigint {
  if (!/^-?(0x[0-9a-f]+|\d+)$/i.test(given)) throw new Error(`“${printable(given)}” is no integer: 7, −7 or 0x7 is`);
  return given.startsWith("-") ? -BigInt(given.slice(1)) : BigInt(given);
}
