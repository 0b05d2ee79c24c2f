import { readFileSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { RelayError } from "./relay-error.ts";

/**
 * Takes `folder` for this process, since two would number and remove each other's files; what gives it back. `what` it is
 * tells who finds it taken.
 * @throws RelayError EBUSY
 */
export function lockFolder(folder: string, name: string, what: string): () => void {
  const path = join(folder, name);
  for (;;) {
    try {
      // a link's target needs no block of its own: it can be made on a full file system
      symlinkSync(`${process.pid} ${startOf(process.pid)}`, path);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== "EEXIST") throw error;
      const [pid = "", start = ""] = linkText(path).split(" ");
      if (pid === "" || startOf(Number(pid)) !== start || start === "") {
        // left by a process that is gone
        rmSync(path, { force: true });
        continue;
      }
      throw new RelayError("EBUSY", `${what} ${folder} is in use by process ${pid}`);
    }
  }
}

/** When a process began, in ticks since boot; empty where it is gone (and "0" where that is not told). */
function startOf(pid: number): string {
  if (process.platform === "linux") return /\) (?:\S+ ){19}(\d+)/.exec(readText(`/proc/${pid}/stat`))?.[1] ?? "";
  try {
    process.kill(pid, 0);
    return "0";
  } catch {
    return "";
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function linkText(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
