import { bytes, didYouMean, type Int, type NamedType, type Type } from "@rbgen/btf";
import type { Report } from "../diagnostics/diagnostic.ts";
import { literalPart, withoutDimensions } from "../glob.ts";
import { shownName, type TypeModule } from "../module.ts";
import { bareName, lookUp, namesMatching, typesNamed } from "./look-up.ts";
import { isComposite, isEnum } from "./resolve.ts";

const scalars: readonly (readonly [readonly string[], number, boolean])[] = [
  [["u8", "__u8", "uint8_t", "unsigned char"], 1, false],
  [["s8", "__s8", "int8_t", "signed char"], 1, true],
  [["u16", "__u16", "uint16_t", "unsigned short"], 2, false],
  [["s16", "__s16", "int16_t", "short"], 2, true],
  [["u32", "__u32", "uint32_t", "unsigned int"], 4, false],
  [["s32", "__s32", "int32_t", "int"], 4, true],
  [["u64", "__u64", "uint64_t", "unsigned long long"], 8, false],
  [["s64", "__s64", "int64_t", "long long"], 8, true],
];

/** A scalar by the names that everybody knows, for inputs that do not hold it. */
function wellKnown(name: string): Int | undefined {
  const [, size, signed] = scalars.find(([names]) => names.includes(name)) ?? [];
  if (size === undefined || signed === undefined) return undefined;
  return { kind: "int", name, size: bytes(size), signed, char: false, bool: false };
}

/** A type by the name that a user writes: `event`, `struct event`, `__u64`, `__u64[4]`. */
export function findType(module: TypeModule, text: string, report: Report): NamedType | undefined {
  const dimensions = [...text.matchAll(/\[(\d+)\]/g)].map((match) => Number(match[1]));
  const plain = withoutDimensions(text).trim();
  const name = bareName(plain);
  const found = lookUp(module, plain);
  if (found.length > 1) {
    const ids = found.map((type) => (type.id === undefined ? type.kind : `${type.kind} [${type.id}]`)).join(", ");
    report({
      code: "RB4003",
      severity: "error",
      message: `${found.length} types are called ${name}: ${ids}`,
      at: shownName(module),
      hint: name === plain ? `say which: --type "struct ${name}"` : "the input itself must hold one only",
    });
    return undefined;
  }
  const type = found[0] ?? wellKnown(name);
  if (type === undefined) {
    reportMissing(module, name, report);
    return undefined;
  }
  if (dimensions.length === 0) return type;
  const target = dimensions.reduceRight<Type>((element, count) => ({ kind: "array", element, count }), type);
  return { kind: "typedef", name: text, target };
}

function reportMissing(module: TypeModule, name: string, report: Report): void {
  const meant = didYouMean(name, module.names());
  // What is misspelt is no type of the source either: kept by that name it would not compile.
  const kept = meant === undefined ? name : "NAME";
  const anchor =
    module.compiled === true
      ? [
          `compilers drop types that nothing refers to; keep ${meant === undefined ? "it" : "one"} with: const struct ${kept} *unused_${kept} __attribute__((unused));`,
        ]
      : [];
  const hint = [...(meant === undefined ? [] : [meant]), ...anchor].join("\n");
  report({
    code: "RB5004",
    severity: "error",
    message: `there is no type "${name}"`,
    at: shownName(module),
    ...(hint === "" ? {} : { hint }),
  });
}

function reportUnmatched(module: TypeModule, glob: string, report: Report): void {
  const hint = didYouMean(literalPart(bareName(glob)), module.names());
  report({
    code: "RB5004",
    severity: "error",
    message: `there is no struct, union or enum that matches "${glob}"`,
    at: shownName(module),
    ...(hint !== undefined && { hint }),
  });
}

/** The types that a name or a glob of `--type` means; misses and ambiguous names are reported. */
export function findTypes(module: TypeModule, pattern: string, report: Report): readonly NamedType[] {
  const matched = namesMatching(module, pattern);
  if (matched === undefined) {
    const type = findType(module, pattern, report);
    return type === undefined ? [] : [type];
  }
  const found = matched.flatMap((name) => typesNamed(module, name).filter((type) => isComposite(type) || isEnum(type)));
  if (found.length === 0) reportUnmatched(module, pattern, report);
  return found;
}
