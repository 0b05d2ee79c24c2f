import {
  alignOf,
  BtfError,
  bitFieldStorage,
  type Endian,
  type Hole,
  holesOf,
  inOrder,
  isPacked,
  type Member,
  type NamedType,
  paddingOf,
  type Struct,
  sizeOf,
  type Union,
} from "@rbgen/btf";
import { printable } from "../diagnostics/display-text.ts";
import { anonymousComposite, isFlexibleArray, sizeIn } from "./describe.ts";
import { declarationText, typeText } from "./type-text.ts";

/** Bytes of a cache line, as pahole assumes. */
const cacheLine = 64;
/** Column of the comments with offset and size. */
const commentColumn = 50;
const maxDepth = 256;

/** How a picture is coloured: what is worth a look, and what is not. */
export interface PicturePaint {
  strong(text: string): string;
  faint(text: string): string;
  warning(text: string): string;
}

/**
 * `type` as C with the offset and size of each member in bytes, holes, padding and cache line boundaries, much as pahole
 * prints it. Of a bit-field the offset is that of its storage unit, then the bit in it.
 * @throws BtfError for a type whose layout cannot be told.
 */
export function drawType(name: string, type: NamedType, endian: Endian, paint: PicturePaint): string {
  switch (type.kind) {
    case "struct":
    case "union":
      return new Drawing(endian, paint).composite(name, type);
    case "enum":
    case "enum64":
      return drawEnum(name, type, paint);
    default: {
      const target = type.kind === "typedef" ? type.target : type;
      const text = `typedef ${printable(declarationText(target, name))};`;
      return `${paint.strong(text)} ${paint.faint(`/* ${typeText(target, true)}, size: ${sizeOf(type)}, align: ${alignOf(type)} */`)}\n`;
    }
  }
}

function drawEnum(name: string, type: Extract<NamedType, { kind: "enum" | "enum64" }>, paint: PicturePaint): string {
  const lines = type.values.map((value) => `\t${printable(value.name)} = ${value.value},\n`);
  const comment = `/* size: ${type.size}, ${type.signed ? "signed" : "unsigned"} */`;
  return `${paint.strong(`enum ${printable(name)} {`)}\n${lines.join("")}\n\t${paint.faint(comment)}\n${paint.strong("};")}\n`;
}

class Drawing {
  readonly #endian: Endian;
  readonly #paint: PicturePaint;
  #text = "";
  /** Number of the cache line that was announced last. */
  #line = 0;

  constructor(endian: Endian, paint: PicturePaint) {
    this.#endian = endian;
    this.#paint = paint;
  }

  composite(name: string, type: Struct | Union): string {
    this.#text = `${this.#paint.strong(`${type.kind} ${printable(name)} {`)}\n`;
    this.#members(type, 0, 1, type.kind === "struct", name);
    this.#summary(type);
    const packed = isPacked(type) ? " __attribute__((packed))" : "";
    return `${this.#text}${this.#paint.strong(`}${packed};`)}\n`;
  }

  /** Members of a type that starts `base` bits into the outermost one. */
  #members(type: Struct | Union, base: number, indent: number, boundaries: boolean, path: string): void {
    if (indent > maxDepth) throw new BtfError("cycle", "anonymous types lie too deep inside of each other", { path });
    const holes = new Map<Member | undefined, Hole>(holesOf(type).map((hole) => [hole.after, hole]));
    const first = holes.get(undefined);
    if (first !== undefined) this.#hole(first, indent);
    for (const member of inOrder(type)) {
      const bitOffset = base + member.bitOffset;
      if (boundaries) this.#boundary(Math.floor(bitOffset / 8), indent);
      this.#member(member, type, bitOffset, indent, boundaries, path);
      const hole = holes.get(member);
      if (hole !== undefined) this.#hole(hole, indent);
    }
  }

  #member(
    member: Member,
    holder: Struct | Union,
    bitOffset: number,
    indent: number,
    boundaries: boolean,
    path: string,
  ): void {
    const tabs = "\t".repeat(indent);
    const size = sizeIn(member, path);
    const inner = member.bitSize === undefined ? anonymousComposite(member.type) : undefined;
    if (inner !== undefined) {
      this.#text += `${tabs}${inner.kind} {\n`;
      this.#members(
        inner,
        bitOffset,
        indent + 1,
        boundaries && inner.kind === "struct" && member.type === inner,
        `${path}.${member.name}`,
      );
      const rest = declarationText(member.type, member.name).slice(inner.kind.length);
      this.#row(`${tabs}}${rest};`, indent, bitOffset / 8, size / 8);
      return;
    }
    const declaration = printable(declarationText(member.type, member.name));
    if (member.bitSize === undefined) {
      this.#row(`${tabs}${declaration};`, indent, bitOffset / 8, size / 8, isFlexibleArray(member) ? "flexible" : "");
      return;
    }
    const unit = bitFieldStorage(member, holder, this.#endian);
    const unitOffset = (bitOffset - member.bitOffset) / 8 + unit.byteOffset;
    const bit = member.bitOffset - unit.byteOffset * 8;
    this.#row(`${tabs}${declaration}:${member.bitSize};`, indent, unitOffset, unit.byteSize, "", bit);
  }

  #row(text: string, indent: number, offset: number, size: number, note = "", bit?: number): void {
    const width = text.length - indent + indent * 8;
    const place =
      bit === undefined
        ? `${String(offset).padStart(5)}   `
        : `${String(offset).padStart(5)}:${String(bit).padStart(2)}`;
    const comment = `/* ${place} ${String(size).padStart(5)} */${note === "" ? "" : ` /* ${note} */`}`;
    this.#text += `${text}${" ".repeat(Math.max(1, commentColumn - width))}${this.#paint.faint(comment)}\n`;
  }

  #hole(hole: Hole, indent: number): void {
    const bytes = Math.floor(hole.bitSize / 8);
    const bits = hole.bitSize % 8;
    // A hole that starts inside a byte begins with the rest of that byte.
    const parts = [bits > 0 ? plural(bits, "bit") : "", bytes > 0 ? plural(bytes, "byte") : ""].filter(
      (part) => part !== "",
    );
    this.#text += `\n${"\t".repeat(indent)}${this.#paint.warning(`/* XXX ${parts.join(" and ")} hole */`)}\n\n`;
  }

  #boundary(offset: number, indent: number): void {
    const line = Math.floor(offset / cacheLine);
    if (line <= this.#line) return;
    this.#line = line;
    const ago = offset - line * cacheLine;
    const was = ago === 0 ? "" : ` was ${plural(ago, "byte")} ago`;
    const text = `/* --- cacheline ${line} boundary (${line * cacheLine} bytes)${was} --- */`;
    this.#text += `${"\t".repeat(indent)}${this.#paint.faint(text)}\n`;
  }

  #summary(type: Struct | Union): void {
    const lines = Math.ceil(type.size / cacheLine);
    const parts = [
      `size: ${type.size}`,
      `align: ${alignOf(type)}`,
      `cachelines: ${lines}`,
      `members: ${type.members.length}`,
    ];
    let text = `\n\t/* ${parts.join(", ")} */\n`;
    const holes = holesOf(type);
    const holeBits = holes.reduce((sum, hole) => sum + hole.bitSize, 0);
    if (holes.length > 0) text += `\t/* holes: ${holes.length}, sum holes: ${sum(holeBits)} */\n`;
    const padding = paddingOf(type);
    if (padding > 0) text += `\t/* padding: ${sum(padding)} */\n`;
    if (type.size % cacheLine !== 0) text += `\t/* last cacheline: ${plural(type.size % cacheLine, "byte")} */\n`;
    this.#text += this.#paint.faint(text);
  }
}

function plural(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

function sum(bits: number): string {
  const bytes = Math.floor(bits / 8);
  const rest = bits % 8;
  if (rest === 0) return plural(bytes, "byte");
  return bytes === 0 ? plural(rest, "bit") : `${plural(bytes, "byte")} ${plural(rest, "bit")}`;
}
