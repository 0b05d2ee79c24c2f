export type { DeclarationForm } from "./declaration-file.ts";
export { ImportError, type RbgenPluginOptions, writeDeclarations } from "./imported.ts";
export { rbgen } from "./plugin.ts";
