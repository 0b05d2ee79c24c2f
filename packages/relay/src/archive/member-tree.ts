import type { LayoutDescriptor, LayoutLeaf } from "@rbgen/btf";

/** A member of a record as its layout has it: one with members of its own, an array of such, or a leaf. */
export interface MemberNode {
  /** In C. */
  readonly name: string;
  /** Whether it is an array of structs. */
  readonly list: boolean;
  /** Absent for what has members. */
  readonly leaf: LayoutLeaf | undefined;
  readonly members: MemberNode[];
}

/** The members of a layout as a tree, in the order of their leaves. */
export function memberTree(layout: LayoutDescriptor): MemberNode[] {
  const roots: MemberNode[] = [];
  for (const leaf of layout.leaves) {
    let siblings = roots;
    const parts = leaf.path.split(".");
    parts.forEach((part, depth) => {
      const list = part.endsWith("[]");
      const name = list ? part.slice(0, -2) : part;
      const last = depth === parts.length - 1;
      // the leaf of an array of structs as a whole is that of its node, and its element's leaves follow
      if (last && leaf.class === "struct") return;
      let node = siblings.find((other) => other.name === name && (other.leaf === undefined) === !last);
      if (node === undefined) {
        node = { name, list, leaf: last ? leaf : undefined, members: [] };
        siblings.push(node);
      }
      siblings = node.members;
    });
  }
  return roots;
}

/** What C names and the names that generated code makes of them have in common, whatever the case of letters. */
function bare(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/**
 * Which key of a decoded object each node is: the one with its letters and digits. Several alike go by their order, as
 * generated code names them, where there are as many keys as nodes; else nobody can tell, and none of them is.
 */
export function keysOf(nodes: readonly MemberNode[], keys: readonly string[]): (string | undefined)[] {
  return nodes.map((node) => {
    const own = bare(node.name);
    const alike = nodes.filter(({ name }) => bare(name) === own);
    const candidates = keys.filter((key) => bare(key) === own);
    if (candidates.length !== alike.length) return undefined;
    return candidates.find((key) => key === node.name) ?? candidates[alike.indexOf(node)];
  });
}
