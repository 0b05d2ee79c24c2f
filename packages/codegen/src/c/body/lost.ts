import { Poisoned } from "../text/complaints.ts";

/** Ends the reading of one statement, which is skipped: it is not understood. */
export class Lost extends Error {
  /** Whether that is because it nests too deep. */
  readonly deep: boolean;

  constructor(deep = false) {
    super();
    this.deep = deep;
  }
}

/** Whether a statement was given up, by this room or by the parser of declarations. */
export function isLost(error: unknown): boolean {
  return error instanceof Lost || error instanceof Poisoned;
}
