import {
  type BitFieldStorage,
  BtfError,
  bitFieldStorage,
  type Endian,
  formatType,
  holesOf,
  inOrder,
  isFlexible,
  type Location,
  type Member,
  paddingOf,
  resolve,
  type Struct,
  type Type,
  type Union,
} from "@rbgen/btf";
import { counted } from "../diagnostics/counted.ts";
import { sizeIn } from "../layout/describe.ts";
import { type Annotation, AnnotationError, annotationOf, parseAnnotations, tagsOf } from "../plan/annotations.ts";

/** What a block is drawn as. */
export type BlockKind =
  | "number"
  | "text"
  | "enum"
  | "pointer"
  | "array"
  | "bit-field"
  | "flexible"
  | "struct"
  | "union"
  | "hole"
  | "padding";

/** A part of a layout: a member, or bits that no member has. Offsets in bits from the start of the outermost type. */
export interface Block {
  readonly kind: BlockKind;
  /** Member names joined by dots, anonymous ones left out; of a hole that of what holds it. */
  readonly path: string;
  /** Empty for an anonymous member. */
  readonly name: string;
  /** C declaration, or what the unused bits are. */
  readonly text: string;
  readonly from: number;
  readonly to: number;
  /** Struct or union that declares the member, as C names it; empty for an anonymous one. */
  readonly holder: string;
  readonly location?: Location;
  /** Of a bit-field: the unit that it is read by; its offset from the start of the outermost type. */
  readonly storage?: BitFieldStorage;
  /** Of a struct or union: what lies in it, one lane for each arm of a union. */
  readonly lanes?: readonly Lane[];
  /** Path of the member that tells a union's arms apart. */
  readonly tag?: string;
}

/** Blocks that lie one after another. */
export interface Lane {
  readonly blocks: readonly Block[];
  /** Values of the tag by which this arm of a union is meant. */
  readonly when?: readonly string[];
}

/** Blocks that one picture may have: nested structs can double at each step. */
const mostBlocks = 20_000;
const maxDepth = 256;

/**
 * The blocks of a struct or union, nested ones opened, as far as no array holds them.
 * @throws BtfError for a type whose layout cannot be told, or that has more parts than a picture can show.
 */
export function lanesOf(name: string, type: Struct | Union, endian: Endian): readonly Lane[] {
  return new Opening(name, endian).lanes(type, "", 0, 0, `${type.kind} ${name}`);
}

class Opening {
  readonly #name: string;
  readonly #endian: Endian;
  #count = 0;

  constructor(name: string, endian: Endian) {
    this.#name = name;
    this.#endian = endian;
  }

  lanes(type: Struct | Union, path: string, base: number, depth: number, holder: string): readonly Lane[] {
    if (depth > maxDepth) throw new BtfError("cycle", "types lie too deep inside of each other", { path: this.#name });
    const block = (member: Member) => this.#member(member, type, path, base, depth, holder);
    if (type.kind === "union") {
      return type.members.map((member) => {
        const variant = annotationOf(annotationsOf(member), "variant");
        const lane = [block(member)];
        const end = base + type.size * 8;
        if (lane[0]!.to < end) lane.push(this.#unused("padding", path, lane[0]!.to, end, holder));
        return { blocks: lane, ...(variant === undefined ? {} : { when: variant.values }) };
      });
    }
    const blocks = inOrder(type).map(block);
    const open = blocks.at(-1)?.kind === "flexible";
    for (const { bitOffset, bitSize } of holesOf(type)) {
      blocks.push(this.#unused("hole", path, base + bitOffset, base + bitOffset + bitSize, holder));
    }
    const padding = paddingOf(type);
    const end = base + type.size * 8;
    // Of a sample they are the flexible member's.
    if (padding > 0 && !open) blocks.push(this.#unused("padding", path, end - padding, end, holder));
    return besideEachOther(blocks.sort((a, b) => a.from - b.from));
  }

  #unused(kind: "hole" | "padding", path: string, from: number, to: number, holder: string): Block {
    this.#take();
    const bits = to - from;
    const text = bits % 8 === 0 ? counted(bits / 8, "byte") : counted(bits, "bit");
    return { kind, path, name: "", text: `${text} of ${kind}`, from, to, holder };
  }

  #take(): void {
    this.#count += 1;
    if (this.#count > mostBlocks) {
      throw new BtfError("limit", `more than ${mostBlocks} members, nested ones counted, are no picture`, {
        path: this.#name,
      });
    }
  }

  #member(member: Member, holding: Struct | Union, path: string, base: number, depth: number, holder: string): Block {
    this.#take();
    const from = base + member.bitOffset;
    const to = from + sizeIn(member, `${this.#name}${path === "" ? "" : `.${path}`}`);
    const own = member.name === "" ? path : path === "" ? member.name : `${path}.${member.name}`;
    const type = resolve(member.type);
    const text = formatType(member.type, member.name);
    const common = {
      path: own,
      name: member.name,
      text,
      from,
      to,
      holder,
      ...(member.location === undefined ? {} : { location: member.location }),
    };
    if (member.bitSize !== undefined) {
      if (member.name === "") return { ...common, kind: "padding", text: `${text}:${member.bitSize}, unnamed` };
      const { byteOffset, ...rest } = bitFieldStorage(member, holding, this.#endian);
      const storage = { ...rest, byteOffset: (byteOffset + base / 8) as typeof byteOffset };
      return { ...common, kind: "bit-field", text: `${text}:${member.bitSize}`, storage };
    }
    if (isFlexible(member, holding)) return { ...common, kind: "flexible" };
    if (type.kind === "struct" || type.kind === "union") {
      const inner = type.name === "" ? holder : `${type.kind} ${type.name}`;
      const tag = annotationOf(annotationsOf(member), "tag")?.path;
      const lanes = this.lanes(type, own, from, depth + 1, inner);
      return { ...common, kind: type.kind, lanes, ...(tag === undefined ? {} : { tag }) };
    }
    return { ...common, kind: kindOf(type) };
  }
}

/** One lane, unless members of a struct lie over each other, as only a hostile input claims. */
function besideEachOther(blocks: readonly Block[]): readonly Lane[] {
  const lanes: { blocks: Block[]; end: number }[] = [];
  for (const block of blocks) {
    let lane = lanes.find(({ end }) => end <= block.from);
    if (lane === undefined) {
      lane = { blocks: [], end: 0 };
      lanes.push(lane);
    }
    lane.blocks.push(block);
    lane.end = block.to;
  }
  return lanes;
}

/** None where they cannot be understood, which is told where code is generated. */
function annotationsOf(member: Member): readonly Annotation[] {
  try {
    return parseAnnotations([...(member.tags ?? []), ...tagsOf(member.type)]);
  } catch (error) {
    if (!(error instanceof AnnotationError)) throw error;
    return [];
  }
}

function kindOf(type: Type): BlockKind {
  switch (type.kind) {
    case "ptr":
      return "pointer";
    case "enum":
    case "enum64":
      return "enum";
    case "array": {
      const element = resolve(type.element);
      return element.kind === "int" && element.char ? "text" : "array";
    }
    default:
      return "number";
  }
}
