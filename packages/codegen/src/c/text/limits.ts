/** How much a hostile or broken input may cost before it is refused. */
export interface FrontEndLimits {
  /** Files that include each other. */
  readonly includeDepth: number;
  /** Files read, each as often as it is included. */
  readonly includes: number;
  /** Characters of all texts read, each as often as it is included. */
  readonly characters: number;
  /** Tokens of the whole translation unit, after preprocessing. */
  readonly tokens: number;
  /** Tokens that macros make, intermediate ones counted. */
  readonly expansionTokens: number;
  /** Macro calls inside of arguments of macro calls. */
  readonly expansionDepth: number;
  /** Declarators, expressions and bodies inside of each other. */
  readonly nesting: number;
  /** Diagnostics, after which the input is given up. */
  readonly diagnostics: number;
}

export const defaultLimits: FrontEndLimits = {
  includeDepth: 200,
  includes: 1 << 16,
  characters: 1 << 28,
  tokens: 1 << 26,
  expansionTokens: 1 << 21,
  expansionDepth: 400,
  nesting: 256,
  diagnostics: 100,
};

/** How far each may be raised: the parser's stack and 32-bit positions end there. */
export const largestLimits: FrontEndLimits = {
  includeDepth: 10_000,
  includes: 1 << 24,
  characters: 1 << 30,
  tokens: 1 << 28,
  expansionTokens: 1 << 28,
  expansionDepth: 1000,
  nesting: 500,
  diagnostics: 1_000_000,
};

/** Names of the limits. */
export const limitNames: readonly (keyof FrontEndLimits)[] = Object.keys(defaultLimits) as (keyof FrontEndLimits)[];

/** What may be wrong with `value` for the limit `name`; undefined where nothing is. */
export function faultOfLimit(name: keyof FrontEndLimits, value: unknown): string | undefined {
  const most = largestLimits[name];
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= most) return undefined;
  return `a whole number from 1 to ${most} is wanted`;
}

/** The hint of a diagnostic that says that a limit was reached. */
export function raising(name: keyof FrontEndLimits): string {
  return `--limit ${name}=NUMBER raises it, up to ${largestLimits[name]}`;
}
