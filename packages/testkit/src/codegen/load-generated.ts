import { compileFunction } from "node:vm";
import type { GeneratedCodec, JsonCodec } from "@rbgen/runtime";
import * as v1 from "@rbgen/runtime/codegen/v1";
import { transformWithOxc } from "vite";

/** What a test may do with any codec, whatever its record. */
export type AnyCodec = GeneratedCodec<unknown, unknown, object, object> & JsonCodec<unknown>;

const runtimeModule = "@rbgen/runtime/codegen/v1";

/**
 * The exports of a generated file, run in this process over the runtime's sources.
 *
 * Types are erased by vite's transformer, which prints every declaration at the start of a line: that is all that is
 * needed to turn imports and exports into those of a function.
 */
export async function loadGenerated(text: string): Promise<Readonly<Record<string, unknown>>> {
  const { code } = await transformWithOxc(text, "generated.ts", { lang: "ts", target: "es2022", sourcemap: false });
  const names: string[] = [];
  const body = code
    .replace(
      /^import (\{[^}]*\}) from "([^"]*)";$/gm,
      (_, taken: string, from: string) => `const ${taken.replace(/ as /g, ": ")} = load("${from}");`,
    )
    .replace(/^export (const|function|class) ([\w$\u0080-\uffff]+)/gm, (_, keyword: string, name: string) => {
      names.push(name);
      return `${keyword} ${name}`;
    });
  const load = (name: string): unknown => {
    if (name !== runtimeModule)
      throw new Error(`generated code imports ${name}, and may import ${runtimeModule} alone`);
    return v1;
  };
  const run = compileFunction(`"use strict";\n${body}\nreturn { ${names.join(", ")} };`, ["load"]) as (
    from: (name: string) => unknown,
  ) => Record<string, unknown>;
  return run(load);
}

function isCodec(value: unknown): value is AnyCodec {
  return typeof value === "object" && value !== null && "layoutHash" in value && "decode" in value;
}

/** Codecs of a generated file by the C name of their record; a global variable may have the name of a record, and comes after it. */
export function codecsOf(exports: Readonly<Record<string, unknown>>): ReadonlyMap<string, AnyCodec> {
  const codecs = new Map<string, AnyCodec>();
  for (const value of Object.values(exports)) {
    if (isCodec(value) && !codecs.has(value.name)) codecs.set(value.name, value);
  }
  return codecs;
}
