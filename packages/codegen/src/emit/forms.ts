import type { EnumPlan, Form, Shape } from "../plan/model.ts";
import { type Name, named } from "../plan/names.ts";
import { block, type Code, code, quote } from "./code.ts";
import { type EmitContext, use, useType } from "./context.ts";
import { filled } from "./lines.ts";

type Formed = Extract<Shape, { kind: "int" | "bytes" }>;

/** The names of enums with their values, for what is flags: one table per enum and file. */
export class FlagTables {
  readonly #names = new Map<EnumPlan, Name>();

  /** The name of the table of an enum. */
  table(context: EmitContext, plan: EnumPlan): Code {
    const known = this.#names.get(plan);
    if (known !== undefined) return known;
    const name = context.scope.take(named`${plan.name}Flags`);
    this.#names.set(plan, name);
    return name;
  }

  get declarations(): Code[] {
    return [...this.#names].map(([plan, name]) =>
      block([
        code`const ${name} = [`,
        ...filled(plan.type.values.map((entry) => code`[${quote(entry.name)}, ${bitsOf(entry.value)}],`)),
        code`] as const;`,
      ]),
    );
  }
}

/** A value as bits: a compiler gives bit 31 of an enum as a negative number. */
function bitsOf(value: bigint): Code {
  const bits = value < 0n ? BigInt.asUintN(32, value) : value;
  return bits <= BigInt(Number.MAX_SAFE_INTEGER) ? code`${bits}` : code`${bits}n`;
}

/** The type of a value for which `encode` takes what people write, too. */
export function formType(context: EmitContext, { form }: Formed, exact: Code): Code {
  if (form === undefined) return exact;
  if (form.kind === "enum") return code`${useType(context, "OpenEnum")}<${form.enum.name}>`;
  if (form.kind === "flags") {
    return code`${useType(context, "FlagSet")}<keyof typeof ${form.enum.name}, ${exact}>`;
  }
  const other = form.kind === "dev" ? useType(context, "DevParts") : code`string`;
  return code`${useType(context, "Formatted")}<${exact}, ${other}>`;
}

/** A loaded integer as it is decoded: flags are names. */
export function namedFlags(context: EmitContext, { form, size }: Formed, loaded: Code): Code {
  if (form?.kind !== "flags") return loaded;
  const names = use(context, size === 8 ? "wideFlagNames" : "flagNames");
  return code`${names}(${loaded}, ${context.flags.table(context, form.enum)})`;
}

const parsers = {
  ipv6: "ipv6Bytes",
  mac: "macBytes",
  uuid: "uuidBytes",
  dev: "devNumber",
  errno: "errnoNumber",
} as const;

/** What a value of a form is as it is stored: what else is given is for its check to refuse. */
export function exactValue(context: EmitContext, shape: Formed, given: Code, path: Code): Code {
  const { form } = shape;
  if (form === undefined || form.kind === "enum") return given;
  if (form.kind === "flags") {
    const bits = use(context, shape.size === 8 ? "flagBits" : "narrowFlagBits");
    return code`${bits}(${given}, ${context.flags.table(context, form.enum)}, ${path})`;
  }
  const parser = form.kind === "ipv4" ? (shape.kind === "int" ? "ipv4Number" : "ipv4Bytes") : parsers[form.kind];
  return code`${use(context, parser)}(${given}, ${path})`;
}

/** What a form is, for the documentation of a member. */
export function formNote(form: Form): string {
  switch (form.kind) {
    case "ipv4":
      return "an IPv4 address, for `formatIPv4`";
    case "ipv6":
      return "an IPv6 address, for `formatIPv6`";
    case "mac":
      return "a MAC address, for `formatMac`";
    case "uuid":
      return "a UUID, for `formatUuid`";
    case "dev":
      return "a device, for `devParts`";
    case "errno":
      return "what a call returned, for `errnoName`";
    case "enum":
      return `a value of \`enum ${form.enum.cName}\``;
    case "flags":
      return `flags of \`enum ${form.enum.cName}\``;
  }
}
