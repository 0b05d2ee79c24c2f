/** A place in the code of an object. */
export interface CodePlace {
  /** Index of the section. */
  readonly section: number;
  /** Bytes from its start. */
  readonly at: number;
}

/** Instructions of one section, from the first one to before `end`. */
export interface CodeRange {
  /** Index of the section. */
  readonly section: number;
  /** Bytes from its start. */
  readonly start: number;
  /** Bytes from its start, behind the last one. */
  readonly end: number;
}
