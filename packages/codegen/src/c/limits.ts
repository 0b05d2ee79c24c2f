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
