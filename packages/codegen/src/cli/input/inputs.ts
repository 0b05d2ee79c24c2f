import { createHash } from "node:crypto";
import { basename, isAbsolute, resolve } from "node:path";
import { type Btf, BtfError, parseBtf } from "@rbgen/btf";
import { readBtfModule } from "../../btf/btf-module.ts";
import type { Diagnostic, Report } from "../../diagnostics/diagnostic.ts";
import { printable } from "../../diagnostics/display-text.ts";
import type { TypeModule } from "../../module.ts";
import { errorCode, type Host } from "../host/host.ts";
import { displayName, foreignForm, inputKind, isCxx, readInputBytes, reasonOf } from "./input-bytes.ts";
import { type FoundFolder, ProjectIncludes } from "./project-includes.ts";
import type { InputSettings } from "./settings.ts";
import { systemIncludePaths } from "./system-paths.ts";

/** BTF of the running kernel. */
const kernelBtf = "/sys/kernel/btf/vmlinux";

/** Who asks for inputs: the machine, and what takes diagnostics and what is told of the way. */
export interface Asker {
  readonly host: Host;
  readonly report: Report;
  tell(text: string): void;
}

/** BTF that answers for the kernel's types. */
interface KernelTypes {
  readonly btf: Btf;
  readonly name: string;
  readonly explicit: boolean;
  readonly hash: string;
}

/** Folders that are found for one input. */
const mostFolders = 16;

/** Reads inputs; what several of them need (a base, the kernel's BTF) is read once. */
export class InputReader {
  readonly #host: Host;
  readonly #settings: InputSettings;
  readonly #report: Report;
  readonly #say: (text: string) => void;
  readonly #bases = new Map<string, Btf | undefined>();
  readonly #use: (path: string) => void;
  readonly #found = new Map<string, FoundFolder>();

  /** @param use is told of files that were read before, and serve another input, too */
  constructor({ host, report, tell }: Asker, settings: InputSettings, use: (path: string) => void = () => undefined) {
    this.#host = host;
    this.#settings = settings;
    this.#report = report;
    this.#say = tell;
    this.#use = use;
  }

  /** Folders of the project that are searched since an input includes what lies there, by path. */
  get foundFolders(): ReadonlyMap<string, FoundFolder> {
    return this.#found;
  }

  /** The module that `path` holds, whatever it is; undefined, and a diagnostic, where that fails. */
  async read(path: string): Promise<TypeModule | undefined> {
    const bytes = await readInputBytes(path, this.#host, this.#report);
    if (bytes === undefined) return undefined;
    switch (inputKind(bytes)) {
      case "btf":
      case "elf":
        return await this.#readBtf(path, bytes);
      case "text":
        return this.#readHeader(path, bytes);
      case "binary":
        this.#refuseForeign(path, bytes);
        return undefined;
    }
  }

  #refuseForeign(path: string, bytes: Uint8Array): void {
    const form = foreignForm(bytes);
    const { what = "neither a C header, BTF nor an ELF object" } = form ?? {};
    this.#report({
      code: "RB5003",
      severity: "error",
      at: displayName(path),
      message: `the input is ${what}`,
      ...(form === undefined ? { notes: [`it starts with the bytes ${hex(bytes.subarray(0, 8))}`] } : {}),
      hint:
        form?.hint.replace("FILE", () => path) ??
        "give a header, an object that clang compiled for BPF, or BTF such as /sys/kernel/btf/vmlinux",
    });
  }

  async #readBtf(path: string, bytes: Uint8Array): Promise<TypeModule | undefined> {
    const basePath = this.#settings.base ?? impliedBase(path, this.#host);
    const base = basePath === undefined ? undefined : this.#readBase(basePath);
    if (basePath !== undefined && base === undefined) return undefined;
    const raw = inputKind(bytes) === "btf";
    const { typesFrom } = this.#settings;
    const header = typesFrom === undefined ? undefined : await this.#readTypes(typesFrom, bytes);
    if (typesFrom !== undefined && header === undefined) return undefined;
    const module = readBtfModule(
      bytes,
      {
        name: path === "-" ? "stdin" : basename(path),
        path: displayName(path),
        ...(base === undefined ? {} : { base: { btf: base, name: basename(basePath!) } }),
        ...(header !== undefined && { header }),
        provenance: () => (raw ? [`BTF sha256:${sha256(bytes)}`] : []),
      },
      this.#report,
    );
    const wanted = this.#settings.wantedEndian;
    if (module === undefined || wanted === undefined || wanted === module.endian) return module;
    this.#report({
      code: "RB5011",
      severity: "error",
      at: displayName(path),
      message: `it is ${module.endian}-endian, and --endian ${wanted} was given`,
      hint: "leave --endian out: it is for headers, which do not say their target",
    });
    return undefined;
  }

  /** The header of `--types`, laid out for the target of the object. */
  async #readTypes(path: string, object: Uint8Array): Promise<TypeModule | undefined> {
    const bytes = await readInputBytes(path, this.#host, this.#report);
    if (bytes === undefined) return undefined;
    if (inputKind(bytes) === "text") return await this.#readHeader(path, bytes, targetOf(object));
    this.#report({
      code: "RB5003",
      severity: "error",
      at: displayName(path),
      message: "--types takes a C header, and this is none",
      hint: "BTF that an object extends is given by --base",
    });
    return undefined;
  }

  #readBase(path: string): Btf | undefined {
    if (!this.#bases.has(path)) this.#bases.set(path, this.#parseBase(path));
    else this.#use(resolve(this.#host.cwd, path));
    return this.#bases.get(path);
  }

  #parseBase(path: string): Btf | undefined {
    let bytes: Uint8Array;
    try {
      bytes = this.#host.files.read(resolve(this.#host.cwd, path));
    } catch (error) {
      this.#report({ code: "RB5001", severity: "error", at: path, message: `cannot read ${path}: ${reasonOf(error)}` });
      return undefined;
    }
    try {
      return parseBtf(bytes);
    } catch (error) {
      if (!(error instanceof BtfError)) throw error;
      this.#report({ code: "RB3001", severity: "error", at: path, message: error.message });
      return undefined;
    }
  }

  async #readHeader(path: string, bytes: Uint8Array, endian = this.#settings.endian): Promise<TypeModule | undefined> {
    if (this.#settings.wantedBase) {
      this.#report({
        code: "RB5014",
        severity: "warning",
        at: displayName(path),
        message: "--base has no effect on C source: it is for split BTF",
        hint: "--vmlinux FILE answers for the kernel's types that a header uses",
      });
    }
    this.#warnOfMissingFolders();
    const text = decodeText(bytes);
    const { readHeader, UnreadableFile } = await import("../../c/front-end.ts");
    const kernel = this.#kernel();
    if (kernel === "unreadable") return undefined;
    let settings = this.#settings;
    const host = this.#host;
    const project = new ProjectIncludes(host, path, this.#report);
    const misses = new Set<string>();
    const readable = <Answer>(path: string, ask: () => Answer): Answer => {
      try {
        return ask();
      } catch (error) {
        if (errorCode(error) === undefined) throw error;
        throw new UnreadableFile(path, reasonOf(error));
      }
    };
    const read = (withKernel: boolean, report: Report) =>
      readHeader(
        { name: displayName(path), text },
        path === "-" ? "" : path,
        {
          read: (file) =>
            readable(file, () => {
              const found = host.files.readRegular(from(host.cwd, file));
              return found === undefined ? undefined : decodeText(found);
            }),
          missed: (name) => {
            misses.add(name);
            const places = project.places(name);
            return places.length > 1 ? places : [];
          },
          isPlainFolder: (folder) => readable(folder, () => host.files.isPlainDirectory(from(host.cwd, folder))),
        },
        {
          endian,
          quotePaths: settings.quotePaths,
          includePaths: settings.includePaths,
          systemPaths: [...settings.systemPaths, ...systemIncludePaths(host, settings.sysroot)],
          forcedIncludes: settings.forcedIncludes,
          defines: settings.defines,
          undefines: settings.undefines,
          limits: settings.limits,
          ...(kernel === undefined || !withKernel ? {} : { kernel }),
        },
        report,
      );
    const input = { path, text };
    const { module, tell } = this.#withFoundFolders(input, project, misses, (found, report) => {
      settings = { ...this.#settings, includePaths: [...this.#settings.includePaths, ...found] };
      return read(true, report);
    });
    if (settings.frontend === "builtin") {
      tell();
      return module;
    }
    const { readWithClang } = await import("./clang-frontend.ts");
    const { kernelHeader } = await import("../../clang/kernel-header.ts");
    const header = kernel === undefined ? undefined : { name: kernel.name, text: () => kernelHeader(kernel.btf) };
    try {
      return readWithClang(path, text, settings, header, read, host, this.#report);
    } catch (error) {
      if (!(error instanceof BtfError)) throw error;
      this.#report({
        code: "RB3001",
        severity: "error",
        at: kernel?.name ?? displayName(path),
        message: error.message,
      });
      return undefined;
    }
  }

  /**
   * Reads an input with the folders of its project that have what it includes, as if each had been given with `-I`; adds the
   * first file that is found, and reads anew, since another folder changes what other names mean.
   */
  #withFoundFolders(
    { path, text }: { readonly path: string; readonly text: string },
    project: ProjectIncludes,
    misses: Set<string>,
    read: (folders: readonly string[], report: Report) => TypeModule,
  ): { readonly module: TypeModule; readonly tell: () => void } {
    const folders: string[] = [];
    for (;;) {
      misses.clear();
      const told: Diagnostic[] = [];
      // A module tells more when it is asked for more.
      let report: Report = (diagnostic) => told.push(diagnostic);
      const module = read(folders, (diagnostic) => report(diagnostic));
      let found: FoundFolder | undefined;
      for (const name of misses) {
        found = project.find(name);
        if (found !== undefined) break;
      }
      if (found === undefined || folders.includes(found.folder) || folders.length >= mostFolders) {
        const tell = (): void => {
          report = this.#report;
          const isWrong = told.some(({ severity }) => severity === "error");
          if (isWrong && isCxx(text)) this.#tellOfCxx(path);
          else for (const diagnostic of told) report(diagnostic);
        };
        return { module, tell };
      }
      folders.push(found.folder);
      this.#tell(found);
    }
  }

  /** In place of the errors that it makes: a header of C++. */
  #tellOfCxx(path: string): void {
    this.#report({
      code: "RB5003",
      severity: "error",
      at: displayName(path),
      message: "the input is C++, and rbgen reads C",
      hint: "move the records into a header that both can read, and put what is C++ under #ifdef __cplusplus",
    });
  }

  #tell(found: FoundFolder): void {
    if (this.#found.has(found.folder)) return;
    this.#found.set(found.folder, found);
    const by = found.database === undefined ? "" : `, by ${found.database}`;
    this.#say(`${printable(`-I ${found.folder}: found ${found.name} there${by}`)}\n`);
  }

  #warnOfMissingFolders(): void {
    const { quotePaths, includePaths, systemPaths, sysroot } = this.#settings;
    const { files, cwd } = this.#host;
    const named = [
      ...quotePaths.map((folder) => ["-iquote", folder] as const),
      ...includePaths.map((folder) => ["-I", folder] as const),
      ...systemPaths.map((folder) => ["-isystem", folder] as const),
      ...(sysroot === undefined ? [] : [["--sysroot", sysroot] as const]),
    ];
    for (const [option, folder] of named) {
      if (files.isDirectory(resolve(cwd, folder))) continue;
      this.#report({
        code: "RB5015",
        severity: "warning",
        at: folder,
        message: `${option} ${folder} is no folder, so nothing is found there`,
        ...(isAbsolute(folder) ? {} : { hint: `it is looked for in ${cwd}` }),
      });
    }
  }

  /** What answers for the kernel's types: read when a header asks for one, or at once where it was named. */
  #kernel(): KernelTypes | "unreadable" | undefined {
    const { vmlinux } = this.#settings;
    const { files } = this.#host;
    const path = vmlinux === undefined ? kernelBtf : resolve(this.#host.cwd, vmlinux);
    if (vmlinux !== undefined && this.#readBase(vmlinux) === undefined) return "unreadable";
    if (vmlinux === undefined && (this.#host.platform !== "linux" || !files.exists(path))) return undefined;
    const read = () => this.#readBase(vmlinux ?? kernelBtf);
    return {
      get btf() {
        const btf = read();
        if (btf === undefined) throw new BtfError("header", `${path} cannot be read`);
        return btf;
      },
      get hash() {
        return `sha256:${sha256(files.read(path))}`;
      },
      name: vmlinux ?? kernelBtf,
      explicit: vmlinux !== undefined,
    };
  }
}

/** Byte order of BTF or of an object; of bytes that are neither, which are told of elsewhere, anything. */
function targetOf(bytes: Uint8Array): "little" | "big" {
  // EI_DATA of an ELF file; the magic number of BTF.
  if (inputKind(bytes) === "elf") return bytes[5] === 2 ? "big" : "little";
  return bytes[0] === 0xeb ? "big" : "little";
}

/** `path` as seen from `cwd`; a `..` in it is for the system to follow, since a link may stand before it. */
function from(cwd: string, path: string): string {
  return isAbsolute(path) ? path : `${cwd}/${path}`;
}

/** A module's BTF in sysfs extends the kernel's, which lies beside it. */
function impliedBase(path: string, host: Host): string | undefined {
  const full = path === "-" ? "" : resolve(host.cwd, path);
  return full.startsWith("/sys/kernel/btf/") && full !== kernelBtf ? kernelBtf : undefined;
}

function decodeText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
