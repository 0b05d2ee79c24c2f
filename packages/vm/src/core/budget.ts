import { CoreError } from "./core-error.ts";

/** Comparisons that one candidate may take: those of the kernel's largest structs are some thousands. */
const most = 200_000;

/** A bound on the work of one comparison: types that hold each other twice at each step would else take for ever. */
export class Budget {
  #left: number = most;

  /**
   * Counts one comparison.
   * @throws {@link CoreError} after the last one.
   */
  spend(): void {
    this.#left -= 1;
    if (this.#left < 0) throw new CoreError(`types that take more than ${most} comparisons`);
  }
}
