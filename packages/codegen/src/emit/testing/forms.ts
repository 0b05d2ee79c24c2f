import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readHeader } from "../../c/front-end.ts";
import { generate } from "../../generate.ts";

const types = ["u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64"];
const integers: Readonly<Record<string, string>> = { 8: "char", 16: "short", 32: "int", 64: "long long" };
const included: Readonly<Record<string, string>> = {
  "rbgen.h": readFileSync(fileURLToPath(new URL("../../../include/rbgen.h", import.meta.url)), "utf8"),
  "linux/types.h": types
    .map((name) => `typedef ${name.startsWith("u") ? "unsigned" : "signed"} ${integers[name.slice(1)]} __${name};\n`)
    .join(""),
};

const folder = fileURLToPath(new URL("forms/", import.meta.url));

/** Headers whose records have several forms in one another. */
export const forms: readonly string[] = readdirSync(folder).map((file) => file.replace(/\.h$/, ""));

/** What is generated of one of them, with columns. */
export async function generatedForm(name: string): Promise<string> {
  const refuse = ({ code, message }: { code: string; message: string }): never => {
    throw new Error(`${name}: ${code} ${message}`);
  };
  const module = readHeader(
    { name: `${name}.h`, text: readFileSync(`${folder}${name}.h`, "utf8") },
    `${name}.h`,
    { read: (path) => included[path.replace(/^include\//, "")] },
    {
      ...{ endian: "little", includePaths: ["include"], systemPaths: [], forcedIncludes: [] },
      ...{ defines: [], undefines: [] },
    },
    refuse,
  );
  const file = await generate(
    module,
    { types: [], all: false, maps: {}, int64: "bigint", case: "camel", version: "0.0.0", columns: true },
    (diagnostic) => (diagnostic.severity === "error" ? refuse(diagnostic) : undefined),
  );
  if (file === undefined) throw new Error(`${name}: nothing is generated`);
  return file.text;
}
