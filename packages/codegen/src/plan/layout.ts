import type { CompositePlan, FieldPlan, NodePlan, Shape } from "./model.ts";

/** A leaf of a layout descriptor; the runtime's `LayoutLeaf`, which codegen may not import. */
export interface Leaf {
  readonly path: string;
  readonly bitOffset: number;
  readonly bitSize: number;
  readonly class: "unsigned" | "signed" | "bool" | "char" | "float" | "pointer" | "enum" | "bytes";
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
      return { class: "char", bitSize: 8 };
    case "bytes":
      return { class: "bytes", bitSize: 8 };
    case "bool":
    case "float":
    case "pointer":
      return { class: shape.kind, bitSize, ...endian };
    default:
      throw new Error(`${shape.kind} is no scalar`);
  }
}

function addShape(leaves: Leaf[], shape: Shape, path: string, bitOffset: number, fileEndian: "little" | "big"): void {
  if (shape.kind === "composite") {
    addNodes(leaves, shape.composite.nodes, `${path}.`, bitOffset, fileEndian);
    return;
  }
  if (shape.kind === "string" || shape.kind === "bytes") {
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
    addNodes(leaves, element.composite.nodes, `${path}[${count === 0 ? "" : count}].`, bitOffset, fileEndian);
    return;
  }
  if (element.kind === "string" || element.kind === "bytes") {
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

const offsetBasis = 0xcbf29ce484222325n;
const prime = 0x100000001b3n;

/** FNV-1a of 64 bits over the layout's canonical text, in hex. */
export function hashLayout(layout: Layout): string {
  const lines = [`${layout.size} ${layout.endian}`];
  for (const leaf of layout.leaves) {
    const values = Object.entries(leaf.values ?? {}).map(([name, value]) => `${name}=${value}`);
    lines.push(
      [
        leaf.path,
        leaf.bitOffset,
        leaf.bitSize,
        leaf.class,
        leaf.count ?? "",
        leaf.stride ?? "",
        leaf.endian ?? "",
      ].join(" "),
      ...values,
    );
  }
  let hash = offsetBasis;
  for (const byte of new TextEncoder().encode(lines.join("\n"))) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * prime);
  }
  return hash.toString(16).padStart(16, "0");
}
