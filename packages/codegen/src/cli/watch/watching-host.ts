import type { FileSystem, Host } from "../host/host.ts";
import { ReadFiles, withFiles } from "../host/read-files.ts";
import { readImports } from "../input/config-imports.ts";

/** What a configuration was evaluated to, and the files that this came of. */
interface Evaluated {
  readonly files: ReadFiles;
  readonly value: unknown;
}

/**
 * The machine for many turns: what a configuration gave is kept while it and what it imports stay as they are, and nothing is
 * waited for that is no file.
 */
export function watchingHost(host: Host): Host {
  const kept = new Map<string, Evaluated>();
  return {
    ...withFiles(host, regularOnly(host.files)),
    async loadConfig(path) {
      const before = kept.get(path);
      if (before !== undefined && before.files.changed() === undefined) return before.value;
      kept.delete(path);
      // Looked at before they are evaluated: what changes meanwhile is told by the next look.
      const files = new ReadFiles(host.files);
      readImports(path, files);
      const value = await host.loadConfig(path);
      kept.set(path, { files, value });
      return value;
    },
  };
}

/** Pipes and devices would be waited for, and no signal ends that: they are refused. */
function regularOnly(files: FileSystem): FileSystem {
  return {
    ...files,
    read(path) {
      const bytes = files.readRegular(path);
      if (bytes !== undefined) return bytes;
      if (files.exists(path) && !files.isDirectory(path)) {
        throw Object.assign(new Error("it is a pipe or a device, and --watch is for files"), { code: "EINVAL" });
      }
      return files.read(path);
    },
  };
}
