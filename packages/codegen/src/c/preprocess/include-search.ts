import { shims } from "./shims.ts";

/** A file that is there and cannot be read. */
export class UnreadableFile extends Error {
  readonly path: string;

  /** @param reason why, in words */
  constructor(path: string, reason: string) {
    super(`'${path}' cannot be read: ${reason}`);
    this.path = path;
  }
}

/** Gives the texts of files. Pure: the command reads the disk, a test reads a map. */
export interface IncludeHost {
  /**
   * Text of the file at `path`; undefined where there is none. Paths are joined with "/".
   * @throws UnreadableFile
   */
  read(path: string): string | undefined;
  /**
   * Whether `path` is a folder and no link to one: what `..` behind it leads to is known without asking. Where this is
   * absent, every folder is.
   */
  isPlainFolder?(path: string): boolean;
  /** Told of each included name that no folder has; gives the folders that are not searched and have it, for a note. */
  missed?(name: string): readonly string[];
}

export interface FoundFile {
  readonly path: string;
  readonly text: string;
  readonly shim: boolean;
  /** Index in the search list; −1 for a file beside its includer. */
  readonly index: number;
}

export interface SearchPaths {
  readonly quotePaths?: readonly string[];
  readonly includePaths: readonly string[];
  readonly systemPaths: readonly string[];
}

/** Finds included files in the order that C compilers use; built-in shims come last. */
export class IncludeSearch {
  readonly #host: IncludeHost;
  readonly #folders: readonly string[];
  readonly #quoteCount: number;
  readonly #cache = new Map<string, string | undefined>();

  constructor(host: IncludeHost, paths: SearchPaths) {
    this.#host = host;
    const quote = paths.quotePaths ?? [];
    this.#folders = [...quote, ...paths.includePaths, ...paths.systemPaths];
    this.#quoteCount = quote.length;
  }

  /** Text of the file at `path`. */
  read(path: string): string | undefined {
    if (!this.#cache.has(path)) this.#cache.set(path, this.#host.read(path));
    return this.#cache.get(path);
  }

  /** Finds `name`; `beside` is the includer's folder for a quoted name; `after` skips the list up to that index (include_next). */
  find(name: string, beside: string | undefined, after?: number): FoundFile | undefined {
    if (name === "" || name.includes("\0")) return undefined;
    if (name.startsWith("/")) {
      const text = this.read(name);
      return text === undefined ? undefined : { path: name, text, shim: false, index: -1 };
    }
    if (beside !== undefined && after === undefined) {
      const path = this.#join(beside, name);
      const text = this.read(path);
      if (text !== undefined) return { path, text, shim: false, index: -1 };
    }
    const first = after === undefined ? (beside === undefined ? this.#quoteCount : 0) : after + 1;
    for (let index = first; index < this.#folders.length; index++) {
      const path = this.#join(this.#folders[index]!, name);
      const text = this.read(path);
      if (text !== undefined) return { path, text, shim: false, index };
    }
    const text = shims.get(name);
    return text === undefined ? undefined : { path: `<rbgen>/${name}`, text, shim: true, index: this.#folders.length };
  }

  /**
   * `folder/name` with `.` and `..` resolved where they can be: behind a link or a folder that is not there, `..` is for
   * the system to follow, as compilers leave it.
   */
  #join(folder: string, name: string): string {
    const whole = folder === "" ? name : `${folder}/${name}`;
    if (!whole.includes("./") && !whole.includes("//")) return whole;
    const parts: string[] = [];
    for (const part of whole.split("/")) {
      if (part === "." || (part === "" && parts.length > 0)) continue;
      const last = parts[parts.length - 1];
      const leads = part === ".." && last !== undefined && last !== ".." && last !== "";
      if (leads && this.#host.isPlainFolder?.(parts.join("/")) !== false) parts.pop();
      else parts.push(part);
    }
    return parts.join("/");
  }

  /** Tells the host that no folder has `name`; gives the folders of which it knows that they do. */
  missed(name: string): readonly string[] {
    return this.#host.missed?.(name) ?? [];
  }

  /** The folders that {@link find} looks into, for a note. */
  searched(beside: string | undefined): string[] {
    const folders = this.#folders.slice(beside === undefined ? this.#quoteCount : 0);
    return beside === undefined ? folders : [beside === "" ? "." : beside, ...folders];
  }
}

/** The folder of `path`; "" for a bare name. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "" : slash === 0 ? "/" : path.slice(0, slash);
}
