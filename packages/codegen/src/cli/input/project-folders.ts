import { dirname, join } from "node:path";
import type { FileSystem } from "../host/host.ts";
import { packageMark, repositoryMark } from "../host/project-marks.ts";

/** Folders above one that are looked at. */
const mostLevels = 32;

/** A folder, and those above it up to the root of its git repository; outside of one, up to the nearest package.json, if there is one. */
export function projectFolders(folder: string, files: Pick<FileSystem, "exists">): readonly string[] {
  const levels: string[] = [];
  for (let at = folder; levels.length < mostLevels; at = dirname(at)) {
    levels.push(at);
    if (files.exists(join(at, repositoryMark))) return levels;
    if (dirname(at) === at) break;
  }
  const packaged = levels.findIndex((level) => files.exists(join(level, packageMark)));
  return levels.slice(0, Math.max(packaged, 0) + 1);
}
