import { dirname, join } from "node:path";
import type { FileSystem } from "../host/host.ts";

/** Folders above one that are looked at. */
const mostLevels = 32;

/** A folder, and those above it up to the root of its git repository; outside of one nothing says where a project ends. */
export function projectFolders(folder: string, files: Pick<FileSystem, "exists">): readonly string[] {
  const levels: string[] = [];
  for (let at = folder; levels.length < mostLevels; at = dirname(at)) {
    levels.push(at);
    if (files.exists(join(at, ".git"))) return levels;
    if (dirname(at) === at) break;
  }
  return levels.slice(0, 1);
}
