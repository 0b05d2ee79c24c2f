/** Why it is not known what lies in a record, and where that is seen. */
export interface Doubt {
  readonly why: string;
  readonly pos: number | undefined;
}

/** Ends a search: what lies there is not known. */
export class Uncertain extends Error {
  readonly pos: number | undefined;

  constructor(why: string, pos: number | undefined) {
    super(why);
    this.pos = pos;
  }
}
