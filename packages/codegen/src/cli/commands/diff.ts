import { BtfError, didYouMean, effectOf, type LayoutEffect, type Type } from "@rbgen/btf";
import { printable, printableJson } from "../../diagnostics/display-text.ts";
import type { Paint } from "../../diagnostics/render.ts";
import { literalPart } from "../../glob.ts";
import { compareTypes, type Drift } from "../../layout/drift.ts";
import { type Chosen, chosenFrom, heldBy, ownTypes } from "../../layout/select.ts";
import type { TypeModule } from "../../module.ts";
import { bareName, lookUp, namesMatching } from "../../plan/look-up.ts";
import { loadedSections } from "../../plan/sections.ts";
import { driftText, programText } from "../drift-text.ts";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { loadConfiguration } from "../input/configuration.ts";
import { displayName } from "../input/input-bytes.ts";
import { InputReader } from "../input/inputs.ts";
import type { DiffOptions } from "../input/options.ts";
import { inputSettings } from "../input/settings.ts";
import type { Invocation } from "../invocation.ts";
import { comparePrograms, countDifferent, type ProgramDrift } from "../program-drift.ts";
import { recordsOfMaps } from "../records.ts";

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
  /** Types of a source that its object may lack, since compilers drop what nothing refers to. */
  readonly dropped: readonly string[];
  /** Types that are the same. */
  readonly same: number;
  /** Byte orders, where they differ: every integer is affected. */
  readonly endian?: readonly [before: string, after: string];
  /** Of two programs, where no type is asked for by its name. */
  readonly maps?: ProgramDrift["maps"];
  readonly variables?: ProgramDrift["variables"];
}

const kindInWords: Readonly<Partial<Record<Type["kind"], string>>> = {
  enum: "an enum",
  enum64: "an enum",
  fwd: "a declaration without a definition",
  int: "an integer",
  typedef: "a typedef of something else",
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
    const reader = new InputReader(invocation, inputSettings(options, configuration.input));
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
      ...(comparison ?? { types: [], onlyOld: [], onlyNew: [], dropped: [], same: 0 }),
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

function isDifferent({ types, onlyOld, onlyNew, endian, maps, variables }: Comparison): boolean {
  if (types.length + onlyOld.length + onlyNew.length > 0 || endian !== undefined) return true;
  return [maps, variables].some((drift) => drift !== undefined && countDifferent(drift) > 0);
}

function compare(
  old: TypeModule,
  now: TypeModule,
  patterns: readonly string[],
  names: readonly [before: string, after: string],
  invocation: Invocation,
): Comparison {
  const readable = <Answer>(at: string, ask: () => Answer, otherwise: Answer): Answer => {
    try {
      return ask();
    } catch (error) {
      if (!(error instanceof BtfError)) throw error;
      invocation.report({ code: "RB3006", severity: "error", at, message: error.message });
      return otherwise;
    }
  };
  const asked = readable(names[0], () => namesAsked([old, now], patterns), new Map<string, readonly string[]>());
  const wanted = new Set(
    patterns.length > 0
      ? [...asked.values()].flat()
      : [
          ...readable(names[0], () => reached(old).map(({ name }) => name), []),
          ...readable(names[1], () => reached(now).map(({ name }) => name), []),
        ],
  );
  const before = readable(names[0], () => byName(old, wanted), new Map<string, Chosen[]>());
  const after = readable(names[1], () => byName(now, wanted), new Map<string, Chosen[]>());
  if (invocation.errors > 0) return { types: [], onlyOld: [], onlyNew: [], dropped: [], same: 0 };
  for (const [pattern, matched] of asked) {
    if (!matched.some((name) => before.has(name) || after.has(name))) {
      tellMissing(pattern, [old, now], names, invocation);
    }
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
  const drifting = new Set(types.map(({ name }) => name));
  const program =
    patterns.length > 0
      ? undefined
      : readable(names.join(", "), () => comparePrograms(old, now, (name) => drifting.has(name)), undefined);
  const onlyOld = [...before.keys()].filter((name) => !after.has(name));
  const onlyNew = [...after.keys()].filter((name) => !before.has(name));
  const named = new Set([...asked].flatMap(([pattern, matched]) => (matched.includes(pattern) ? [pattern] : [])));
  // Compilers drop types that nothing refers to, so that an object lacks some of its source's: one that is asked for by its name counts.
  const isDropped = (name: string, module: TypeModule, other: TypeModule): boolean =>
    module.kind === "btf" && other.kind === "header" && !named.has(name);
  return {
    types,
    onlyOld: onlyOld.filter((name) => !isDropped(name, now, old)),
    onlyNew: onlyNew.filter((name) => !isDropped(name, old, now)),
    dropped: [
      ...onlyOld.filter((name) => isDropped(name, now, old)),
      ...onlyNew.filter((name) => isDropped(name, old, now)),
    ],
    same,
    ...(old.endian === now.endian ? {} : { endian: [old.endian, now.endian] as const }),
    ...program,
  };
}

/** The names that each `--type` asks for: what a pattern matches may stand in an included file. */
function namesAsked(
  modules: readonly TypeModule[],
  patterns: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  return new Map(
    patterns.map((pattern) => [pattern, modules.flatMap((module) => namesMatching(module, pattern) ?? [pattern])]),
  );
}

function tellMissing(
  pattern: string,
  modules: readonly TypeModule[],
  names: readonly [before: string, after: string],
  invocation: Invocation,
): void {
  const glob = modules.some((module) => namesMatching(module, pattern) !== undefined);
  const others = glob ? [] : modules.flatMap((module) => module.find(bareName(pattern)));
  const hint = didYouMean(
    literalPart(bareName(pattern)),
    modules.flatMap((module) => [...module.names()]),
  );
  const what = "a struct, union or enum";
  invocation.report({
    code: "RB5004",
    severity: "error",
    at: names[0],
    message: `neither ${names[0]} nor ${names[1]} defines ${what} ${glob ? `that matches "${pattern}"` : `"${pattern}"`}`,
    ...(others.length === 0
      ? hint !== undefined && { hint }
      : { notes: [...new Set(others.map(({ kind }) => `there is ${kindInWords[kind] ?? `a ${kind}`} of that name`))] }),
  });
}

/**
 * The types to compare where `--type` asks for none: what a header defines, and of a program what its records, its maps' keys
 * and values and its variables hold, where it has any.
 */
function reached(module: TypeModule): readonly Chosen[] {
  if (module.maps.length + module.programs.length === 0) return ownTypes(module);
  const records = [...recordsOfMaps(module).values()].flatMap((names) => names.split(","));
  const types: Type[] = records.flatMap((name) => lookUp(module, name));
  for (const { key, value, inner } of module.maps) {
    for (const type of [key, value, inner?.key, inner?.value]) if (type !== undefined) types.push(type);
  }
  for (const { variables } of loadedSections(module)) {
    for (const { variable } of variables) if (variable.kind === "var") types.push(variable.type);
  }
  const held = heldBy(types);
  return held.length === 0 ? ownTypes(module) : held;
}

/** The structs, unions and enums of each name; several may share one. */
function byName(module: TypeModule, names: Iterable<string>): Map<string, Chosen[]> {
  const found = new Map<string, Chosen[]>();
  for (const name of names) {
    const named = bareName(name) === name ? module.find(name) : lookUp(module, name);
    const chosen = named.flatMap((type) => chosenFrom(type) ?? []);
    const unique = chosen.filter(({ type }, index) => chosen.findIndex((other) => other.type === type) === index);
    if (unique.length > 0) found.set(name, unique);
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
  const { endian, types, onlyOld, onlyNew, dropped, maps, variables } = comparison;
  if (endian !== undefined)
    text += driftText(`byte order changed from ${endian[0]} to ${endian[1]}`, "both", [], paint);
  for (const { name, kind, affects, differences } of types) {
    text += driftText(`${kind} ${name}`, affects, differences, paint);
  }
  for (const name of onlyOld) text += `${paint.strong(printable(name))} is only in the old one\n`;
  for (const name of onlyNew) text += `${paint.strong(printable(name))} is only in the new one\n`;
  for (const name of dropped)
    text += paint.faint(
      `${printable(name)} is not in the object: compilers drop what nothing refers to (RB_RECORD of rbgen.h keeps a map's record, -g all types)\n`,
    );
  if (maps !== undefined && variables !== undefined) text += programText({ maps, variables }, paint);
  return `${text}${paint.faint(`${countsOf(comparison)} differ`)}\n`;
}

/** "1 of 3 types, 0 of 2 maps and 1 of 1 variables": of maps and variables, where there are some. */
function countsOf({ types, onlyOld, onlyNew, same, maps, variables }: Comparison): string {
  const different = types.length + onlyOld.length + onlyNew.length;
  const counts = [`${different} of ${different + same} types`];
  for (const [noun, drift] of [["maps", maps] as const, ["variables", variables] as const]) {
    if (drift === undefined) continue;
    const changed = countDifferent(drift);
    if (changed + drift.same > 0) counts.push(`${changed} of ${changed + drift.same} ${noun}`);
  }
  const last = counts.pop();
  return counts.length === 0 ? `${last}` : `${counts.join(", ")} and ${last}`;
}
