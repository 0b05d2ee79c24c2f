import type { RecordCodec } from "@rbgen/runtime";
import * as runtime from "@rbgen/runtime/codegen/v1";
import { ts } from "ts-morph";

/** What a generated file exports. */
export type GeneratedModule = Readonly<Record<string, unknown>>;

type Body = (require: (name: string) => unknown, exports: Record<string, unknown>) => void;

/** Where scripts that are made of generated code hand themselves in, each by its number: several may be on their way. */
declare global {
  var takeGenerated: Map<number, (body: Body) => void> | undefined;
}

let loaded = 0;

/** Runs a generated file: as a script of the page's own, since its policy lets no text be evaluated. */
export async function loadGenerated(text: string): Promise<GeneratedModule> {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const id = loaded++;
  globalThis.takeGenerated ??= new Map();
  const takers = globalThis.takeGenerated;
  const code = `takeGenerated.get(${id})(function (require, exports) {${outputText}\n});`;
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const script = document.createElement("script");
  try {
    return await new Promise((resolve, reject) => {
      const exports: Record<string, unknown> = {};
      takers.set(id, (body) => {
        try {
          body(() => runtime, exports);
          resolve(exports);
        } catch (error) {
          reject(error);
        }
      });
      script.onerror = () => reject(new Error("the browser did not run the generated code"));
      script.src = url;
      document.head.append(script);
    });
  } finally {
    takers.delete(id);
    script.remove();
    URL.revokeObjectURL(url);
  }
}

/** The codecs that a generated file exports: those of its maps first, since a record of any kind decodes by these. */
export function codecsOf(module: GeneratedModule): readonly RecordCodec<unknown>[] {
  const found = new Set<RecordCodec<unknown>>(mapCodecs(module).values());
  for (const value of Object.values(module)) if (isCodec(value)) found.add(value);
  return [...found];
}

/** The codecs of maps, by the names of these. */
export function mapCodecs(module: GeneratedModule): ReadonlyMap<string, RecordCodec<unknown>> {
  const maps = (module["maps"] ?? {}) as Readonly<Record<string, { readonly name: string; readonly codec?: unknown }>>;
  const codecs = new Map<string, RecordCodec<unknown>>();
  for (const { name, codec } of Object.values(maps)) if (isCodec(codec)) codecs.set(name, codec);
  return codecs;
}

function isCodec(value: unknown): value is RecordCodec<unknown> {
  return typeof value === "object" && value !== null && "decode" in value && "layoutHash" in value;
}
