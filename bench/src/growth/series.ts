/** How what something costs, or how much it carries, depends on one size. */
export interface Series {
  /** Of its picture: "record-size". */
  readonly name: string;
  readonly title: string;
  /** What grows, with its unit. */
  readonly along: string;
  /** What is measured, with its unit. */
  readonly unit: string;
  readonly sizes: readonly number[];
  /** A figure for each size, medians. */
  readonly lines: readonly { readonly label: string; readonly figures: readonly number[] }[];
}
