import { mkdirSync, type Stats, statSync } from "node:fs";
import * as module from "node:module";
import { dirname, isAbsolute, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { ScriptCache } from "./script-cache.ts";

/** Where this user keeps what can be made again; undefined where nothing says. Never a folder that users share. */
export function cacheFolder(env: NodeJS.ProcessEnv, platform: string): string | undefined {
  const { LOCALAPPDATA, XDG_CACHE_HOME, HOME } = env;
  const within = (root: string | undefined, ...path: string[]): string | undefined =>
    root !== undefined && isAbsolute(root) ? join(root, ...path) : undefined;
  if (platform === "win32") return within(LOCALAPPDATA, "rbgen", "cache");
  return within(XDG_CACHE_HOME, "rbgen") ?? within(HOME, ".cache", "rbgen");
}

/**
 * Makes the folder where it is missing. Whether code may be taken from it: nobody else wrote what is there, or could. It is not
 * made in another user's, as `sudo` would in the home of who called it.
 */
function isOurs(folder: string): boolean {
  const user = process.getuid?.();
  const status = statSync(folder, { throwIfNoEntry: false });
  if (status !== undefined) return user === undefined || (status.uid === user && (status.mode & 0o022) === 0);
  if (user !== undefined && nearest(dirname(folder)).uid !== user) return false;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return true;
}

/** The folder itself, or the first one above it that is there: `/` is, where there are users by number. */
function nearest(folder: string): Stats {
  return statSync(folder, { throwIfNoEntry: false }) ?? nearest(dirname(folder));
}

/** This command, and what costs the most of what it loads: ts-morph, and TypeScript in it. */
function isHeavy(path: string): boolean {
  const here = dirname(fileURLToPath(import.meta.url)) + sep;
  return (
    path.startsWith(here) ||
    /[\\/](?:ts-morph|@ts-morph[\\/]common)[\\/]dist[\\/](?:ts-morph|typescript)\.js$/.test(path)
  );
}

/**
 * Keeps what V8 makes of modules between runs: compiling TypeScript, which ts-morph brings, takes longer than all the rest.
 * Nothing depends on it; where it cannot be read or written, it is as if it were not there. `NODE_DISABLE_COMPILE_CACHE`
 * turns it off, as it does Node's own.
 */
export function keepCompiled(env: NodeJS.ProcessEnv, platform: string): void {
  if (env["NODE_DISABLE_COMPILE_CACHE"] !== undefined) return;
  const folder = cacheFolder(env, platform);
  if (folder === undefined) return;
  try {
    if (!isOurs(folder)) return;
    // From Node 22.1 on. Bun has neither it nor V8.
    const { enableCompileCache } = module as { readonly enableCompileCache?: (folder: string) => unknown };
    if (enableCompileCache !== undefined) enableCompileCache(folder);
    else if (process.versions["bun"] === undefined) new ScriptCache(folder).install(isHeavy);
  } catch {
    // A file in the folder's place, or a folder that we may not look into.
  }
}
