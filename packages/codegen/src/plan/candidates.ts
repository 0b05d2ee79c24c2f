import { type NamedType, suggest, type Type } from "@rbgen/btf";
import type { Report } from "../diagnostics/diagnostic.ts";
import { heldBy } from "../layout/select.ts";
import { carrierOf, shownName, type TypeModule } from "../module.ts";
import { identityOf } from "./identity.ts";
import { elementTypes } from "./map-elements.ts";
import { loadedSections } from "./sections.ts";

/** The structs that define maps, and the maps that others hold. */
export function definitionsOf(module: TypeModule): Set<unknown> {
  const definitions = module.maps.flatMap(({ definition, inner }) => [definition, inner?.definition]);
  return new Set(definitions.flatMap((type) => (type === undefined ? [] : [identityOf(type)])));
}

/** `task_struct___old`: what CO-RE takes for another version of `task_struct` (libbpf `bpf_core_essential_name_len`). */
export function isFlavour(name: string): boolean {
  return /[^_]___[^_]/.test(name);
}

/** Structs that may be records, by name. */
interface Candidates {
  readonly names: readonly string[];
  /** They are none of a source's own: they stand in the headers of its project. */
  readonly included: boolean;
}

function candidatesOf(module: TypeModule): Candidates {
  // What code sends is as long as one of these.
  const own: string[] = (module.sent?.() ?? [])
    .flatMap(({ untold }) => untold.flatMap(({ candidates = [] }) => candidates))
    .map((name) => name.replace(/^(?:struct|union) /u, ""))
    .filter((name, index, all) => all.indexOf(name) === index);
  const definitions = definitionsOf(module);
  const add = (type: NamedType): void => {
    if (type.kind !== "struct" || type.size === 0 || own.length > 2000 || definitions.has(identityOf(type))) return;
    // Those that helpers take are nobody's records.
    const nobodys = type.name.startsWith("bpf_") || isFlavour(type.name) || module.isKernels?.(type) === true;
    if (!nobodys && !own.includes(type.name)) own.push(type.name);
  };
  for (const type of module.types()) add(type);
  if (own.length > 0 || module.kind !== "header") return { names: own, included: false };
  for (const type of module.included?.() ?? []) add(type);
  return { names: own, included: true };
}

function variableTypes(module: TypeModule): readonly Type[] {
  return loadedSections(module).flatMap(({ variables }) =>
    variables.flatMap(({ variable }) => (variable.kind === "var" ? [variable.type] : [])),
  );
}

/** What has a codec as a key or value of a map, or as a variable, or in one. */
export function typesInUse(module: TypeModule): ReturnType<typeof heldBy> {
  return heldBy([...elementTypes(module.maps).map(({ type }) => type), ...variableTypes(module)]);
}

/** Names of structs that may be records, those left out that keys, values and variables of a program hold. */
export function likelyRecords(module: TypeModule): readonly string[] {
  const held = module.maps.flatMap(({ key, value }) => [key, value].filter((type) => type !== undefined));
  const elsewhere = new Set(heldBy([...held, ...variableTypes(module)]).map(({ name }) => name));
  return candidatesOf(module).names.filter((name) => !elsewhere.has(name));
}

/** Which of these structs the records of a map are most likely: the one that is called nearly as it is, else the first. */
export function likeliestOf(structs: readonly string[], map: string): string | undefined {
  return structs.find((name) => name === map) ?? suggest(map, structs, 1)[0] ?? structs[0];
}

/** Reports that nothing says which types are records, with those that might be; as a warning, where it may be `recordless`. */
export function reportNone(module: TypeModule, recordless: boolean, report: Report): void {
  const carries = module.maps.some((map) => carrierOf(map) !== undefined);
  const candidates = candidatesOf(module);
  // What is in use has its codec: without a ring, nothing wants it as a record.
  const used = new Set(carries ? [] : typesInUse(module).map(({ name }) => name));
  const own = candidates.names.filter((name) => !used.has(name));
  const { included } = candidates;
  const shown = own.slice(0, 10);
  const ring = module.maps.find((map) => map.type === "ringbuf")?.name ?? "events";
  const example = likeliestOf(own, ring) ?? "event";
  const byName = `name them: rbgen ${shownName(module)} --type ${example}`;
  const named =
    `${byName}\n` +
    `or keep a pointer to each in the C source: const struct ${example} *unused_${example} __attribute__((unused));`;
  // Maps, programs and variables are worth a file of their own, where no map wants a record, or no struct is left that could be one.
  const wanted = own.length > 0 && !included && carries;
  const without = !wanted && module.maps.length + module.programs.length > 0;
  if (without && !carries && own.length === 0) return;
  const anchor = carries || !without ? `RB_RECORD(${ring}, struct ${example}); of rbgen.h` : undefined;
  report({
    code: "RB4001",
    severity: without || recordless ? "warning" : "error",
    message: "nothing says which types are records",
    at: shownName(module),
    notes: [
      shown.length === 0
        ? module.kind === "header"
          ? "neither it nor a header of its project that it includes defines a struct"
          : "the input holds no struct"
        : `structs there: ${shown.join(", ")}${own.length > shown.length ? `, and ${own.length - shown.length} more` : ""}`,
    ],
    hint:
      own.length === 0 && module.kind === "header"
        ? "declare them in it, or give the header that does"
        : module.kind === "btf" && module.compiled !== true && own.length > 0
          ? byName
          : own.length === 0
            ? `compilers drop types that nothing refers to; keep one in the C source: ${anchor}`
            : named + (anchor === undefined ? "" : `\nor say in it which ring carries one: ${anchor}`),
  });
}
