import { BtfError, type Datasec, formatType, type NamedType, sizeOf } from "@rbgen/btf";
import { counted } from "../../diagnostics/counted.ts";
import { printable, printableJson } from "../../diagnostics/display-text.ts";
import { ownTypes } from "../../layout/select.ts";
import { carrierOf, type MapDefinition, type TypeModule } from "../../module.ts";
import { elementsOf } from "../../plan/map-elements.ts";
import { declaredVariables } from "../../plan/sections.ts";
import { belongingTypes } from "../../plan/select.ts";
import type { InferredMap } from "../../plan/sent.ts";
import { placeOfCall } from "../../plan/told.ts";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { pathsOf } from "../given-inputs.ts";
import { loadConfiguration } from "../input/configuration.ts";
import { displayName } from "../input/input-bytes.ts";
import { InputReader } from "../input/inputs.ts";
import type { ListOptions } from "../input/options.ts";
import { inputSettings } from "../input/settings.ts";
import type { Invocation } from "../invocation.ts";
import { namedTypes } from "../named-types.ts";
import { foreignTypes, namedText } from "../origins.ts";
import { inferredOfMaps, recordsOfMaps } from "../records.ts";

/** One line of a table: cells of text. */
type Row = readonly string[];

/** What an input holds, ready for JSON. */
interface Listing {
  readonly input: string;
  readonly kind: "header" | "btf";
  readonly endian: "little" | "big";
  readonly pointerSize: 4 | 8;
  readonly maps: readonly {
    readonly name: string;
    readonly type: string;
    readonly maxEntries: number;
    readonly record: string | null;
    /** C text of the types that its definition gives keys and values; absent where there is no more than a size, and for what carries records. */
    readonly key?: string;
    readonly value?: string;
    /** Where the program's code told the record. */
    readonly found?: { readonly by: "type" | "size"; readonly verb: string; readonly at: string };
    readonly inner?: string;
  }[];
  readonly programs: readonly { readonly name: string; readonly section: string }[];
  readonly variables: readonly {
    readonly section: string;
    readonly name: string;
    readonly type: string;
    /** Absent where C source was read: the compiled object tells. */
    readonly offset?: number;
    readonly size: number;
  }[];
  readonly types: readonly {
    readonly name: string;
    readonly kind: string;
    readonly size: number;
    readonly id?: number;
  }[];
  /** Types that the input takes from elsewhere, by where they came from. */
  readonly from: readonly { readonly origin: string; readonly types: readonly string[] }[];
  readonly constants: readonly { readonly name: string; readonly value: string; readonly kind: "integer" | "string" }[];
}

/** `rbgen list [input…]`. */
export async function listCommand(
  given: readonly string[],
  options: ListOptions,
  invocation: Invocation,
): Promise<ExitCode> {
  const { host } = invocation;
  const configuration = await loadConfiguration(options.config, host, invocation.report);
  const listings: Listing[] = [];
  if (configuration !== undefined) {
    const inputs = pathsOf(given, configuration, invocation);
    const reader = new InputReader(invocation, inputSettings(options, configuration.input));
    for (const input of inputs) {
      const module = await reader.read(input);
      if (module === undefined) continue;
      try {
        listings.push(listingOf(input, module, options.types, invocation));
      } catch (error) {
        if (!(error instanceof BtfError)) throw error;
        invocation.report({ code: "RB3006", severity: "error", at: displayName(input), message: error.message });
      }
    }
  }
  if (!options.json) {
    host.stdout.write(listings.map((listing) => textOf(listing, invocation.outPaint)).join("\n"));
    return invocation.printDiagnostics();
  }
  const document = { schema: 1, inputs: listings, diagnostics: invocation.jsonDiagnostics() };
  host.stdout.write(`${printableJson(document, 2)}\n`);
  return invocation.errors > 0 ? exitCode.input : exitCode.ok;
}

function listingOf(input: string, module: TypeModule, patterns: readonly string[], invocation: Invocation): Listing {
  const asked = patterns.length > 0 ? namedTypes(input, module, patterns, invocation) : undefined;
  const roots: NamedType[] =
    asked === undefined ? [...module.types(), ...belongingTypes(module)] : asked.map(({ type }) => type);
  const records = recordsOfMaps(module);
  const inferred = inferredOfMaps(module);
  return {
    input: displayName(input),
    kind: module.kind,
    endian: module.endian,
    pointerSize: module.pointerSize,
    maps: module.maps.map((map) => ({
      name: map.name,
      type: map.type,
      maxEntries: map.maxEntries,
      record: records.get(map.name) ?? null,
      ...foundOf(inferred.get(map.name)),
      ...elementsText(map),
      ...(map.inner === undefined ? {} : { inner: mapText(map.inner) }),
    })),
    programs: module.programs.map(({ name, section }) => ({ name, section })),
    variables: module.sections.flatMap((section) => variablesOf(section, module.kind)),
    types: (asked ?? ownTypes(module)).map(({ name, type }) => ({
      name,
      kind: type.kind === "enum64" ? "enum" : type.kind,
      size: sizeOf(type),
      ...(type.id === undefined ? {} : { id: type.id }),
    })),
    from: [...foreignTypes(module, roots)].map(([origin, types]) => ({ origin, types: types.map(namedText) })),
    constants: module.constants.map(({ name, value }) => ({
      name,
      value: String(value),
      kind: typeof value === "bigint" ? "integer" : "string",
    })),
  };
}

function foundOf(one: InferredMap | undefined): Pick<Listing["maps"][number], "found"> {
  if (one === undefined) return {};
  const { call, bySize } = one;
  return { found: { by: bySize === undefined ? "type" : "size", verb: call.verb, at: placeOfCall(call) } };
}

function mapText(map: MapDefinition): string {
  return `${map.type}, max_entries ${map.maxEntries}${elementsInWords(elementsText(map))}`;
}

/** An array's keys are its indexes, whatever its definition calls them. */
function elementsText(map: MapDefinition): Pick<Listing["maps"][number], "key" | "value"> {
  if (carrierOf(map) !== undefined) return {};
  const { key, value } = map;
  return {
    ...(key !== undefined && elementsOf(map) !== "array" && { key: formatType(key) }),
    ...(value !== undefined && { value: formatType(value) }),
  };
}

function elementsInWords({ key, value }: Pick<Listing["maps"][number], "key" | "value">): string {
  if (key === undefined) return value === undefined ? "" : `, values ${value}`;
  return value === undefined ? `, keys ${key}` : `, from ${key} to ${value}`;
}

function variablesOf(section: Datasec, kind: Listing["kind"]): Listing["variables"] {
  return declaredVariables(section).flatMap(({ variable, offset, size }) =>
    variable.kind === "var"
      ? [
          {
            section: section.name,
            name: variable.name,
            type: formatType(variable.type),
            ...(kind === "btf" && { offset }),
            size,
          },
        ]
      : [],
  );
}

/** Rows with their columns aligned; the last column is free. */
function table(rows: readonly Row[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.slice(0, -1).entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  const line = (row: Row) => row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index]!)));
  return rows.map((row) => `  ${line(row).join("  ").trimEnd()}\n`).join("");
}

function textOf(listing: Listing, paint: { strong(text: string): string; faint(text: string): string }): string {
  const bits = listing.pointerSize * 8;
  const order = `${listing.endian}-endian`;
  const what = listing.kind === "header" ? "C header" : "BTF";
  let text = `${paint.strong(printable(listing.input))} ${paint.faint(`${what}, ${order}, ${bits}-bit pointers`)}\n`;
  const section = (title: string, rows: readonly Row[]) => {
    if (rows.length === 0) return;
    text += `${paint.strong(title)}\n${table(rows.map((row) => row.map(printable)))}`;
  };
  section(
    "maps",
    listing.maps.map((map) => [
      map.name,
      `${map.type}, max_entries ${map.maxEntries}${elementsInWords(map)}` +
        (map.record === null ? "" : `, record ${map.record}`) +
        (map.found === undefined
          ? ""
          : `${map.found.by === "size" ? " (the only struct of that size)" : ""}, ${map.found.verb} at ${map.found.at}`) +
        (map.inner === undefined ? "" : `, of ${map.inner}`),
    ]),
  );
  section(
    "programs",
    listing.programs.map((program) => [program.name, program.section]),
  );
  section(
    "variables",
    listing.variables.map((variable) => [
      variable.section,
      variable.name,
      variable.type,
      `${counted(variable.size, "byte")}${variable.offset === undefined ? "" : ` at ${variable.offset}`}`,
    ]),
  );
  section(
    "types",
    listing.types.map((type) => [`${type.kind} ${type.name}`, counted(type.size, "byte")]),
  );
  for (const { origin, types } of listing.from) {
    section(
      `types from ${origin}`,
      types.map((type) => [type]),
    );
  }
  section(
    "constants",
    listing.constants.map(({ name, value, kind }) => [name, kind === "string" ? JSON.stringify(value) : value]),
  );
  return text;
}
