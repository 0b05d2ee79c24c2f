export const clangVersion: string;
export function installedClang(): string | undefined;
export const objects: readonly string[];
export function compileObject(name: string): Buffer;
