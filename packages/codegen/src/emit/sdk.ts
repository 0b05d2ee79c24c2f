import type { RingMapPlan, SdkPlan } from "../plan/sdk.ts";
import { type EmitContext, useType } from "./context.ts";
import { commentText, quote } from "./text.ts";

function codecType(codec: string | undefined): string {
  return codec === undefined ? "undefined" : `typeof ${codec}`;
}

interface Entry {
  readonly property: string;
  readonly doc: string;
  readonly type: string;
  readonly value: string;
}

/** One exported const with a typed member per descriptor. */
function objectStatement(name: string, doc: string, entries: readonly Entry[]): string[] {
  if (entries.length === 0) return [];
  return [
    [
      `/** ${doc} */`,
      `export const ${name}: {`,
      ...entries.flatMap((entry) => [
        `  /** ${commentText(entry.doc)} */`,
        `  readonly ${entry.property}: ${entry.type};`,
      ]),
      "} = {",
      ...entries.map((entry) => `  ${entry.property}: ${entry.value},`),
      "};",
    ].join("\n"),
  ];
}

function ringValue(plan: RingMapPlan): string {
  const { ring, codec } = plan;
  return `{ name: ${quote(ring.name)}, type: ${quote(ring.type)}, maxEntries: ${ring.maxEntries}, mapFlags: ${ring.mapFlags}, codec: ${codec ?? "undefined"} }`;
}

function mapEntry(context: EmitContext, plan: RingMapPlan): Entry {
  const { property, map, ring, codec } = plan;
  const type = codecType(codec);
  if (ring === map) {
    const doc = `\`${map.name}\`: ${map.type}, ${map.maxEntries} bytes.`;
    return { property, doc, type: `${useType(context, "RingBufDescriptor")}<${type}>`, value: ringValue(plan) };
  }
  return {
    property,
    doc: `\`${map.name}\`: ${map.type} of ${ring.type}, ${map.maxEntries} slots.`,
    type: `${useType(context, "RingBufTableDescriptor")}<${type}>`,
    value: `{ name: ${quote(map.name)}, type: ${quote(map.type)}, maxEntries: ${map.maxEntries}, inner: ${ringValue(plan)} }`,
  };
}

/** The typed descriptors of an object: its ring maps, programs and global variables. */
export function sdkStatements(context: EmitContext, sdk: SdkPlan): string[] {
  return [
    ...objectStatement(
      "maps",
      "Ring maps of the object, with their codecs.",
      sdk.maps.map((plan) => mapEntry(context, plan)),
    ),
    ...objectStatement(
      "programs",
      "Programs of the object.",
      sdk.programs.map(({ property, name, section }) => ({
        property,
        doc: `\`${name}\` in \`${section}\`.`,
        type: useType(context, "ProgramDescriptor"),
        value: `{ name: ${quote(name)}, section: ${quote(section)} }`,
      })),
    ),
    ...objectStatement(
      "variables",
      "Global variables of the object.",
      sdk.variables.map(({ property, name, section, offset, size, codec }) => ({
        property,
        doc: `\`${name}\` in \`${section}\`${offset === undefined ? "" : ` at byte ${offset}`}, ${size} bytes.`,
        type: `${useType(context, "VariableDescriptor")}<${codecType(codec)}>`,
        value: `{ name: ${quote(name)}, section: ${quote(section)}, ${offset === undefined ? "" : `offset: ${offset}, `}size: ${size}, codec: ${codec ?? "undefined"} }`,
      })),
    ),
  ];
}
