import { dirname, join, relative, resolve } from "node:path";
import type { Report } from "../../diagnostics/diagnostic.ts";
import type { Host } from "../host/host.ts";
import { foldersOfDatabase } from "./compile-commands.ts";
import { reasonOf } from "./input-bytes.ts";
import { projectFolders } from "./project-folders.ts";

/** Folders in which projects keep their headers, as seen from each folder between the input and the repository's root. */
const usual = [
  "",
  "include",
  "includes",
  "inc",
  "headers",
  "vmlinux",
  "vmlinux.h",
  "bpf",
  "bpf/include",
  "bpf/headers",
  "common",
  "lib",
  "libbpf/include",
  "src",
  "types",
  "third_party",
  "vendor",
];

/** Folders that are taken of a compilation database. */
const mostDatabaseFolders = 4096;

/** Questions to the file system that one input may cost: that many missing files, times so many folders, is no project. */
const mostQuestions = 200_000;

/** A folder that is searched because it has an included file. */
export interface FoundFolder {
  /** As `-I` takes it. */
  readonly folder: string;
  /** The file that was found there. */
  readonly name: string;
  /** The compilation database that names the folder. */
  readonly database?: string;
}

/**
 * Where an included file lies that no folder of the command line has: in a folder of `compile_commands.json`, as a compiler
 * would find it, else in one of the folders in which projects keep headers, where just one of them has it.
 */
export class ProjectIncludes {
  readonly #host: Host;
  readonly #report: Report;
  /** Absolute. */
  readonly #source: string;
  readonly #found = new Map<string, FoundFolder | undefined>();
  readonly #places = new Map<string, readonly string[]>();
  #usual: readonly string[] | undefined;
  #questions = 0;
  #levels: readonly string[] | undefined;
  #database: { readonly file: string; readonly folders: readonly string[] } | "none" | undefined;

  /** @param source the input; "-" lies in the working folder */
  constructor(host: Host, source: string, report: Report) {
    this.#host = host;
    this.#report = report;
    this.#source = resolve(host.cwd, source === "-" ? "stdin" : source);
  }

  /** The folder to search for `name`; undefined where none has it, or several have. */
  find(name: string): FoundFolder | undefined {
    if (!mayBeOurs(name)) return undefined;
    // An input is read anew with each folder that is found, and then misses the rest again.
    if (!this.#found.has(name)) this.#found.set(name, this.#look(name));
    return this.#found.get(name);
  }

  #look(name: string): FoundFolder | undefined {
    const { file, folders } = this.#databaseFolders();
    const compiled = folders.find((folder) => this.#has(folder, name));
    if (compiled !== undefined) return { folder: this.#shown(compiled), name, database: this.#shown(file) };
    const [only, ...others] = this.#folders(name);
    // Where not all could be asked, another may have it, too.
    if (only === undefined || others.length > 0 || this.#isSpent(name)) return undefined;
    return { folder: this.#shown(only), name };
  }

  /** Folders of the project that have `name`, as `-I` takes them. */
  places(name: string): readonly string[] {
    return mayBeOurs(name) ? this.#folders(name).map((folder) => this.#shown(folder)) : [];
  }

  #shown(path: string): string {
    const shown = relative(this.#host.cwd, path);
    return shown === "" ? "." : shown;
  }

  #has(folder: string, name: string): boolean {
    if (this.#isSpent(name)) return false;
    const { files } = this.#host;
    const path = join(folder, name);
    this.#questions += 1;
    if (!files.exists(path)) return false;
    this.#questions += 1;
    return !files.isDirectory(path);
  }

  /** Whether no more may be asked; told once, at the name for which it was. */
  #isSpent(name: string): boolean {
    if (this.#questions < mostQuestions) return false;
    if (this.#questions < Number.POSITIVE_INFINITY) {
      this.#questions = Number.POSITIVE_INFINITY;
      this.#report({
        code: "RB5018",
        severity: "warning",
        at: this.#shown(this.#source),
        message: `folders of the project were asked ${mostQuestions} times for the files that it includes, and are not asked for '${name}' and those after it`,
        hint: "name the folders that have them with -I",
      });
    }
    return true;
  }

  #folders(name: string): readonly string[] {
    let found = this.#places.get(name);
    if (found === undefined) {
      found = this.#usualFolders().filter((folder) => this.#has(folder, name));
      this.#places.set(name, found);
    }
    return found;
  }

  /** Those of the usual folders that there are. */
  #usualFolders(): readonly string[] {
    this.#usual ??= this.#present(this.#folderLevels().flatMap((level) => usual.map((folder) => join(level, folder))));
    return this.#usual;
  }

  #present(folders: readonly string[]): readonly string[] {
    return [...new Set(folders)].filter((folder) => this.#host.files.isDirectory(folder));
  }

  #folderLevels(): readonly string[] {
    this.#levels ??= projectFolders(dirname(this.#source), this.#host.files);
    return this.#levels;
  }

  #databaseFolders(): { readonly file: string; readonly folders: readonly string[] } {
    this.#database ??= this.#readDatabase() ?? "none";
    return this.#database === "none" ? { file: "", folders: [] } : this.#database;
  }

  #readDatabase(): { readonly file: string; readonly folders: readonly string[] } | undefined {
    const { files } = this.#host;
    const file = this.#folderLevels()
      .flatMap((level) => [join(level, "compile_commands.json"), join(level, "build", "compile_commands.json")])
      .find((path) => files.exists(path));
    if (file === undefined) return undefined;
    try {
      const bytes = files.readRegular(file);
      if (bytes === undefined) throw new TypeError("it is no regular file");
      const named = foldersOfDatabase(new TextDecoder().decode(bytes), dirname(file), this.#source);
      if (named.length > mostDatabaseFolders) {
        this.#report({
          code: "RB5018",
          severity: "warning",
          at: this.#shown(file),
          message: `it names ${named.length} folders of includes: only the first ${mostDatabaseFolders} are searched`,
          hint: "name the folders that have what is included with -I",
        });
      }
      return { file, folders: this.#present(named.slice(0, mostDatabaseFolders)) };
    } catch (error) {
      this.#report({
        code: "RB5017",
        severity: "warning",
        at: this.#shown(file),
        message: `its folders of includes are not known: ${error instanceof TypeError ? error.message : reasonOf(error)}`,
        hint: "make it anew by the build that wrote it, or name the folders with -I",
      });
      return undefined;
    }
  }
}

/** A name that leaves its folder, or needs none, is not looked for elsewhere. */
function mayBeOurs(name: string): boolean {
  return name !== "" && !name.startsWith("/") && !name.includes("\0") && !name.split("/").includes("..");
}
