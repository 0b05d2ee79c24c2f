import { readHeader } from "../../c/front-end.ts";
import type { TypeModule } from "../../module.ts";

/** The types of a header, for the little-endian target. */
export function headerOf(text: string): TypeModule {
  const options = { includePaths: [], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] };
  return readHeader(
    { name: "types.h", text },
    "types.h",
    { read: () => undefined },
    { endian: "little", ...options },
    ({ message }) => {
      throw new Error(message);
    },
  );
}
