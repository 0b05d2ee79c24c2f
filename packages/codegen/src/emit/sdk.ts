import type { Type } from "@rbgen/btf";
import { counted } from "../diagnostics/counted.ts";
import { cText } from "../plan/resolve.ts";
import type { ElementMapPlan, RingMapPlan, SdkPlan } from "../plan/sdk.ts";
import { block, type Code, code, commentText, quote } from "./code.ts";
import { type EmitContext, useType } from "./context.ts";

function codecType(codec: Code | undefined): Code {
  return codec === undefined ? code`undefined` : code`typeof ${codec}`;
}

interface Entry {
  readonly property: Code;
  readonly doc: string;
  readonly type: Code;
  readonly value: Code;
}

/** One exported const with a typed member per descriptor. */
function objectStatement(name: Code, doc: Code, entries: readonly Entry[]): Code[] {
  if (entries.length === 0) return [];
  return [
    block([
      code`/** ${doc} */`,
      code`export const ${name}: {`,
      ...entries.flatMap((entry) => [
        code`  /** ${commentText(entry.doc)} */`,
        code`  readonly ${entry.property}: ${entry.type};`,
      ]),
      code`} = {`,
      ...entries.map((entry) => code`  ${entry.property}: ${entry.value},`),
      code`};`,
    ]),
  ];
}

function perfValue({ ring, codec }: RingMapPlan): Code {
  return code`{ name: ${quote(ring.name)}, type: "perf_event_array", maxEntries: ${ring.maxEntries}, codec: ${codec ?? code`undefined`} }`;
}

function ringValue(plan: RingMapPlan): Code {
  const { ring, codec } = plan;
  return code`{ name: ${quote(ring.name)}, type: ${quote(ring.type)}, maxEntries: ${ring.maxEntries}, mapFlags: ${ring.mapFlags}, codec: ${codec ?? code`undefined`} }`;
}

function elementEntry(context: EmitContext, { property, map, elements, key, value }: ElementMapPlan): Entry {
  const { name, type, maxEntries, mapFlags } = map;
  const told = (codec: Code | undefined, of: Type | undefined): string =>
    codec === undefined || of === undefined ? "bytes" : `\`${cText(of)}\``;
  const keys = elements === "array" ? "" : ` from ${told(key, map.key)}`;
  const codecs = code`valueCodec: ${value ?? code`undefined`}`;
  const all = elements === "array" ? codecs : code`keyCodec: ${key ?? code`undefined`}, ${codecs}`;
  const types = elements === "array" ? codecType(value) : code`${codecType(key)}, ${codecType(value)}`;
  return {
    property,
    doc: `\`${name}\`: ${type}, ${maxEntries} entries,${keys}${elements === "array" ? " of" : " to"} ${told(value, map.value)}.`,
    type: code`${useType(context, elements === "array" ? "ArrayMapDescriptor" : "HashMapDescriptor")}<${types}>`,
    value: code`{ name: ${quote(name)}, type: ${quote(type)}, maxEntries: ${maxEntries}, mapFlags: ${mapFlags}, ${all} }`,
  };
}

function mapEntry(context: EmitContext, plan: RingMapPlan | ElementMapPlan): Entry {
  if ("elements" in plan) return elementEntry(context, plan);
  const { property, map, ring, codec } = plan;
  const found = plan.found === undefined ? "" : ` ${plan.found}.`;
  const type = codecType(codec);
  const isPerf = ring.type === "perf_event_array";
  if (isPerf && ring === map) {
    const slots = map.maxEntries === 0 ? "a slot for each CPU" : counted(map.maxEntries, "slot");
    return {
      property,
      doc: `\`${map.name}\`: perf event array, ${slots}.${found}`,
      type: code`${useType(context, "PerfEventArrayDescriptor")}<${type}>`,
      value: perfValue(plan),
    };
  }
  if (ring === map) {
    const doc = `\`${map.name}\`: ${map.type}, ${counted(map.maxEntries, "byte")}.${found}`;
    return { property, doc, type: code`${useType(context, "RingBufDescriptor")}<${type}>`, value: ringValue(plan) };
  }
  return {
    property,
    doc: `\`${map.name}\`: ${map.type} of ${ring.type}, ${counted(map.maxEntries, "slot")}.${found}`,
    type: code`${useType(context, isPerf ? "PerfEventArrayTableDescriptor" : "RingBufTableDescriptor")}<${type}>`,
    value: code`{ name: ${quote(map.name)}, type: ${quote(map.type)}, maxEntries: ${map.maxEntries}, inner: ${isPerf ? perfValue(plan) : ringValue(plan)} }`,
  };
}

/** The typed descriptors of an object: its maps, programs and global variables. */
export function sdkStatements(context: EmitContext, sdk: SdkPlan): Code[] {
  return [
    ...objectStatement(
      code`maps`,
      code`Maps of the object, with their codecs.`,
      sdk.maps.map((plan) => mapEntry(context, plan)),
    ),
    ...objectStatement(
      code`programs`,
      code`Programs of the object.`,
      sdk.programs.map(({ property, name, section, codec }) => {
        const type = useType(context, "ProgramDescriptor");
        const told = code`name: ${quote(name)}, section: ${quote(section)}`;
        return {
          property,
          doc: `\`${name}\` in \`${section}\`.`,
          type: codec === undefined ? type : code`${type}<${codecType(codec)}>`,
          value: codec === undefined ? code`{ ${told} }` : code`{ ${told}, codec: ${codec} }`,
        };
      }),
    ),
    ...objectStatement(
      code`variables`,
      code`Global variables of the object.`,
      sdk.variables.map(({ property, name, section, offset, size, codec }) => ({
        property,
        doc: `\`${name}\` in \`${section}\`${offset === undefined ? "" : ` at byte ${offset}`}, ${counted(size, "byte")}.`,
        type: code`${useType(context, "VariableDescriptor")}<${codecType(codec)}>`,
        value: code`{ name: ${quote(name)}, section: ${quote(section)}, ${offset === undefined ? "" : code`offset: ${offset}, `}size: ${size}, codec: ${codec ?? code`undefined`} }`,
      })),
    ),
  ];
}
