import type { Elf } from "../elf/elf.ts";
import { BtfError } from "../error.ts";
import type { Btf } from "../format/btf.ts";
import { layOutKconfig } from "../layout/kconfig.ts";
import type { Datasec, DeclTag, Func, FuncProto, Int, Param, SectionVariable, Type, Var } from "../types.ts";
import { bytes } from "../units.ts";
import { checkKernelRules } from "./kernel-rules.ts";

/**
 * The types of an object as the kernel takes them (BPF_BTF_LOAD), ready for `encodeBtf`: what the compiler left to the
 * linker is filled in, as libbpf does before it loads an object. Type ids stay what they are, new types follow at the end.
 *
 * - Sections (`DATASEC`) get their size from the ELF section and their global variables' offsets from the symbols,
 *   in order of offsets.
 * - `.kconfig`: its external variables are laid out as libbpf does it.
 * - `.ksyms`: external functions become global ones with named parameters, and a dummy variable stands for each in the
 *   section; external variables become `int`s.
 * - Functions whose symbol is hidden become static.
 *
 * @throws `BtfError` `kernel-rule` for what the kernel would refuse still, `elf` where a section or symbol is missing.
 */
export function sanitizeBtf(btf: Btf): readonly Type[] {
  const replaced = new Map<Type, Type>();
  const added: Type[] = [];
  const types = [...btf.types()];
  const hidden = btf.elf === undefined ? new Set<string>() : hiddenFunctions(btf.elf);
  const symbols = new ExternSymbols(types, added);
  for (const type of types) {
    if (type.kind === "func" && type.linkage === "global" && hidden.has(type.name)) {
      replaced.set(type, copyFunc(type, { linkage: "static" }));
    }
  }
  for (const type of types) {
    if (type.kind !== "datasec") continue;
    if (type.name === ".ksyms") replaced.set(type, symbols.ksyms(type, replaced));
    else if (type.name === ".kconfig") replaced.set(type, symbols.kconfig(type, replaced));
    else if (btf.elf !== undefined) replaced.set(type, placed(type, btf.elf, replaced));
  }
  for (const type of types) {
    if (type.kind !== "decl_tag") continue;
    const target = replaced.get(type.target);
    if (target !== undefined) replaced.set(type, { ...copyTag(type), target: target as DeclTag["target"] });
  }
  const all = [...types.map((type) => replaced.get(type) ?? type), ...added];
  checkKernelRules(all);
  return all;
}

function hiddenFunctions(elf: Elf): Set<string> {
  const names = new Set<string>();
  for (const symbol of elf.symbols) {
    if (symbol.type !== "func") continue;
    if (symbol.visibility === "hidden" || symbol.visibility === "internal") names.add(symbol.name);
  }
  return names;
}

/** A section with the size and offsets that the object file gives it. */
function placed(type: Datasec, elf: Elf, replaced: ReadonlyMap<Type, Type>): Datasec {
  const section = elf.section(type.name);
  const settled = type.size !== 0 || section === undefined;
  const size = settled ? type.size : bytes(section.size);
  const offsets = new Map<string, number>();
  if (!settled) {
    for (const symbol of elf.symbols) {
      const visible = symbol.bind === "global" || symbol.bind === "weak";
      if (visible && symbol.section === section) offsets.set(symbol.name, Number(symbol.value));
    }
  }
  const variables = type.variables.map((entry): SectionVariable => {
    const variable = (replaced.get(entry.variable) ?? entry.variable) as SectionVariable["variable"];
    if (settled || variable.linkage === "static" || variable.linkage === "extern") return { ...entry, variable };
    const offset = offsets.get(variable.name);
    if (offset === undefined) {
      throw new BtfError("elf", `variable ${variable.name} of section ${type.name} has no symbol`, { typeId: type.id });
    }
    return { ...entry, variable, offset: bytes(offset) };
  });
  return withVariables(type, variables, size);
}

function withVariables(type: Datasec, variables: SectionVariable[], size: Datasec["size"]): Datasec {
  const sorted = variables.sort((one, other) => one.offset - other.offset);
  return { kind: "datasec", ...idOf(type), name: type.name, size, variables: sorted };
}

/** What the kernel resolves when a program is loaded: its BTF may not say `extern`. */
class ExternSymbols {
  readonly #types: readonly Type[];
  readonly #added: Type[];
  #int: Int | undefined;
  #dummy: Var | undefined;

  constructor(types: readonly Type[], added: Type[]) {
    this.#types = types;
    this.#added = added;
  }

  ksyms(type: Datasec, replaced: Map<Type, Type>): Datasec {
    const int = this.#findInt();
    const variables = type.variables.map(({ variable }, i): SectionVariable => {
      const place = { offset: bytes(i * 4), size: bytes(4) };
      if (variable.kind === "func") {
        const proto = namedParams(variable.proto);
        if (proto !== variable.proto) replaced.set(variable.proto, proto);
        replaced.set(variable, copyFunc(variable, { linkage: "global", proto }));
        return { variable: this.#findDummy(int), ...place };
      }
      const known: Var = { ...copyVar(variable), type: int, linkage: "global" };
      replaced.set(variable, known);
      return { variable: known, ...place };
    });
    return withVariables(type, variables, bytes(variables.length * 4));
  }

  kconfig(type: Datasec, replaced: Map<Type, Type>): Datasec {
    const wrong = type.variables.find(({ variable }) => variable.kind === "func");
    if (wrong !== undefined) {
      throw new BtfError("kernel-rule", `.kconfig holds the function ${wrong.variable.name}`, { typeId: type.id });
    }
    const placed = layOutKconfig(type);
    const variables = placed.variables.map(({ variable, offset, size }): SectionVariable => {
      const known: Var = { ...copyVar(variable as Var), linkage: "global" };
      replaced.set(variable, known);
      return { variable: known, offset, size };
    });
    return withVariables(type, variables, placed.size);
  }

  #findInt(): Int {
    this.#int ??= this.#types.find(
      (type): type is Int => type.kind === "int" && type.name === "int" && type.size === 4,
    );
    if (this.#int === undefined) {
      this.#int = { kind: "int", name: "int", size: bytes(4), signed: true, char: false, bool: false };
      this.#added.push(this.#int);
    }
    return this.#int;
  }

  #findDummy(int: Int): Var {
    if (this.#dummy === undefined) {
      this.#dummy = { kind: "var", name: "dummy_ksym", type: int, linkage: "global" };
      this.#added.push(this.#dummy);
    }
    return this.#dummy;
  }
}

/** The prototype with names for parameters that have none: the kernel asks for them where a function has a body. */
function namedParams(proto: FuncProto): FuncProto {
  const unnamed = (param: Param): boolean => param.name === "" && param.type.kind !== "void";
  if (!proto.params.some(unnamed)) return proto;
  const params = proto.params.map((param) =>
    unnamed(param) ? { name: "dummy_ksym", type: param.type } : { name: param.name, type: param.type },
  );
  return { kind: "func_proto", ...idOf(proto), result: proto.result, params };
}

// Nodes that were read from BTF answer from their file: a copy takes what they say, not how they know it.

function idOf(type: Type): { readonly id?: number } {
  return type.id === undefined ? {} : { id: type.id };
}

function copyVar(type: Var): Var {
  return { kind: "var", ...idOf(type), name: type.name, type: type.type, linkage: type.linkage, tags: type.tags ?? [] };
}

function copyFunc(type: Func, change: Partial<Pick<Func, "linkage" | "proto">>): Func {
  const { name, proto, linkage } = type;
  return { kind: "func", ...idOf(type), name, proto, linkage, tags: type.tags ?? [], ...change };
}

function copyTag(type: DeclTag): DeclTag {
  const { value, target, component } = type;
  return { kind: "decl_tag", ...idOf(type), value, target, component, attribute: type.attribute ?? false };
}
