export type { Requirement } from "./tools.ts";
export { describeWith, findProgram, has } from "./tools.ts";
