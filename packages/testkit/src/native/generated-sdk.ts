import { generate, readBtfModule } from "rbgen";
import { loadGenerated } from "../codegen/load-generated.ts";

/** What `rbgen probe.bpf.o` generates from an object, as a module's exports. */
export async function generatedSdk(object: Uint8Array): Promise<Readonly<Record<string, unknown>>> {
  const refuse = ({ severity, message }: { readonly severity: string; readonly message: string }): void => {
    if (severity === "error") throw new Error(message);
  };
  const module = readBtfModule(object, { name: "object.bpf.o", path: "object.bpf.o" }, refuse);
  if (module === undefined) throw new Error("the object has no types");
  const options = { types: [], all: true, maps: {}, int64: "bigint", case: "camel", version: "0.0.0" } as const;
  const file = await generate(module, options, refuse);
  if (file === undefined) throw new Error("nothing was generated");
  return loadGenerated(file.text);
}
