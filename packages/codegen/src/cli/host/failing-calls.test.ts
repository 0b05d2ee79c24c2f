import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { errorCode, type FileSystem } from "./host.ts";
import { realHost } from "./machine.ts";

const calls = [
  "closeSync",
  "fstatSync",
  "mkdtempSync",
  "openSync",
  "readFileSync",
  "readSync",
  "realpathSync",
  "renameSync",
  "rmSync",
  "statSync",
  "unlinkSync",
  "writeSync",
] as const;
type Calls = Record<(typeof calls)[number], (...args: unknown[]) => unknown>;

const real: Calls = Object.fromEntries(calls.map((name) => [name, fs[name]])) as Calls;
const patched = fs as unknown as Calls;

/**
 * Runs `work` while the `which`th call into the file system fails, and tells which call that was; undefined where there are
 * fewer. A call that gives something up (close, unlink) does so and then fails, as the kernel's does.
 */
function failing(which: number, work: () => void): string | undefined {
  let count = 0;
  let hit: string | undefined;
  for (const name of calls) {
    patched[name] = (...args) => {
      count += 1;
      if (count !== which) return real[name](...args);
      hit = name;
      if (name === "closeSync") real[name](...args);
      throw Object.assign(new Error(`EIO: i/o error, ${name}`), { code: "EIO", errno: -5, syscall: name });
    };
  }
  syncBuiltinESMExports();
  try {
    work();
  } finally {
    restore();
  }
  return hit;
}

function restore(): void {
  Object.assign(patched, real);
  syncBuiltinESMExports();
}

const descriptors = (): number => fs.readdirSync("/proc/self/fd").length;

describe.runIf(process.platform === "linux")("each call into the file system fails once", () => {
  const { files } = realHost();
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(join(tmpdir(), "rbgen-failing-"));
    fs.writeFileSync(join(folder, "old.ts"), "old\n");
  });
  afterEach(() => {
    restore();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  const works: Readonly<Record<string, (files: FileSystem, folder: string) => unknown>> = {
    "reading a file": (files, folder) => files.read(join(folder, "old.ts")),
    "reading a regular file": (files, folder) => files.readRegular(join(folder, "old.ts")),
    "asking for a folder": (files, folder) => files.isDirectory(folder),
    "writing a new file": (files, folder) => files.write(join(folder, "new.ts"), "new\n"),
    "replacing a file": (files, folder) => files.write(join(folder, "old.ts"), "new\n"),
  };

  test.each(Object.keys(works))("%s gives a system error, leaks nothing and leaves whole files", (name) => {
    const work = works[name]!;
    let failures = 0;
    for (let which = 1; ; which++) {
      fs.rmSync(join(folder, "new.ts"), { force: true });
      fs.writeFileSync(join(folder, "old.ts"), "old\n");
      const open = descriptors();
      let error: unknown;
      const hit = failing(which, () => {
        try {
          work(files, folder);
        } catch (thrown) {
          error = thrown;
        }
      });
      if (hit === undefined) {
        expect(error).toBeUndefined();
        break;
      }
      failures += 1;
      expect(errorCode(error), `${hit} failed`).toBe("EIO");
      expect(descriptors(), `${hit} failed`).toBe(open);
      const left = fs.readdirSync(folder).sort();
      expect(["old.ts", "new.ts,old.ts"], `${hit} failed`).toContain(left.join());
      for (const file of left) expect(["old\n", "new\n"]).toContain(fs.readFileSync(join(folder, file), "utf8"));
    }
    expect(failures).toBeGreaterThan(0);
  });

  test("a folder for a while is removed, or the error says that it could not be", () => {
    for (let which = 1; ; which++) {
      let used = false;
      let error: unknown;
      const hit = failing(which, () => {
        try {
          files.withFolder((path) => {
            used = fs.readdirSync(path).length === 0;
          });
        } catch (thrown) {
          error = thrown;
        }
      });
      if (hit === undefined) {
        expect(used).toBe(true);
        break;
      }
      expect(errorCode(error), `${hit} failed`).toBe("EIO");
    }
  });
});
