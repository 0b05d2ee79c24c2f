import { type Diagnostic, generate, type TypeModule } from "rbgen";
import { structsOfElements } from "../object/element-structs.ts";
import { generateOptions } from "../source/read-source.ts";
import type { ElementScript } from "./protocol.ts";
import { scriptOf } from "./script-of.ts";

/** Code for the structs that keys and values of maps are: of all at once, or where one of them cannot be generated, of each by itself. */
export function elementScripts(module: TypeModule): Promise<readonly ElementScript[]> {
  return scriptsOf(module, structsOfElements(module.maps));
}

async function scriptsOf(module: TypeModule, types: readonly string[]): Promise<readonly ElementScript[]> {
  if (types.length === 0) return [];
  // What is wrong with a type is told of the records; of an element it means hex.
  const ignored = (_: Diagnostic): void => {};
  const generated = await generate(module, { ...generateOptions, types, maps: {}, infer: false }, ignored);
  if (generated !== undefined) return [{ types, script: scriptOf(generated.text) }];
  if (types.length === 1) return [];
  return (await Promise.all(types.map((type) => scriptsOf(module, [type])))).flat();
}
