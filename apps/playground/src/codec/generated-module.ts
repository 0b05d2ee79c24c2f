import type { RecordCodec } from "@rbgen/runtime";
import * as runtime from "@rbgen/runtime/codegen/v1";

/** What a generated file exports. */
export type GeneratedModule = Readonly<Record<string, unknown>>;

type Body = (require: (name: string) => unknown, exports: Record<string, unknown>) => void;

/** Where scripts that are made of generated code hand themselves in, each by its number: several may be on their way. */
declare global {
  var takeGenerated: Map<number, (body: Body) => void> | undefined;
}

let loaded = 0;

/** Runs what a script at an address holds. */
export type RunScript = (url: string) => Promise<void>;

/**
 * Runs generated JavaScript, as a CommonJS module: as a script by its own address, since the policy lets no text be evaluated.
 * @throws Error that the script throws.
 */
export async function loadGenerated(script: string, run: RunScript): Promise<GeneratedModule> {
  const id = loaded++;
  globalThis.takeGenerated ??= new Map();
  const takers = globalThis.takeGenerated;
  const exports: Record<string, unknown> = {};
  let failed: { readonly error: unknown } | undefined;
  takers.set(id, (body) => {
    try {
      body(() => runtime, exports);
    } catch (error) {
      failed = { error };
    }
  });
  const code = `takeGenerated.get(${id})(function (require, exports) {${script}\n});`;
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  try {
    await run(url);
  } finally {
    takers.delete(id);
    URL.revokeObjectURL(url);
  }
  if (failed !== undefined) throw failed.error;
  return exports;
}

/** Runs a script in a page. */
export const runInPage: RunScript = async (url) => {
  const script = document.createElement("script");
  try {
    await new Promise<void>((resolve, reject) => {
      script.onload = () => resolve();
      script.onerror = () => reject(new Error("the browser did not run the generated code"));
      script.src = url;
      document.head.append(script);
    });
  } finally {
    script.remove();
  }
};

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
