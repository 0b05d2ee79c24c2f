import type { Location } from "@rbgen/btf";
import type { Annotation } from "./annotations.ts";
import type { MemberPlan, OpenedUnion } from "./model.ts";
import type { Members } from "./place.ts";

/** A struct or union whose members are all found, while it is not known yet how long they are. */
export interface OpenedStruct extends Members {
  readonly size: number;
  /** The unions whose arms a tag tells apart. */
  readonly told: readonly OpenedArms[];
}

/** A member with its annotations, and where it stands. */
export interface OpenedMember {
  readonly field: MemberPlan;
  readonly annotations: readonly Annotation[];
  /** The last member of the struct, through anonymous ones; of a union that is last, of an arm. */
  readonly last: boolean;
  /** The last member of an arm of the union that holds it, through anonymous structs. */
  readonly endsArm: boolean;
  /** Where the member is declared, if the source tells. */
  readonly location: Location | undefined;
  /** The union that holds it, of several the outermost one. */
  readonly around?: UnionFrame;
}

/** A union as its members see it; each has one of its own, but a union at the end of an arm, which has that around it. */
export interface UnionFrame {
  /** Bytes from the composite's start to the union's end. */
  readonly end: number;
}

/** A union whose annotation names the tag that tells its arms apart. */
export interface OpenedArms {
  readonly union: OpenedUnion;
  readonly frame: UnionFrame;
  /** It ends the record. */
  readonly trailing: boolean;
}

/** Whether a tag tells the arms of the union that a member sees around it. */
export function isTold({ told }: OpenedStruct, around: UnionFrame): boolean {
  return told.some(({ frame }) => frame === around);
}
