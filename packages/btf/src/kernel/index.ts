export { checkKernelRules } from "./kernel-rules.ts";
export { sanitizeBtf } from "./sanitize.ts";
