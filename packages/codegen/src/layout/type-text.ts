import { BtfError, type Int, type Type } from "@rbgen/btf";

/** C's own spelling of an integer type, whatever a compiler called it: "long unsigned int" is `unsigned long`. */
function integerName(type: Int): string {
  if (type.bool) return "bool";
  const words = type.name.split(/\s+/);
  const count = (word: string) => words.filter((other) => other === word).length;
  const known = new Set(["signed", "unsigned", "char", "short", "int", "long", "__int128"]);
  if (!words.every((word) => known.has(word))) return type.name;
  const sign = count("unsigned") > 0 ? "unsigned " : "";
  if (count("char") > 0) return count("signed") > 0 ? "signed char" : `${sign}char`;
  if (count("__int128") > 0) return `${sign}__int128`;
  if (count("short") > 0) return `${sign}short`;
  if (count("long") > 0) return `${sign}${count("long") > 1 ? "long long" : "long"}`;
  return `${sign}int`;
}

/** Pointers, arrays and functions inside of each other. */
const maxDepth = 256;

/**
 * `type` as C text without a name: "char[16]", "struct flow_key", "void *", "int (*)(void *)"; a struct, union or
 * enum without a name is its keyword. With `underlying`, typedefs and qualifiers are resolved and integers have C's names.
 */
export function typeText(type: Type, underlying = false): string {
  return declared(type, "", underlying);
}

/** The declaration of `name` with `type`, as {@link typeText} spells it: `char comm[16]`. */
export function declarationText(type: Type, name: string): string {
  return declared(type, name, false);
}

function declared(type: Type, name: string, underlying: boolean): string {
  let at = type;
  let declarator = name;
  for (let depth = 0; depth < maxDepth; depth += 1) {
    switch (at.kind) {
      case "ptr":
        declarator = `*${declarator}`;
        at = at.target;
        break;
      case "array":
        declarator = `${grouped(declarator)}[${at.count === 0 ? "" : at.count}]`;
        at = at.element;
        break;
      case "func_proto": {
        const params = at.params.map(({ type: param }) =>
          param.kind === "void" ? "..." : depth < 16 ? typeText(param, underlying) : "…",
        );
        declarator = `${grouped(declarator)}(${params.length === 0 ? "void" : params.join(", ")})`;
        at = at.result;
        break;
      }
      case "type_tag":
        at = at.target;
        break;
      case "const":
      case "volatile":
      case "restrict":
        if (underlying) at = at.target;
        else if (at.target.kind === "ptr") {
          declarator = `${at.kind}${declarator === "" ? "" : ` ${declarator}`}`;
          declarator = `*${declarator}`;
          at = at.target.target;
        } else return `${at.kind} ${prefixed(at.target, declarator, underlying, depth)}`;
        break;
      case "typedef":
        if (!underlying) return joined(at.name, declarator);
        at = at.target;
        break;
      default:
        return joined(baseName(at, underlying), declarator);
    }
  }
  throw new BtfError("cycle", "a type leads to itself", { typeId: type.id });
}

/** What follows a qualifier, with the declarator that has been read so far. */
function prefixed(type: Type, declarator: string, underlying: boolean, depth: number): string {
  if (depth >= maxDepth) throw new BtfError("cycle", "a qualifier leads to itself", { typeId: type.id });
  switch (type.kind) {
    case "const":
    case "volatile":
    case "restrict":
      return `${type.kind} ${prefixed(type.target, declarator, underlying, depth + 1)}`;
    case "type_tag":
      return prefixed(type.target, declarator, underlying, depth + 1);
    case "array":
      return prefixed(
        type.element,
        `${grouped(declarator)}[${type.count === 0 ? "" : type.count}]`,
        underlying,
        depth + 1,
      );
    default:
      return joined(typeText(type, underlying), declarator);
  }
}

/** A pointer's declarator in parentheses, since arrays and parameter lists bind tighter. */
function grouped(declarator: string): string {
  return declarator.startsWith("*") ? `(${declarator})` : declarator;
}

function joined(base: string, declarator: string): string {
  if (declarator === "") return base;
  return declarator.startsWith("[") ? `${base}${declarator}` : `${base} ${declarator}`;
}

function baseName(type: Type, underlying: boolean): string {
  switch (type.kind) {
    case "struct":
    case "union":
    case "enum":
      return type.name === "" ? type.kind : `${type.kind} ${type.name}`;
    case "enum64":
      return type.name === "" ? "enum" : `enum ${type.name}`;
    case "fwd":
      return `${type.of} ${type.name}`;
    case "int":
      return underlying ? integerName(type) : type.name;
    case "float":
    case "func":
    case "var":
    case "datasec":
      return type.name;
    default:
      return type.kind;
  }
}
