/** What tells the records of one map apart: a member of each, and the values that it has there. */
export interface MapTag {
  /** Path of the member: "hdr.kind". */
  readonly path: string;
  /** Its path in records that have another one, by the record as `--map` takes it: "kind" of a header that is sent alone. */
  readonly paths?: ReadonlyMap<string, string>;
  /** Integers, or constants of the input by name, for each record as `--map` takes it. */
  readonly values: ReadonlyMap<string, readonly string[]>;
}
