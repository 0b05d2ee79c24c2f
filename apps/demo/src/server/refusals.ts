import type { Refusal } from "../protocol/frame.ts";

/** How often what came from outside was refused, by reason. */
export class Refusals {
  readonly #counts = new Map<Refusal | "request", number>();

  /** `reason`: of a frame; "request": a request or an upgrade without the token, or from elsewhere. */
  add(reason: Refusal | "request"): void {
    this.#counts.set(reason, this.of(reason) + 1);
  }

  of(reason: Refusal | "request"): number {
    return this.#counts.get(reason) ?? 0;
  }
}
