import type { Member } from "@rbgen/btf";
import type { Declared, OpenedNode, PlacePlan } from "./model.ts";
import { memberScope } from "./names.ts";
import type { Opening } from "./opening.ts";
import { memberCalled, outerPlace, UnheldError } from "./outer-tag.ts";

/** A struct of which a member's type is looked into, and where that stands in it, bytes. */
interface Holder {
  readonly opening: Opening;
  readonly offset: number;
}

/** Opens a member of a struct by itself. */
type OpenMember = (aside: Opening, member: Member, bitOffset: number) => readonly OpenedNode[];

/** The members whose types are looked into, one within another. */
export class Holders {
  #open: readonly Holder[] = [];

  /** Runs `work`, in which types are those that a member holds; of a list, none does. */
  holding<Result>(holder: Holder | undefined, work: () => Result): Result {
    const before = this.#open;
    this.#open = holder === undefined ? [] : [...before, holder];
    try {
      return work();
    } finally {
      this.#open = before;
    }
  }

  /**
   * The tag in the struct around `plan`, from the start of that: its member is looked at by itself, since the others are not known yet.
   * @throws AnnotationError where there is none
   */
  outerPlace(plan: Declared, path: string, open: OpenMember): PlacePlan {
    const holder = this.#open.at(-1);
    if (holder === undefined) throw new UnheldError(plan, `^.${path}`);
    const { opening, offset } = holder;
    const aside: Opening = { ...opening, scope: memberScope(), fields: [], arms: [] };
    const found = memberCalled(opening.plan.type, path);
    const nodes = found === undefined ? [] : open(aside, found.member, found.bitOffset);
    return outerPlace({ cText: opening.plan.cText, nodes }, path, offset);
  }
}
