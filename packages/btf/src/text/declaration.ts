import { BtfError } from "../error.ts";
import { resolve } from "../layout/strip.ts";
import type { FuncProto, Type } from "../types.ts";
import { spellFloat, spellInt } from "./spelling.ts";

/** Types that one declaration may mention: prototypes within prototypes can double at each step. */
const maxMentions = 4096;
/** Prototypes within the parameters of prototypes. */
const maxDepth = 64;

interface Budget {
  left: number;
  depth: number;
}

/** How a type is spelled where C text depends on more than the type. */
export interface Spelling {
  /** The words before the declarator: `unsigned int`, `struct task_struct`, a typedef's name, or a whole anonymous body. */
  specifier(type: Type, declarator: string): string;
  /** What a mention of the type stands for: itself, or what is behind its typedefs and qualifiers. */
  mention(type: Type): Type;
}

/** Names as BTF has them. */
const asNamed: Spelling = { specifier: plainSpecifier, mention: (type) => type };

/** Everything behind typedefs and qualifiers, integers by their usual words. */
const underlying: Spelling = {
  specifier: (type, declarator) => (type.kind === "int" ? spellInt(type) : plainSpecifier(type, declarator)),
  mention: resolve,
};

function plainSpecifier(type: Type, declarator: string): string {
  switch (type.kind) {
    case "struct":
    case "union":
    case "enum":
    case "enum64": {
      const keyword = type.kind === "enum64" ? "enum" : type.kind;
      if (type.name !== "") return `${keyword} ${type.name}`;
      return declarator === "" ? keyword : `${keyword} {...}`;
    }
    case "fwd":
      return `${type.of} ${type.name}`;
    case "typedef":
      return type.name;
    case "int":
      return type.name;
    case "float":
      return type.name === "" ? spellFloat(type) : type.name;
    case "datasec":
      return `section ${type.name}`;
    default:
      return "void";
  }
}

/**
 * The type as C writes it, around `name` where there is one: `char comm[16]`, `int (*)(void *)`, `struct list_head`.
 * An anonymous struct, union or enum is its keyword, with `{...}` where more follows. Type tags are left out.
 * @throws {@link BtfError} `cycle`, `limit` for types that no C could spell.
 */
export function formatType(type: Type, name: string = ""): string {
  return declare(type, name, asNamed);
}

/**
 * The type as C writes it without typedefs and qualifiers, integers in the usual words whatever the compiler called them:
 * `unsigned long long`, `struct flow_key`, `char[16]`, `void *`.
 * @throws {@link BtfError} `cycle`, `limit` for types that no C could spell.
 */
export function underlyingName(type: Type): string {
  return declare(type, "", underlying);
}

/** A declaration of `name` with this type. */
export function declare(type: Type, name: string, spelling: Spelling): string {
  const budget: Budget = { left: maxMentions, depth: 0 };
  return declarator(type, name, spelling, budget);
}

function declarator(type: Type, name: string, spelling: Spelling, budget: Budget): string {
  let inner = name;
  let qualifiers = "";
  let at = type;
  /** Whether `inner` is a pointer whose target follows, which `[]` and `()` would otherwise bind to. */
  let pointer = false;
  for (;;) {
    budget.left -= 1;
    if (budget.left < 0 || inner.length > 65_536) {
      throw new BtfError("limit", "a declaration longer than any compiler takes", { typeId: type.id });
    }
    at = spelling.mention(at);
    switch (at.kind) {
      case "const":
      case "volatile":
      case "restrict":
        qualifiers = qualifiers === "" ? at.kind : `${qualifiers} ${at.kind}`;
        at = at.target;
        continue;
      case "type_tag":
        at = at.target;
        continue;
      case "decl_tag":
        at = at.target;
        continue;
      case "ptr": {
        inner = `*${qualifiers}${qualifiers === "" || inner === "" ? "" : " "}${inner}`;
        qualifiers = "";
        pointer = true;
        at = at.target;
        continue;
      }
      case "array": {
        // A qualified array is an array of qualified elements: the qualifiers go on.
        const dimension = at.count === 0 && !inner.endsWith("]") ? "[]" : `[${at.count}]`;
        inner = `${pointer ? `(${inner})` : inner}${dimension}`;
        pointer = false;
        at = at.element;
        continue;
      }
      case "func":
      case "func_proto": {
        const proto: FuncProto = at.kind === "func" ? at.proto : at;
        inner = `${pointer ? `(${inner})` : inner}(${parameters(proto, spelling, budget)})`;
        pointer = false;
        qualifiers = "";
        at = proto.result;
        continue;
      }
      case "var":
        at = at.type;
        continue;
      default: {
        const specifier = spelling.specifier(at, inner);
        const gap = inner === "" || inner.startsWith("[") ? "" : " ";
        return `${qualifiers === "" ? "" : `${qualifiers} `}${specifier}${gap}${inner}`;
      }
    }
  }
}

function parameters(proto: FuncProto, spelling: Spelling, budget: Budget): string {
  const { params } = proto;
  if (params.length === 0) return "void";
  budget.depth += 1;
  if (budget.depth > maxDepth) {
    throw new BtfError("limit", "prototypes nested deeper than any compiler takes", { typeId: proto.id });
  }
  const texts = params.map((param, i) => {
    const last = i === params.length - 1;
    if (last && param.name === "" && param.type.kind === "void") return i === 0 ? "" : "...";
    return declarator(param.type, param.name, spelling, budget);
  });
  budget.depth -= 1;
  return texts.join(", ");
}
