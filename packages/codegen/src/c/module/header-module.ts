import type { Datasec, Endian, Location, NamedType, Type } from "@rbgen/btf";
import type { Span } from "../../diagnostics/diagnostic.ts";
import {
  type Constant,
  carrierOf,
  type MapDefinition,
  type Origin,
  type ProgramDefinition,
  type SentMap,
  type TypeModule,
} from "../../module.ts";
import type { KernelTypes } from "../parse/foreign.ts";
import type { Declared, Parser } from "../parse/parser.ts";
import type { Preprocessor } from "../preprocess/preprocessor.ts";
import { SentRecords } from "../sent/sent-records.ts";
import { asked } from "../text/complaints.ts";
import { basic, stripped, tagOf } from "../type/ctype.ts";
import { Constants } from "./constants.ts";
import { keptBy } from "./kept.ts";
import { readLegacyMaps, readMaps } from "./map-definition.ts";
import { programsOf } from "./program.ts";
import { sectionsOf } from "./section.ts";

/** What one header or `.bpf.c` defines, after it has been read whole. */
export class HeaderModule implements TypeModule {
  readonly kind = "header";
  readonly name: string;
  readonly path: string;
  readonly endian: Endian;
  readonly pointerSize = 8;
  readonly maps: readonly MapDefinition[];
  readonly programs: readonly ProgramDefinition[];
  readonly sections: readonly Datasec[];
  readonly #parser: Parser;
  readonly #preprocessor: Preprocessor;
  readonly #kernel: KernelTypes | undefined;
  /** The input was read to its end. */
  readonly #complete: boolean;
  readonly #compiled: readonly Declared[];
  readonly #legacyMaps: readonly string[];
  #sent: readonly SentMap[] | undefined;
  /** Types that functions define for themselves and send, by name. */
  #local: ReadonlyMap<string, NamedType> = new Map();
  #positions: Map<object, number> | undefined;
  #constants: readonly Constant[] | undefined;

  constructor(
    path: string,
    endian: Endian,
    parser: Parser,
    preprocessor: Preprocessor,
    kernel: KernelTypes | undefined,
    complete: boolean,
  ) {
    this.#complete = complete;
    const name = path.replace(/^.*[/\\]/, "");
    this.name = name;
    this.path = path;
    this.endian = endian;
    this.#parser = parser;
    this.#preprocessor = preprocessor;
    this.#kernel = kernel;
    // A source file is compiled with all that it includes; a header stands for itself.
    const whole = /\.c$/i.test(name);
    const own = parser.declared.filter((declared) => this.#inInput(declared.pos));
    const compiled = whole ? parser.declared : own;
    this.maps = readMaps(parser, compiled);
    this.#legacyMaps = readLegacyMaps(parser, compiled);
    this.programs = programsOf(compiled);
    this.#compiled = compiled;
    const kept = keptBy(parser, compiled);
    this.sections = sectionsOf(compiled.filter((declared) => kept(declared)));
  }

  sent(): readonly SentMap[] {
    this.#sent ??= this.#readSent();
    return this.#sent;
  }

  #readSent(): readonly SentMap[] {
    if (this.maps.length + this.programs.length === 0) return [];
    const functions = this.#compiled.filter(({ body, value }) => body !== undefined || value !== undefined);
    const programs = new Map(this.programs.map(({ name, section }) => [name, section]));
    const roots = functions.filter((own) => programs.has(own.name) || (!own.static && this.#inInput(own.pos)));
    const maps = new Map<string, Type | undefined>(this.maps.map(({ name, value }) => [name, value]));
    for (const name of this.#legacyMaps) maps.set(name, undefined);
    const carriers = this.maps.filter((map) => carrierOf(map) !== undefined).map(({ name }) => name);
    const outer = new Set(this.maps.filter(({ type }) => type.endsWith("_of_maps")).map(({ name }) => name));
    const records = new SentRecords(this.#parser, functions, maps, carriers, outer);
    this.#local = records.local;
    return this.#parser.foreign.quietly(this.#preprocessor.translation.kernelIncludedAt === undefined, () =>
      records.read(roots.map(({ name }) => ({ name, section: programs.get(name) ?? "" }))),
    );
  }

  /** BTF's hash once the kernel's types were used. */
  get provenance(): readonly string[] {
    const kernel = this.#kernel;
    if (kernel === undefined || !this.#parser.foreign.usedKernel) return [];
    return [`kernel types from ${kernel.name}${kernel.hash === undefined ? "" : `, ${kernel.hash}`}`];
  }

  get constants(): readonly Constant[] {
    if (this.#constants === undefined) {
      const constants = new Constants(this.#preprocessor, this.#parser);
      const macros = [...this.#preprocessor.translation.own.values()].flatMap((macro) => constants.of(macro) ?? []);
      const names = new Set(macros.map(({ name }) => name));
      // Many headers define a macro of the same name beside each enumerator.
      this.#constants = [...macros, ...this.#enumerators().filter(({ name }) => !names.has(name))];
    }
    return this.#constants;
  }

  /** Enumerators of the enums that have neither a name nor a typedef, as a member's or one that stands alone. */
  #enumerators(): Constant[] {
    const named = new Set<unknown>();
    for (const { type } of this.#parser.defined) if (type.kind === "typedef") named.add(stripped(type));
    // libbpf's __ulong makes an enum of each number of a map.
    for (const { definition } of this.maps) {
      if (definition?.kind === "struct") for (const { type } of definition.members) named.add(stripped(type));
    }
    return this.#parser.anonymousEnums
      .filter(({ type, pos }) => this.#inInput(pos) && !named.has(type))
      .flatMap(({ type }) =>
        (type.values ?? []).map(
          ({ name, value, doc }): Constant => ({ name, value, enumerator: true, ...(doc !== undefined && { doc }) }),
        ),
      );
  }

  /** The constant `name`, also of an included file. */
  constant(name: string): Constant | undefined {
    const id = this.#preprocessor.translation.interner.lookup(name);
    const macro = id < 0 ? undefined : this.#preprocessor.translation.macros[id];
    if (macro !== undefined) return new Constants(this.#preprocessor, this.#parser).of(macro);
    const symbol = id < 0 ? undefined : this.#parser.scope.symbols[id];
    if (symbol?.kind === "constant") return { name, value: symbol.value };
    if (this.#preprocessor.translation.kernelIncludedAt === undefined) return undefined;
    const value = this.#parser.foreign.constant(name, asked)?.value;
    return typeof value === "bigint" ? { name, value } : undefined;
  }

  *types(): Iterable<NamedType> {
    for (const { type, pos } of this.#parser.defined) {
      if (this.#inInput(pos) && this.#sound(type as Type)) yield type as NamedType;
    }
  }

  *included(): Iterable<NamedType> {
    const { map } = this.#parser.complaints;
    const { systemPaths } = this.#preprocessor.translation.options;
    for (const { type, pos } of this.#parser.defined) {
      const { role, source } = map.inclusionOf(pos);
      if (role !== "include" || /(?:^|\/)vmlinux\.h$/.test(source.name)) continue;
      if (systemPaths.some((folder) => source.name.startsWith(`${folder.replace(/\/+$/, "")}/`))) continue;
      if (this.#sound(type as Type)) yield type as NamedType;
    }
  }

  find(name: string, wanted?: "struct" | "union" | "enum"): readonly NamedType[] {
    const { scope, foreign } = this.#parser;
    const id = this.#preprocessor.translation.interner.lookup(name);
    const found: NamedType[] = [];
    const tag = id < 0 ? undefined : scope.tags[id];
    if (tag !== undefined && tag.kind !== "fwd" && this.#sound(tag as Type)) found.push(tag as NamedType);
    const symbol = id < 0 ? undefined : scope.symbols[id];
    if (symbol?.kind === "typedef" && this.#sound(symbol.type)) found.push(symbol.type);
    const told = wanted === undefined ? found : found.filter(({ kind }) => kind.replace("64", "") === wanted);
    if (told.length > 0) return found;
    this.sent();
    const local = this.#local.get(name);
    if (local !== undefined && (wanted === undefined || local.kind.replace("64", "") === wanted))
      return [...found, local];
    for (const type of Object.values(basic)) if (type.kind !== "void" && type.name === name) return [type];
    // Nor is the kernel asked for what the rest of the input may define.
    if ((tag !== undefined && scope.poisoned.has(tag)) || !this.#complete) return [];
    return wanted === undefined || found.length === 0
      ? foreign.lookUp(name)
      : foreign.lookUp(name).filter(({ kind }) => kind.replace("64", "") === wanted);
  }

  *names(): Iterable<string> {
    const { scope } = this.#parser;
    const seen = new Set<string>();
    const names = this.#preprocessor.translation.interner.names;
    for (let id = 0; id < names.length; id++) {
      const tag = scope.tags[id];
      const symbol = scope.symbols[id];
      const known =
        (tag !== undefined && tag.kind !== "fwd" && this.#sound(tag as Type)) ||
        (symbol?.kind === "typedef" && this.#sound(symbol.type));
      if (!known || seen.has(names[id]!)) continue;
      seen.add(names[id]!);
      yield names[id]!;
    }
    if (this.#preprocessor.translation.kernelIncludedAt === undefined) return;
    for (const name of this.#parser.foreign.names()) {
      if (seen.has(name)) continue;
      seen.add(name);
      yield name;
    }
  }

  origin(type: NamedType): Origin {
    const { foreign, complaints } = this.#parser;
    if (foreign.fromKernel.has(type)) return { kind: "kernel", file: this.#kernel?.name ?? "" };
    this.#positions ??= new Map(this.#parser.defined.map((definition) => [definition.type, definition.pos]));
    const pos = this.#positions.get(type);
    if (pos === undefined) return { kind: this.#local.get(type.name) === type ? "input" : "prelude" };
    const inclusion = complaints.map.inclusionOf(pos);
    if (complaints.map.isInput(inclusion)) return { kind: "input" };
    return inclusion.role === "include" ? { kind: "include", file: inclusion.source.name } : { kind: "prelude" };
  }

  spanOf(location: Location): Span | undefined {
    return this.#parser.complaints.map.spanOf(location);
  }

  /** Whether the text is the input's: it may have been included by another file before. */
  #inInput(pos: number): boolean {
    return this.#parser.complaints.map.isInput(this.#parser.complaints.map.inclusionOf(pos));
  }

  /** Whether `type` is complete and free of errors, as far as its name reaches. */
  #sound(type: Type): boolean {
    let plain: Type = stripped(type);
    while (plain.kind === "array") plain = stripped(plain.element);
    const node = tagOf(plain);
    return node === undefined || !this.#parser.scope.poisoned.has(node);
  }
}
