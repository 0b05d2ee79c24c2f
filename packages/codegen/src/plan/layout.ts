import type { CompositePlan, FieldPlan, NodePlan, Shape } from "./model.ts";

/** A leaf of a layout descriptor; the runtime's `LayoutLeaf`, which codegen may not import. */
export interface Leaf {
  readonly path: string;
  readonly bitOffset: number;
  readonly bitSize: number;
  readonly class: "unsigned" | "signed" | "bool" | "char" | "float" | "pointer" | "enum" | "bytes" | "struct";
  readonly count?: number;
  readonly stride?: number;
  readonly endian?: "little" | "big";
  readonly values?: Readonly<Record<string, string>>;
}

/** The runtime's `LayoutDescriptor`. */
export interface Layout {
  readonly name: string;
  readonly size: number;
  readonly endian: "little" | "big";
  readonly leaves: readonly Leaf[];
}

type Scalar = Pick<Leaf, "class" | "bitSize" | "endian" | "values">;

function scalar(shape: Shape, fileEndian: "little" | "big"): Scalar {
  const bitSize = shape.size * 8;
  const endian = "endian" in shape && shape.endian !== fileEndian ? { endian: shape.endian } : {};
  switch (shape.kind) {
    case "int":
      return { class: shape.char ? "char" : shape.signed ? "signed" : "unsigned", bitSize, ...endian };
    case "enum": {
      const values = Object.fromEntries((shape.enum?.type.values ?? []).map((value) => [value.name, `${value.value}`]));
      return { class: "enum", bitSize, ...endian, values };
    }
    case "string":
    case "bytes":
      return { class: shape.of, bitSize: shape.of === "float" ? bitSize : 8 };
    case "bool":
    case "float":
    case "pointer":
      return { class: shape.kind, bitSize, ...endian };
    default:
      throw new Error(`${shape.kind} is no scalar`);
  }
}

function isByteArray(shape: Shape): boolean {
  return (shape.kind === "string" || shape.kind === "bytes") && shape.of !== "float";
}

function addShape(leaves: Leaf[], shape: Shape, path: string, bitOffset: number, fileEndian: "little" | "big"): void {
  if (shape.kind === "composite") {
    addNodes(leaves, shape.composite.nodes, `${path}.`, bitOffset, fileEndian);
    return;
  }
  if (isByteArray(shape)) {
    leaves.push({ path, bitOffset, ...scalar(shape, fileEndian), count: shape.size, stride: 8 });
    return;
  }
  if (shape.kind !== "array") {
    leaves.push({ path, bitOffset, ...scalar(shape, fileEndian) });
    return;
  }
  // Dimensions are one count: pahole flattens them, clang does not.
  let count = shape.count;
  let { element, stride } = shape;
  while (element.kind === "array") {
    count *= element.count;
    stride = element.stride;
    element = element.element;
  }
  if (element.kind === "composite") {
    leaves.push({ path, bitOffset, bitSize: element.size * 8, class: "struct", count, stride: stride * 8 });
    addNodes(leaves, element.composite.nodes, `${path}[].`, bitOffset, fileEndian);
    return;
  }
  if (isByteArray(element)) {
    leaves.push({ path, bitOffset, ...scalar(element, fileEndian), count: count * element.size, stride: 8 });
    return;
  }
  leaves.push({ path, bitOffset, ...scalar(element, fileEndian), count, stride: stride * 8 });
}

function addField(leaves: Leaf[], field: FieldPlan, prefix: string, base: number, fileEndian: "little" | "big"): void {
  const path = prefix + field.cName;
  if (field.bitSize === undefined) addShape(leaves, field.shape, path, base + field.bitOffset, fileEndian);
  else {
    const leaf = scalar(field.shape, fileEndian);
    leaves.push({ path, bitOffset: base + field.bitOffset, ...leaf, bitSize: field.bitSize });
  }
}

function addNodes(leaves: Leaf[], nodes: readonly NodePlan[], prefix: string, base: number, e: "little" | "big"): void {
  for (const node of nodes) {
    if (node.kind === "field") addField(leaves, node, prefix, base, e);
    else for (const arm of node.arms) addNodes(leaves, arm, prefix, base, e);
  }
}

/** The layout of a composite as its codec carries it: what the bytes mean, not how C spelled it. */
export function layoutOf(composite: CompositePlan, endian: "little" | "big"): Layout {
  const leaves: Leaf[] = [];
  addNodes(leaves, composite.nodes, "", 0, endian);
  return { name: composite.cName, size: composite.size, endian, leaves };
}

/** The layout of a record that is no struct. */
export function layoutOfShape(name: string, shape: Shape, endian: "little" | "big"): Layout {
  const leaves: Leaf[] = [];
  if (shape.kind === "composite") return layoutOf(shape.composite, endian);
  addShape(leaves, shape, "", 0, endian);
  return { name, size: shape.size, endian, leaves };
}

/** The text that is hashed: one line per leaf and enumerator. */
function canonical(layout: Layout): string {
  const lines = [`${layout.size} ${layout.endian}`];
  for (const leaf of layout.leaves) {
    const { path, bitOffset, bitSize, class: kind, count = "", stride = "", endian = "" } = leaf;
    lines.push(`${path} ${bitOffset} ${bitSize} ${kind} ${count} ${stride} ${endian}`);
    for (const [name, value] of Object.entries(leaf.values ?? {})) lines.push(` ${name} ${value}`);
  }
  return lines.join("\n");
}

/** FNV-1a of 64 bits over the layout's canonical text, in hex; in two halves, since bigint is slow for it. */
export function hashLayout(layout: Layout): string {
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  for (const byte of new TextEncoder().encode(canonical(layout))) {
    low = (low ^ byte) >>> 0;
    // Times 2^40 + 0x1b3.
    const product = low * 0x1b3;
    high = (Math.imul(high, 0x1b3) + Math.floor(product / 0x1_0000_0000) + (low << 8)) >>> 0;
    low = product >>> 0;
  }
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}
