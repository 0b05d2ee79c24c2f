/** What the compiler is always given. */
export const flags: readonly string[];
export const linkFlags: readonly string[];
/** Node's headers, or undefined where there are none. */
export function headers(): string | undefined;
/** Compiles the addon into `output`; returns what went wrong, or undefined. */
export function compile(compiler: string, output: string, extra?: readonly string[]): string | undefined;
