import { dirname, resolve } from "node:path";
import type { FileSystem } from "../host/host.ts";

/** Where a module may name another one by a relative path. In a comment it costs no more than a look. */
const relativeImport = /\b(?:from|import|require)\s*\(?\s*(["'])(\.{1,2}\/[^"'\n]+)\1/g;
/** What a name without an extension, or with that of JavaScript for TypeScript, may stand for. */
const extensions = [".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", ".json"];

/**
 * Reads the files that a configuration imports by relative paths, directly or by each other, and looks where those would be
 * that are not there: what is generated depends on them.
 */
export function readImports(path: string, files: Pick<FileSystem, "readRegular">): void {
  const seen = new Set([path]);
  for (const module of seen) {
    const bytes = files.readRegular(module);
    if (bytes === undefined || module.endsWith(".json")) continue;
    for (const [, , name = ""] of new TextDecoder().decode(bytes).matchAll(relativeImport)) {
      const imported = meantBy(resolve(dirname(module), name), files);
      if (imported !== undefined) seen.add(imported);
    }
  }
}

/** The file that an import means: that of the name, else of TypeScript, of an extension, of a folder. */
function meantBy(path: string, files: Pick<FileSystem, "readRegular">): string | undefined {
  const typed = path.replace(/\.([mc]?)js$/, ".$1ts");
  const others = extensions.flatMap((extension) => [`${path}${extension}`, `${path}/index${extension}`]);
  return [path, ...(typed === path ? [] : [typed]), ...others].find((each) => files.readRegular(each) !== undefined);
}
