/** Text of an input as it may be shown: what reorders text or has no shape is escaped, as the command does. */
export { printable, printableJson, printableLines } from "../../../packages/codegen/src/diagnostics/display-text.ts";
