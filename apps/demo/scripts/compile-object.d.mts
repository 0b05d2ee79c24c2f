export const clangVersion: string;
export function installedClang(): string | undefined;
export function compileObject(): Buffer;
