import {
  alignOf,
  BtfError,
  bitSizeOf,
  formatType,
  isFlexible,
  isPacked,
  leavesOf,
  type Member,
  type NamedType,
  type Struct,
  sizeOf,
  type Type,
  type Union,
  underlyingName,
} from "@rbgen/btf";
import type { CompositeLayout, EnumLayout, LeafLayout, MemberLayout, TypeLayout } from "./document.ts";

/** How to describe a type. */
export interface DescribeOptions {
  readonly leaves: boolean;
  /** Adds the type's id, since others share its name. */
  readonly withId: boolean;
  readonly input?: string;
}

/**
 * The layout of `type` under the name it goes by.
 * @throws BtfError for a type whose layout cannot be told: it is left out and reported, never guessed.
 */
export function describeType(name: string, type: NamedType, options: DescribeOptions): TypeLayout {
  const head = {
    name,
    ...(options.withId && type.id !== undefined ? { id: type.id } : {}),
    ...(options.input === undefined ? {} : { input: options.input }),
  };
  switch (type.kind) {
    case "struct":
    case "union": {
      // First, since its errors name the member.
      const members = describeMembers(type, name, 0);
      const layout: CompositeLayout = {
        ...head,
        kind: type.kind,
        size: type.size,
        align: alignOf(type),
        packed: isPacked(type),
        members,
        ...(options.leaves ? { leaves: describeLeaves(type) } : {}),
      };
      return layout;
    }
    case "enum":
    case "enum64": {
      const layout: EnumLayout = {
        ...head,
        kind: "enum",
        size: type.size,
        align: alignOf(type),
        signed: type.signed,
        values: type.values.map((value) => ({ name: value.name, value: String(value.value) })),
      };
      return layout;
    }
    default:
      return {
        ...head,
        kind: "typedef",
        size: sizeOf(type),
        align: alignOf(type),
        type: formatType(type.kind === "typedef" ? type.target : type),
        underlying: underlyingName(type),
      };
  }
}

function describeLeaves(type: Struct | Union): LeafLayout[] {
  return leavesOf(type).map(({ path, bitOffset, bitSize, type: element }) => ({
    path,
    bitOffset,
    bitSize,
    type: formatType(element),
  }));
}

/** The struct or union without a name that a member is, or is an array of. */
export function anonymousComposite(type: Type): Struct | Union | undefined {
  let at = type;
  for (let depth = 0; depth < 256; depth += 1) {
    if (at.kind === "array") at = at.element;
    else if (at.kind === "const" || at.kind === "volatile" || at.kind === "restrict" || at.kind === "type_tag") {
      at = at.target;
    } else break;
  }
  return (at.kind === "struct" || at.kind === "union") && at.name === "" ? at : undefined;
}

/** Anonymous types inside of each other. */
const maxDepth = 256;

function describeMembers(type: Struct | Union, path: string, depth: number): MemberLayout[] {
  if (depth > maxDepth) throw new BtfError("cycle", "anonymous types lie too deep inside of each other", { path });
  return type.members.map((member): MemberLayout => {
    const inner = anonymousComposite(member.type);
    return {
      name: member.name === "" ? null : member.name,
      type: formatType(member.type),
      ...(inner === undefined ? { underlying: underlyingName(member.type) } : {}),
      bitOffset: member.bitOffset,
      bitSize: sizeIn(member, path),
      bitfield: member.bitSize !== undefined,
      ...(isFlexible(member, type) ? { flexible: true } : {}),
      ...(inner === undefined ? {} : { members: describeMembers(inner, `${path}.${member.name}`, depth + 1) }),
    };
  });
}

/** Bits of `member`; an error names the path that leads to it. */
export function sizeIn(member: Member, path: string): number {
  try {
    return bitSizeOf(member);
  } catch (error) {
    if (!(error instanceof BtfError)) throw error;
    throw new BtfError(error.code, error.message, { path: `${path}.${member.name}`, cause: error });
  }
}
