/** What tells the records of one map apart: a member of each, and the values that it has there. */
export interface MapTag {
  /** Path of the member: "hdr.kind". */
  readonly path: string;
  /** Integers, or constants of the input by name, for each record as `--map` takes it. */
  readonly values: ReadonlyMap<string, readonly string[]>;
}
