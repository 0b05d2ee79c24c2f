import { type Btf, BtfError, type DebugInfo, type Elf, type NamedType, parseBtf, readDebugInfo } from "@rbgen/btf";
import { contextsOf, identityOf, kernelTypesOf } from "../bytecode/candidates.ts";
import { sentByObject } from "../bytecode/sent-records.ts";
import type { Report } from "../diagnostics/diagnostic.ts";
import {
  isLegacyMaps,
  type MapDefinition,
  type Origin,
  type ProgramDefinition,
  type SentMap,
  type TypeModule,
} from "../module.ts";
import { readDataSections } from "./data-sections.ts";
import { legacyHint, legacyMaps } from "./legacy-maps.ts";
import { readMapDefinition } from "./map-definition.ts";
import { mapSlots } from "./map-slots.ts";
import { addedTypes } from "./object-with-types.ts";
import { readPrograms } from "./programs.ts";

/** How to read BTF. */
export interface BtfModuleOptions {
  /** The input's file name without folders. */
  readonly name: string;
  /** The input as the user named it, for diagnostics. */
  readonly path: string;
  /** What a split BTF extends, and its file name. */
  readonly base?: { readonly btf: Btf; readonly name: string };
  /** A header that holds types which the object's compiler dropped. */
  readonly header?: TypeModule;
  /** Lines for the generated file's preamble; asked for only when they are printed. */
  readonly provenance?: () => readonly string[];
}

/** A module made of BTF, and the BTF that it was made of. */
export interface BtfModule extends TypeModule {
  readonly btf: Btf;
}

/**
 * Reads raw BTF, or an object's, into a module. Maps and programs are read at once, types when they are asked for.
 * What is malformed is reported (RB3001 to RB3005); undefined where nothing could be read.
 */
export function readBtfModule(bytes: Uint8Array, options: BtfModuleOptions, report: Report): BtfModule | undefined {
  let btf: Btf;
  try {
    btf = parseBtf(bytes, options.base === undefined ? {} : { base: options.base.btf });
  } catch (error) {
    if (!(error instanceof BtfError)) throw error;
    reportBtfError(error, options, report);
    return undefined;
  }
  try {
    return moduleOf(btf, options, report);
  } catch (error) {
    if (!(error instanceof BtfError)) throw error;
    reportBtfError(error, options, report);
    return undefined;
  }
}

/** Reports an error of the BTF reader as a diagnostic on the input. */
function reportBtfError(error: BtfError, { path, base }: BtfModuleOptions, report: Report): void {
  if (error.code === "no-btf") {
    report({
      code: "RB3002",
      severity: "error",
      at: path,
      message: "the object has no BTF: there is no .BTF section",
      hint: "compile it for BPF and with debug information: clang -target bpf -g -O2 -c",
    });
    return;
  }
  // A split file's strings start where its base's end, and its ids too: alone it names what it does not hold.
  const dangling = base === undefined && (error.code === "string" || error.code === "type-id");
  report({
    code: dangling ? "RB3003" : "RB3001",
    severity: "error",
    at: path,
    message: error.message,
    ...(dangling
      ? { hint: "a kernel module's BTF extends the kernel's: add --base /sys/kernel/btf/vmlinux" }
      : base === undefined
        ? {}
        : { notes: [`read as split BTF over ${base.name}: it must be the very base that it was built against`] }),
  });
}

/** EM_BPF */
const bpfMachine = 247;

function moduleOf(btf: Btf, options: BtfModuleOptions, report: Report): BtfModule {
  const { elf } = btf;
  const input: Origin = { kind: "input" };
  const inBase: Origin = { kind: "kernel", file: options.base?.name ?? "" };
  const defines = (name: string): boolean => btf.find(name).some(({ kind }) => kind !== "fwd");
  const added = options.header && addedTypes(options.header, defines);
  let debug: { readonly info: DebugInfo | undefined } | undefined;
  const debugInfo = (): DebugInfo | undefined => {
    debug ??= { info: elf && readDebugInfo(elf, btf) };
    return debug.info;
  };
  // Compilers drop from BTF what only variables of functions are of, and keep it in the debug information.
  const found = (name: string): readonly NamedType[] => {
    const own = [...btf.find(name), ...(added?.find(name) ?? [])];
    return own.some(({ kind }) => kind !== "fwd") ? own : [...own, ...(debugInfo()?.types.find(name) ?? [])];
  };
  let sent: readonly SentMap[] | undefined;
  let kernels: ReadonlySet<unknown> | undefined;
  const module: BtfModule = {
    kind: "btf",
    btf,
    name: options.name,
    path: options.path,
    compiled: elf?.machine === bpfMachine,
    endian: btf.endian,
    pointerSize: btf.pointerSize,
    *types(): Iterable<NamedType> {
      for (const type of btf.types()) {
        switch (type.kind) {
          case "struct":
          case "union":
          case "enum":
          case "enum64":
          case "typedef":
            if (type.name !== "") yield type;
        }
      }
    },
    find: found,
    ...(added !== undefined && { included: () => added.types(), spanOf: (location) => added.spanOf(location) }),
    *names(): Iterable<string> {
      yield* btf.names();
      if (added !== undefined) yield* added.names();
      for (const name of debugInfo()?.types.names() ?? []) if (!defines(name)) yield name;
    },
    origin: (type) => added?.origin(type) ?? (type.id !== undefined && type.id < btf.firstId ? inBase : input),
    constants: [],
    maps: readMaps(btf, options.path, report),
    ...(elf !== undefined && { sent: () => (sent ??= readSent(module, elf, debugInfo(), options.path, report)) }),
    ...(elf !== undefined && {
      isKernels: (type) => {
        kernels ??= kernelTypes(btf, module.programs);
        return kernels.has(identityOf(type));
      },
    }),
    programs: elf === undefined ? [] : readPrograms(elf, btf),
    // Lazily: a vmlinux has many variables that nobody asked for.
    get sections() {
      return readDataSections(btf, elf);
    },
    get provenance() {
      return options.provenance?.() ?? [];
    },
  };
  return module;
}

/** Of an object whose relocations contradict it, which is told of elsewhere, nothing is known. */
function kernelTypes(btf: Btf, programs: readonly ProgramDefinition[]): ReadonlySet<unknown> {
  try {
    return kernelTypesOf(btf, contextsOf(btf, programs));
  } catch (error) {
    if (!(error instanceof BtfError)) throw error;
    return new Set();
  }
}

/** What the code sends; code that contradicts the object is a warning, since its types may be right. */
function readSent(
  module: BtfModule,
  elf: Elf,
  debug: DebugInfo | undefined,
  path: string,
  report: Report,
): readonly SentMap[] {
  const { btf, maps } = module;
  try {
    const { sections } = module;
    const types = () => [...module.types(), ...(module.included?.() ?? [])];
    return sentByObject({ path, btf, elf, types, maps, sections, debug });
  } catch (error) {
    if (!(error instanceof BtfError)) throw error;
    report({
      code: "RB3001",
      severity: "warning",
      at: path,
      message: `which records its code sends is not told: ${error.message}`,
      hint: "say which record a map carries: --map MAP=RECORD",
    });
    return [];
  }
}

function readMaps(btf: Btf, path: string, report: Report): readonly MapDefinition[] {
  if (btf.elf?.sections.some(({ name }) => isLegacyMaps(name)) === true) {
    report({ code: "RB3004", severity: "warning", at: path, message: legacyMaps, hint: legacyHint });
  }
  const maps: MapDefinition[] = [];
  for (const section of btf.findKind("datasec", ".maps")) {
    for (const { variable } of section.variables) {
      if (variable.kind !== "var") continue;
      const map = readMapDefinition(variable.name, variable.type, variable.tags, path, report);
      if (map !== undefined) maps.push(map);
    }
  }
  const slots = maps.some(({ inner }) => inner !== undefined) && btf.elf ? mapSlots(btf.elf) : undefined;
  return maps.map((map) => {
    const held = slots?.get(map.name);
    return held === undefined ? map : { ...map, slots: held };
  });
}
