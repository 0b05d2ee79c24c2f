import { existsSync } from "node:fs";
import { type Elf, type ElfSymbol, readElf } from "@rbgen/btf";
import { loadAddon } from "../addon/load-addon.ts";
import { cString } from "../kernel/attributes.ts";
import { kernelError, ringError } from "../kernel/errno.ts";
import { checkName } from "./attach-arguments.ts";
import { nearestOf } from "./nearest.ts";

/** A probe that a program was compiled with. */
export interface StaticProbe {
  readonly provider: string;
  readonly name: string;
}

/** A program or library, as far as probes in it need to know. */
export class Binary {
  readonly path: string;
  readonly #bytes: Uint8Array;
  readonly #elf: Elf;
  #found: readonly ElfSymbol[] | undefined;

  /**
   * @param named a path, or a name that is looked for as the system does: libraries where they are, programs in PATH
   * @throws RingBufError ENOENT, EACCES; EINVAL for a file that is no ELF.
   */
  constructor(named: string) {
    this.path = findBinary(checkName(named, "path"));
    const bytes = loadAddon().readFile(cString(this.path));
    if (typeof bytes === "number") throw kernelError(bytes, "open", `"${this.path}" cannot be read`);
    this.#bytes = bytes;
    try {
      this.#elf = readElf(bytes);
    } catch (error) {
      throw ringError("EINVAL", `"${this.path}" is no program or library: ${(error as Error).message}`);
    }
  }

  /**
   * Where function `symbol` starts, in bytes from the start of the file.
   * @throws RingBufError ENOENT with the nearest names; EINVAL for what is no function, or several.
   */
  offsetOf(symbol: string): number {
    const named = this.#symbols().filter(({ name }) => name === symbol);
    const functions = named.filter(({ type, section }) => type === "func" && section !== undefined);
    if (functions.length === 0) {
      if (named.some(({ section }) => section !== undefined)) {
        throw ringError(
          "EINVAL",
          `"${symbol}" of ${this.path} is no function, or one that is chosen when it is loaded`,
        );
      }
      throw ringError("ENOENT", `${this.path} has no function "${symbol}"${this.#hint(symbol)}`);
    }
    const strong = functions.filter(({ bind }) => bind === "global");
    const offsets = [...new Set((strong.length === 0 ? functions : strong).map((found) => this.#place(found)))];
    if (offsets.length === 1) return offsets[0] as number;
    const list = offsets.map((offset) => `0x${offset.toString(16)}`).join(", ");
    throw ringError("EINVAL", `${this.path} has several functions "${symbol}", tell the offset of one: ${list}`);
  }

  /** Probes of SystemTap's form (`.note.stapsdt`), in the order of the file. */
  get probes(): readonly StaticProbe[] {
    const bytes = this.#elf.section(".note.stapsdt")?.bytes;
    if (bytes === undefined) return [];
    const little = this.#elf.endian === "little";
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const found: StaticProbe[] = [];
    for (let at = 0; at + 12 <= bytes.length; ) {
      const description = at + 12 + padded(view.getUint32(at, little));
      const end = description + view.getUint32(at + 4, little);
      if (end > bytes.length) break;
      // place, base and semaphore come before the texts
      const [provider = "", name = ""] = new TextDecoder()
        .decode(bytes.subarray(description + (this.#elf.bits / 8) * 3, end))
        .split("\0");
      found.push({ provider, name });
      at = description + padded(end - description);
    }
    return found;
  }

  #symbols(): readonly ElfSymbol[] {
    this.#found ??= this.#readSymbols();
    return this.#found;
  }

  /** Of both tables; a stripped file has the dynamic one alone, of which versions that are not the default's are left out. */
  #readSymbols(): readonly ElfSymbol[] {
    const versions = this.#elf.section(".gnu.version")?.bytes;
    const little = this.#elf.endian === "little";
    const view = versions && new DataView(versions.buffer, versions.byteOffset, versions.byteLength);
    const hidden = ({ index }: ElfSymbol): boolean =>
      view !== undefined && index * 2 + 2 <= view.byteLength && (view.getUint16(index * 2, little) & 0x8000) !== 0;
    try {
      const dynamic = this.#elf.dynamicSymbols;
      const current = dynamic.filter((symbol) => !hidden(symbol));
      const names = new Set(current.map(({ name }) => name));
      const old = dynamic.filter((symbol) => hidden(symbol) && !names.has(symbol.name));
      return [...current, ...old, ...this.#elf.symbols.filter(({ name }) => !names.has(name))];
    } catch (error) {
      throw ringError("EINVAL", `the symbols of "${this.path}" cannot be read: ${(error as Error).message}`);
    }
  }

  #hint(symbol: string): string {
    const names = this.#symbols().flatMap(({ name, type, section }) => (type === "func" && section ? name : []));
    return names.length === 0 ? ": it has none at all, it was stripped" : nearestOf(symbol, names);
  }

  #place({ value, section }: ElfSymbol): number {
    const start = section === undefined ? 0 : section.bytes.byteOffset - this.#bytes.byteOffset;
    return start + Number(value - (section?.address ?? 0n));
  }
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

const architectures: Readonly<Record<string, string>> = { x64: "x86_64-linux-gnu", arm64: "aarch64-linux-gnu" };

function findBinary(named: string): string {
  if (named.includes("/")) return named;
  const library = /\.so(\.|$)/.test(named);
  const told = (library ? process.env["LD_LIBRARY_PATH"] : process.env["PATH"]) ?? "";
  const usual = library
    ? ["/usr/lib64", `/usr/lib/${architectures[process.arch]}`, "/usr/lib"]
    : ["/usr/bin", "/usr/sbin"];
  const folders = [...told.split(":").filter((folder) => folder !== ""), ...usual];
  const found = folders.map((folder) => `${folder}/${named}`).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw ringError("ENOENT", `there is no "${named}" in ${folders.join(", ")}: tell its path`);
}
