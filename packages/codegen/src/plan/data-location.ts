import { counted } from "../diagnostics/counted.ts";
import { AnnotationError, annotationOf } from "./annotations.ts";
import { countOf } from "./array-length.ts";
import type { DatalocPlan, MemberPlan, VariablePlan } from "./model.ts";
import { named } from "./names.ts";
import { fieldsOf } from "./nodes.ts";
import type { OpenedMember, OpenedStruct } from "./opened.ts";
import { placeOf } from "./place.ts";
import { locating } from "./resolve.ts";

/** The members of a struct that point to bytes further on, and where those bytes are. */
export interface DataLocations {
  /** The array that ends the struct, or one behind it that has no name. */
  readonly blob: MemberPlan;
  readonly variable: VariablePlan;
  readonly located: ReadonlyMap<MemberPlan, DatalocPlan>;
  /** Members that are told by others: the blob, and the lengths beside offsets. */
  readonly hidden: ReadonlySet<MemberPlan>;
}

/** The bytes behind a struct that names no array for them. */
function behind(struct: OpenedStruct): MemberPlan {
  return {
    kind: "field",
    cName: "",
    name: named``,
    bitOffset: struct.size * 8,
    shape: { kind: "bytes", size: 0, of: "bytes" },
    declaration: "",
  };
}

function locationOf(struct: OpenedStruct, { field, annotations }: OpenedMember, blob: () => MemberPlan) {
  const annotation = annotationOf(annotations, "dataloc");
  if (annotation === undefined) return undefined;
  const where = `dataloc on ${field.cName}`;
  const place = placeOf(struct, field.cName, where);
  const { size: bytes } = place.shape;
  if (annotation.length === undefined && ((bytes !== 4 && bytes !== 8) || place.bits !== undefined)) {
    const size = place.bits === undefined ? counted(bytes, "byte") : counted(place.bits.size, "bit");
    throw new AnnotationError(`${struct.cText}.${field.cName} has ${size}; offset and length share 4 bytes, or 8`);
  }
  const { shape, cName, bitOffset } = blob();
  if (shape.kind !== "bytes" && shape.kind !== "string") {
    throw new AnnotationError(
      `${struct.cText} ends in ${cName}, so that nothing is left for ${field.cName} to point into`,
      "end the struct with a flexible array of bytes, or with no array at all",
    );
  }
  if (annotation.from !== undefined && annotation.from !== cName) {
    throw new AnnotationError(`${where} counts from ${annotation.from}, which is not the trailing ${cName}`);
  }
  const dataloc: DatalocPlan = {
    // A relative one counts from the byte behind itself, as `__rel_loc` of tracepoints does.
    base: annotation.relative ? field.bitOffset / 8 + bytes : annotation.from === undefined ? 0 : bitOffset / 8,
    text: annotation.text,
    ...(annotation.length === undefined ? {} : { length: placeOf(struct, annotation.length, where) }),
  };
  return { dataloc, length: annotation.length };
}

/**
 * Where the members of a struct point to, if any do. `tail` is the field that ends it, if one does; where it is `open` it ends
 * in a union that varies. @throws AnnotationError for annotations that do not fit.
 */
export function dataLocations(
  struct: OpenedStruct,
  members: readonly OpenedMember[],
  tail: MemberPlan | undefined,
  open: boolean,
): DataLocations | undefined {
  const located = new Map<MemberPlan, DatalocPlan>();
  const hidden = new Set<MemberPlan>();
  let blob = tail;
  const blobOf = (): MemberPlan => {
    if (blob === undefined && open) {
      throw new AnnotationError(`${struct.cText} ends in a union that varies, so that no bytes follow it`);
    }
    blob ??= behind(struct);
    return blob;
  };
  for (const member of members) {
    const found = locating(member.location, () => locationOf(struct, member, blobOf));
    if (found === undefined) continue;
    located.set(member.field, found.dataloc);
    if (found.length === undefined) continue;
    for (const other of fieldsOf(struct.nodes)) if (other.cName === found.length) hidden.add(other);
  }
  if (blob === undefined || located.size === 0) return undefined;
  const max = countOf(blob.shape);
  const variable: VariablePlan = { kind: "blob", stride: 1, ...(max === 0 ? {} : { max }) };
  return { blob, variable, located, hidden: hidden.add(blob) };
}
