import type { Datasec, SectionVariable } from "../types.ts";
import { bytes } from "../units.ts";
import { alignOf } from "./alignment.ts";
import { sizeOf } from "./size.ts";

/**
 * Section `.kconfig` as libbpf lays it out when it opens an object: by alignment, the largest first, then by size and name
 * (`cmp_externs`, `bpf_object__collect_externs`). The compiler gives its variables no places.
 * @throws {@link BtfError} `size` for a variable of a type without one.
 */
export function layOutKconfig(section: Datasec): Datasec {
  const sorted = section.variables
    .map(({ variable }) => ({ variable, size: sizeOf(variable), align: alignOf(variable) }))
    .sort((a, b) => b.align - a.align || a.size - b.size || (a.variable.name < b.variable.name ? -1 : 1));
  let end = 0;
  const variables = sorted.map(({ variable, size, align }): SectionVariable => {
    const offset = Math.ceil(end / align) * align;
    end = offset + size;
    return { variable, offset: bytes(offset), size };
  });
  const { id, name } = section;
  return { kind: "datasec", ...(id === undefined ? {} : { id }), name, size: bytes(end), variables };
}
