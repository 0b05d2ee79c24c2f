import {
  alignOf,
  BtfError,
  bitFieldStorage,
  type Endian,
  formatType,
  type Hole,
  holesOf,
  inOrder,
  isFlexible,
  isPacked,
  type Member,
  type NamedType,
  paddingOf,
  type Struct,
  sizeOf,
  type Union,
  underlyingName,
} from "@rbgen/btf";
import { counted } from "../diagnostics/counted.ts";
import { printable } from "../diagnostics/display-text.ts";
import { anonymousComposite, sizeIn } from "./describe.ts";

/** Bytes of a cache line, as pahole assumes. */
const cacheLine = 64;
/** Columns between which the comments with offset and size begin, by the longest declaration. */
const commentColumns = { least: 40, most: 72 };
const tabStop = 8;
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
      const text = `typedef ${printable(formatType(target, name))};`;
      return `${paint.strong(text)} ${paint.faint(`/* ${underlyingName(target)}, size: ${sizeOf(type)}, align: ${alignOf(type)} */`)}\n`;
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
  /** Lines; one with an offset and size is a pair, so that the second halves line up. */
  readonly #rows: (string | { readonly text: string; readonly width: number; readonly comment: string })[] = [];
  /** Number of the cache line that was announced last. */
  #line = 0;

  constructor(endian: Endian, paint: PicturePaint) {
    this.#endian = endian;
    this.#paint = paint;
  }

  composite(name: string, type: Struct | Union): string {
    this.#members(type, 0, 1, type.kind === "struct", name);
    const widest = Math.max(0, ...this.#rows.map((row) => (typeof row === "string" ? 0 : row.width)));
    const column = Math.min(commentColumns.most, Math.max(commentColumns.least, widest + 1));
    let text = `${this.#paint.strong(`${type.kind} ${printable(name)} {`)}\n`;
    for (const row of this.#rows) {
      if (typeof row === "string") text += row;
      else text += `${row.text}${" ".repeat(Math.max(1, column - row.width))}${this.#paint.faint(row.comment)}\n`;
    }
    const packed = isPacked(type) ? " __attribute__((packed))" : "";
    return `${text}${this.#summary(type)}${this.#paint.strong(`}${packed};`)}\n`;
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
      // `const struct {...} name[2]`: what stands before the body and after it.
      const [before, after] = formatType(member.type, member.name).split("{...}");
      this.#rows.push(`${tabs}${before!.trim()} {\n`);
      this.#members(
        inner,
        bitOffset,
        indent + 1,
        boundaries && inner.kind === "struct" && member.type === inner,
        `${path}.${member.name}`,
      );
      this.#row(`${tabs}}${after ?? ""};`, indent, bitOffset / 8, size / 8);
      return;
    }
    const declaration = printable(formatType(member.type, member.name));
    if (member.bitSize === undefined) {
      this.#row(
        `${tabs}${declaration};`,
        indent,
        bitOffset / 8,
        size / 8,
        isFlexible(member, holder) ? "flexible" : "",
      );
      return;
    }
    const unit = bitFieldStorage(member, holder, this.#endian);
    const unitOffset = (bitOffset - member.bitOffset) / 8 + unit.byteOffset;
    const bit = member.bitOffset - unit.byteOffset * 8;
    this.#row(`${tabs}${declaration}:${member.bitSize};`, indent, unitOffset, unit.byteSize, "", bit);
  }

  #row(text: string, indent: number, offset: number, size: number, note = "", bit?: number): void {
    const width = text.length - indent + indent * tabStop;
    const place =
      bit === undefined
        ? `${String(offset).padStart(5)}   `
        : `${String(offset).padStart(5)}:${String(bit).padStart(2)}`;
    const comment = `/* ${place} ${String(size).padStart(5)} */${note === "" ? "" : ` /* ${note} */`}`;
    this.#rows.push({ text, width, comment });
  }

  #hole(hole: Hole, indent: number): void {
    const bytes = Math.floor(hole.bitSize / 8);
    const bits = hole.bitSize % 8;
    // A hole that starts inside a byte begins with the rest of that byte.
    const parts = [bits > 0 ? counted(bits, "bit") : "", bytes > 0 ? counted(bytes, "byte") : ""].filter(
      (part) => part !== "",
    );
    this.#rows.push(`\n${"\t".repeat(indent)}${this.#paint.warning(`/* XXX ${parts.join(" and ")} hole */`)}\n\n`);
  }

  #boundary(offset: number, indent: number): void {
    const line = Math.floor(offset / cacheLine);
    if (line <= this.#line) return;
    this.#line = line;
    const ago = offset - line * cacheLine;
    const was = ago === 0 ? "" : ` was ${counted(ago, "byte")} ago`;
    const text = `/* --- cacheline ${line} boundary (${counted(line * cacheLine, "byte")})${was} --- */`;
    this.#rows.push(`${"\t".repeat(indent)}${this.#paint.faint(text)}\n`);
  }

  #summary(type: Struct | Union): string {
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
    if (type.size % cacheLine !== 0) text += `\t/* last cacheline: ${counted(type.size % cacheLine, "byte")} */\n`;
    return this.#paint.faint(text);
  }
}

function sum(bits: number): string {
  const bytes = Math.floor(bits / 8);
  const rest = bits % 8;
  if (rest === 0) return counted(bytes, "byte");
  return bytes === 0 ? counted(rest, "bit") : `${counted(bytes, "byte")} ${counted(rest, "bit")}`;
}
