import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What a package lets others import. */
export interface EntryPoint {
  /** As it is imported: "@rbgen/runtime/emulated". */
  readonly name: string;
  /** Its source, from the root of the repository. */
  readonly source: string;
}

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, string | { readonly "@rbgen/source"?: string }>>;
}

/** Every entry point of every package that is published. */
export function entryPoints(root: string): readonly EntryPoint[] {
  return readdirSync(join(root, "packages"))
    .sort()
    .flatMap((folder) => {
      const text = readFileSync(join(root, "packages", folder, "package.json"), "utf8");
      const { name, exports = {}, private: isPrivate } = JSON.parse(text) as Manifest;
      return isPrivate === true
        ? []
        : Object.entries(exports).flatMap(([path, target]) => {
            const source = typeof target === "string" ? undefined : target["@rbgen/source"];
            return source === undefined
              ? []
              : [{ name: `${name}${path.slice(1)}`, source: join("packages", folder, source) }];
          });
    });
}
