import { isAscii } from "node:buffer";
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { Script } from "node:vm";
import { crc32 } from "node:zlib";

const head = "(function (exports, require, module, __filename, __dirname) {";
const tail = "\n})";

type Loader = (module: NodeJS.Module, path: string) => void;

/** A script of which nothing was kept, or nothing that V8 takes. */
interface Fresh {
  readonly kept: string;
  readonly script: Script;
}

/**
 * `module.enableCompileCache()` for releases of Node without it, for CommonJS modules. What V8 made of a module, with all of
 * its functions that ran, is kept when the process ends: in a folder for the version and machine of Node, in a file that is
 * named after the module, its size, its CRC-32 and that of its path, as 4 bytes of CRC-32 and V8's data. V8 itself looks at its version and flags.
 * `import()` does not work in such a module.
 */
export class ScriptCache {
  readonly #folder: string;
  readonly #fresh: Fresh[] = [];

  constructor(folder: string) {
    this.#folder = join(folder, `${process.version}-${process.arch}`);
  }

  /** Has `require` load the modules that `wants` names from here on. */
  install(wants: (path: string) => boolean): void {
    const { extensions } = createRequire(import.meta.url);
    const load: Loader | undefined = extensions[".js"];
    // Node 21 and 22.0 have neither this sum nor a cache of their own.
    if (load === undefined || crc32 === undefined) return;
    extensions[".js"] = (module: NodeJS.Module, path: string): void => {
      if (wants(path)) this.load(module, path);
      else load(module, path);
    };
    process.once("exit", () => this.write());
  }

  /** Runs the CommonJS module at `path` as `module`. */
  load(module: NodeJS.Module, path: string): void {
    const source = readWrapped(path);
    // With the path, which stack traces name: another checkout's would be told as this one.
    const sums = [source, path].map((text) => crc32(text).toString(16));
    const kept = join(this.#folder, `${basename(path)}-${source.length}-${sums.join("-")}`);
    const data = readKept(kept);
    const script = new Script(source.toString(isAscii(source) ? "latin1" : "utf8"), {
      filename: path,
      columnOffset: -head.length,
      ...(data === undefined ? {} : { cachedData: data }),
    });
    if (data === undefined || script.cachedDataRejected === true) this.#fresh.push({ kept, script });
    const run: (this: unknown, ...names: unknown[]) => void = script.runInThisContext();
    run.call(module.exports, module.exports, createRequire(path), module, path, dirname(path));
  }

  /** Keeps what was not taken from here; gives the number of files. None where they cannot be written. */
  write(): number {
    let count = 0;
    try {
      for (const { kept, script } of this.#fresh.splice(0)) {
        if (count === 0) mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
        writeWhole(kept, script.createCachedData());
        count += 1;
      }
    } catch {
      // The next run compiles again.
    }
    return count;
  }
}

/** A module as the function that Node makes of it: made in place, since TypeScript is nine megabytes. */
function readWrapped(path: string): Buffer {
  const file = openSync(path, "r");
  try {
    const end = head.length + fstatSync(file).size;
    const source = Buffer.allocUnsafeSlow(end + tail.length);
    source.write(head, "latin1");
    for (let at = head.length; at < end; ) {
      const count = readSync(file, source, at, end - at, null);
      if (count === 0) throw new Error(`${path} was cut while it was read`);
      at += count;
    }
    source.write(tail, end, "latin1");
    return source;
  } finally {
    closeSync(file);
  }
}

/** What was kept, if it is whole: V8 does not look for damage. */
function readKept(path: string): Buffer | undefined {
  try {
    const bytes = readFileSync(path);
    const data = bytes.subarray(4);
    return bytes.readUInt32LE() === crc32(data) ? data : undefined;
  } catch {
    return undefined;
  }
}

/** Nobody ever sees half of it; of several that write at once, the last one counts. */
function writeWhole(path: string, data: Buffer): void {
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(data));
  const part = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(part, Buffer.concat([sum, data]), { flag: "wx", mode: 0o600 });
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}
