import type { Endian, NamedType } from "@rbgen/btf";
import { Annotations } from "../plan/annotations.ts";
import { hashLayout, type Layout, layoutOf, layoutOfShape } from "../plan/layout.ts";
import { Scope } from "../plan/names.ts";
import { Representer } from "../plan/represent.ts";
import { resolve } from "../plan/resolve.ts";

/** Where a layout comes from. */
export interface DescribeOptions {
  readonly endian: Endian;
  readonly pointerSize: 4 | 8;
}

/** A layout as codecs carry it, and its hash. */
export interface DescribedLayout {
  readonly layout: Layout;
  readonly hash: string;
}

/**
 * The layout descriptor of a type, the one that a codec generated for it would carry: for `rbgen diff`, and for checks
 * of a codec against an object's or a kernel's BTF.
 * @throws ShapeError for a type that has no bytes, or that no codec can hold.
 */
export function describeLayout(type: NamedType, options: DescribeOptions): DescribedLayout {
  const representer = new Representer(
    {
      ...options,
      int64: "bigint",
      case: "preserve",
      // What annotations change is how bytes are read, not where they are.
      annotations: new Annotations(),
      find: () => [],
      constant: () => undefined,
      warn: () => undefined,
      ignoreAnnotations: true,
    },
    new Scope(),
  );
  const core = resolve(type).type;
  const layout =
    core.kind === "struct" || core.kind === "union"
      ? layoutOf(representer.composite(core, type.name), options.endian)
      : layoutOfShape(type.name, representer.shape(type, type.name), options.endian);
  return { layout, hash: hashLayout(layout) };
}
