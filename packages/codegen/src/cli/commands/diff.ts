import { BtfError, effectOf, type LayoutEffect } from "@rbgen/btf";
import { printable, printableJson } from "../../diagnostics/display-text.ts";
import type { Paint } from "../../diagnostics/render.ts";
import { globMatcher, isGlob } from "../../glob.ts";
import { type Chosen, chosenFrom, ownTypes } from "../../layout/select.ts";
import type { TypeModule } from "../../module.ts";
import { compareTypes, type Drift } from "../drift.ts";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { loadConfiguration } from "../input/configuration.ts";
import { displayName } from "../input/input-bytes.ts";
import { InputReader } from "../input/inputs.ts";
import type { DiffOptions } from "../input/options.ts";
import { inputSettings } from "../input/settings.ts";
import type { Invocation } from "../invocation.ts";

interface TypeDrift {
  readonly name: string;
  readonly kind: string;
  readonly affects: LayoutEffect;
  readonly differences: readonly Drift[];
}

interface Comparison {
  readonly types: readonly TypeDrift[];
  readonly onlyOld: readonly string[];
  readonly onlyNew: readonly string[];
  /** Types that are the same. */
  readonly same: number;
  /** Byte orders, where they differ: every integer is affected. */
  readonly endian?: readonly [before: string, after: string];
}

const inWords: Readonly<Record<LayoutEffect, string>> = {
  decode: "decode is affected",
  encode: "encode is affected",
  both: "decode and encode are affected",
  neither: "neither decode nor encode is affected",
};

/** `rbgen diff <old> <new>`: exit code 3 where the layouts differ. */
export async function diffCommand(
  before: string,
  after: string,
  options: DiffOptions,
  invocation: Invocation,
): Promise<ExitCode> {
  const { host } = invocation;
  const configuration = await loadConfiguration(options.config, host, invocation.report);
  let comparison: Comparison | undefined;
  if (configuration !== undefined) {
    const reader = new InputReader(host, inputSettings(options, configuration.input), invocation.report);
    const old = await reader.read(before);
    const now = await reader.read(after);
    if (old !== undefined && now !== undefined && invocation.errors === 0) {
      comparison = compare(old, now, options.types, [displayName(before), displayName(after)], invocation);
    }
  }
  const differs = comparison !== undefined && isDifferent(comparison);
  if (options.json) {
    const document = {
      schema: 1,
      old: displayName(before),
      new: displayName(after),
      differs,
      ...(comparison ?? { types: [], onlyOld: [], onlyNew: [], same: 0 }),
      diagnostics: invocation.jsonDiagnostics(),
    };
    host.stdout.write(`${printableJson(document, 2)}\n`);
  } else {
    if (comparison !== undefined) host.stdout.write(textOf(comparison, invocation.outPaint));
    invocation.printDiagnostics();
  }
  if (invocation.errors > 0) return exitCode.input;
  return differs ? exitCode.differs : exitCode.ok;
}

function isDifferent({ types, onlyOld, onlyNew, endian }: Comparison): boolean {
  return types.length + onlyOld.length + onlyNew.length > 0 || endian !== undefined;
}

function compare(
  old: TypeModule,
  now: TypeModule,
  patterns: readonly string[],
  names: readonly [before: string, after: string],
  invocation: Invocation,
): Comparison {
  const readable = (module: TypeModule, at: string): Map<string, Chosen[]> => {
    try {
      return byName(module, patterns);
    } catch (error) {
      if (!(error instanceof BtfError)) throw error;
      invocation.report({ code: "RB3006", severity: "error", at, message: error.message });
      return new Map();
    }
  };
  const before = readable(old, names[0]);
  const after = readable(now, names[1]);
  if (invocation.errors > 0) return { types: [], onlyOld: [], onlyNew: [], same: 0 };
  for (const pattern of patterns) {
    if (isGlob(pattern) || before.has(pattern) || after.has(pattern)) continue;
    const message = `neither ${names[0]} nor ${names[1]} defines a type "${pattern}"`;
    invocation.report({ code: "RB5004", severity: "error", at: names[0], message });
  }
  const types: TypeDrift[] = [];
  let same = 0;
  for (const [name, candidates] of before) {
    const others = after.get(name);
    if (others === undefined) continue;
    try {
      const drift = closest(candidates, others);
      if (drift === undefined) same += 1;
      else types.push(drift);
    } catch (error) {
      if (!(error instanceof BtfError)) throw error;
      invocation.report({ code: "RB3006", severity: "error", at: `${names[0]}: ${name}`, message: error.message });
    }
  }
  return {
    types,
    onlyOld: [...before.keys()].filter((name) => !after.has(name)),
    onlyNew: [...after.keys()].filter((name) => !before.has(name)),
    same,
    ...(old.endian === now.endian ? {} : { endian: [old.endian, now.endian] as const }),
  };
}

/** The named structs, unions and enums to compare; several may share a name. */
function byName(module: TypeModule, patterns: readonly string[]): Map<string, Chosen[]> {
  const matchers = patterns.map((pattern) =>
    isGlob(pattern) ? globMatcher(pattern) : (name: string) => name === pattern,
  );
  const plain = patterns.length > 0 && !patterns.some(isGlob);
  const all = plain
    ? patterns.flatMap((name) => module.find(name).flatMap((type) => chosenFrom(type) ?? []))
    : patterns.length === 0
      ? ownTypes(module)
      : // What a pattern asks for may stand in an included file.
        [...module.names()]
          .filter((name) => matchers.some((matches) => matches(name)))
          .flatMap((name) => module.find(name).flatMap((type) => chosenFrom(type) ?? []));
  const found = new Map<string, Chosen[]>();
  for (const chosen of all) {
    if (matchers.length > 0 && !matchers.some((matches) => matches(chosen.name))) continue;
    const list = found.get(chosen.name);
    if (list === undefined) found.set(chosen.name, [chosen]);
    else if (!list.some((other) => other.type === chosen.type)) list.push(chosen);
  }
  return found;
}

/** How a type differs; of types that share a name, each is held against the one that is most like it. */
function closest(before: readonly Chosen[], after: readonly Chosen[]): TypeDrift | undefined {
  let worst: TypeDrift | undefined;
  for (const old of before) {
    let best: readonly Drift[] | undefined;
    for (const now of after) {
      const drifts = compareTypes(old.type, now.type);
      if (best === undefined || drifts.length < best.length) best = drifts;
      if (drifts.length === 0) break;
    }
    if (best === undefined || best.length === 0) continue;
    if (worst === undefined || best.length > worst.differences.length) {
      const kind = old.type.kind.replace("64", "");
      worst = { name: old.name, kind, affects: effectOf(best), differences: best };
    }
  }
  return worst;
}

function textOf(comparison: Comparison, paint: Paint): string {
  let text = "";
  const { endian, types, onlyOld, onlyNew, same } = comparison;
  if (endian !== undefined) {
    text += `${paint.strong(`byte order changed from ${endian[0]} to ${endian[1]}`)}: ${inWords.both}\n`;
  }
  for (const { name, kind, affects, differences } of types) {
    const words = affects === "neither" ? paint.faint(inWords[affects]) : paint.warning(inWords[affects]);
    text += `${paint.strong(`${kind} ${printable(name)}`)}: ${words}\n`;
    for (const { message } of differences) text += `  ${printable(message)}\n`;
  }
  for (const name of onlyOld) text += `${paint.strong(printable(name))} is only in the old one\n`;
  for (const name of onlyNew) text += `${paint.strong(printable(name))} is only in the new one\n`;
  const different = types.length + onlyOld.length + onlyNew.length;
  return `${text}${paint.faint(`${different} of ${different + same} types differ`)}\n`;
}
