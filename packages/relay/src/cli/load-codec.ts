import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { describePresent } from "@rbgen/btf";
import type { RecordCodec } from "@rbgen/runtime";
import * as v1 from "@rbgen/runtime/codegen/v1";
import { createJiti } from "jiti";
import { messageOf } from "../relay-error.ts";
import { CommandError, UsageError } from "./exit-code.ts";

/** A codec of a generated file, whatever its record. */
export type LoadedCodec = RecordCodec<unknown, never>;

/** What a generated file has. */
export interface GeneratedFile {
  readonly path: string;
  /** By the C name of their record. */
  readonly codecs: ReadonlyMap<string, LoadedCodec>;
  /** By the name of the ring map that holds their records. */
  readonly rings: ReadonlyMap<string, LoadedCodec>;
}

/**
 * Loads a file that `rbgen` generated. Its code runs, over the runtime that this package has: errors of its decoders are
 * those that readers know.
 * @throws CommandError
 */
export async function loadGeneratedFile(file: string, cwd: string): Promise<GeneratedFile> {
  const path = resolve(cwd, file);
  if (!existsSync(path)) {
    throw new CommandError(`there is no file ${file}`, `generate it: npx rbgen events.h -o ${file}`);
  }
  let exports: Readonly<Record<string, unknown>>;
  try {
    const options = { moduleCache: false, fsCache: false, virtualModules: { "@rbgen/runtime/codegen/v1": v1 } };
    exports = await createJiti(path, options).import<Readonly<Record<string, unknown>>>(path);
  } catch (error) {
    throw new CommandError(`${file} cannot be loaded: ${messageOf(error)}`, "it is to be a file that rbgen generated");
  }
  const codecs = new Map<string, LoadedCodec>();
  for (const value of Object.values(exports)) {
    if (isCodec(value) && !codecs.has(value.name)) codecs.set(value.name, value);
  }
  const rings = new Map<string, LoadedCodec>();
  for (const value of Object.values((exports["maps"] ?? {}) as object)) {
    const { name, codec } = (value ?? {}) as { readonly name?: unknown; readonly codec?: unknown };
    if (typeof name === "string" && isCodec(codec)) rings.set(name, codec);
  }
  if (codecs.size === 0) throw new CommandError(`${file} has no codec`, `generate it: npx rbgen events.h -o ${file}`);
  return { path: file, codecs, rings };
}

function isCodec(value: unknown): value is LoadedCodec {
  return typeof value === "object" && value !== null && "layoutHash" in value && "decode" in value && "layout" in value;
}

/**
 * Which codec of a file, and of which ring.
 * @throws UsageError where it does not tell.
 */
export function chooseCodec(
  { path, codecs, rings }: GeneratedFile,
  asked: { readonly type: string | undefined; readonly ring: string | undefined },
): { readonly codec: LoadedCodec; readonly ring: string } {
  const codec = codecOf({ path, codecs, rings }, asked);
  if (asked.ring !== undefined) return { codec, ring: asked.ring };
  const names = [...rings].filter(([, other]) => other === codec).map(([name]) => name);
  if (names.length === 1) return { codec, ring: names[0]! };
  throw new UsageError(
    names.length === 0
      ? `${path} does not say which ring has ${codec.name}: name it with --ring`
      : `${path} has several rings of ${codec.name}: choose with --ring: ${names.join(", ")}`,
  );
}

function codecOf(
  { path, codecs, rings }: GeneratedFile,
  { type, ring }: { readonly type: string | undefined; readonly ring: string | undefined },
): LoadedCodec {
  if (type !== undefined) {
    const named = codecs.get(type);
    if (named !== undefined) return named;
    throw new UsageError(`${path} has no record "${type}"${describePresent(type, codecs.keys())}`);
  }
  const own = ring === undefined ? undefined : rings.get(ring);
  if (own !== undefined) return own;
  const candidates = rings.size > 0 && ring === undefined ? new Set(rings.values()) : new Set(codecs.values());
  if (candidates.size === 1) return [...candidates][0]!;
  throw new UsageError(
    rings.size > 1 && ring === undefined
      ? `${path} has several rings: choose with --ring: ${[...rings.keys()].join(", ")}`
      : `${path} has several records: choose with --type: ${[...candidates].map(({ name }) => name).join(", ")}`,
  );
}
