import type { Refusal } from "../protocol/frame.ts";

/**
 * What was refused: a frame, by its reason; "behind": a frame that came on a connection behind one of these; "request": a
 * request or an upgrade without the token, or from elsewhere; "page": a page beyond as many as may be open.
 */
export type Refused = Refusal | "behind" | "request" | "page";

/** How often what came from outside was refused, by reason. */
export class Refusals {
  readonly #counts = new Map<Refused, number>();

  add(reason: Refused): void {
    this.#counts.set(reason, this.of(reason) + 1);
  }

  of(reason: Refused): number {
    return this.#counts.get(reason) ?? 0;
  }
}
