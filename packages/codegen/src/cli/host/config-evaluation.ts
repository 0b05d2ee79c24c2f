import { statSync } from "node:fs";
import { defineConfig } from "../../config/model.ts";

/** `import()` of a path or of one of our dependencies: the code that does it must not come from a {@link ScriptCache}. */
export type Import = (specifier: string) => Promise<unknown>;

/** What the default export of a configuration is: its code runs here. */
export async function evaluateConfig(path: string, load: Import): Promise<unknown> {
  // It exports nothing, as an undefined default export says.
  if (statSync(path).size === 0) return undefined;
  const { createJiti } = (await load("jiti")) as typeof import("jiti");
  // What a configuration imports of rbgen is here already, also where rbgen is run without being installed.
  const options = { moduleCache: false, fsCache: false, virtualModules: { rbgen: { defineConfig } } };
  let module: unknown;
  try {
    module = await createJiti(path, options).import(path);
  } catch (error) {
    // What jiti wraps a module in, for the names of CommonJS, fails on a default export of null.
    if (!(error instanceof TypeError)) throw error;
    const plain: unknown = await createJiti(path, { ...options, interopDefault: false })
      .import(path)
      .catch(() => error);
    if (!isObject(plain) || !("default" in plain) || plain.default !== null) throw error;
    return null;
  }
  // `module.exports` of anything else.
  if (!isObject(module)) return module;
  if (!("default" in module)) throw new Error("it has no default export: write export default defineConfig({ … })");
  // In place of undefined, the wrapping gives the module.
  const { default: value } = module;
  return isObject(value) && "default" in value && value.default === undefined ? undefined : value;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
