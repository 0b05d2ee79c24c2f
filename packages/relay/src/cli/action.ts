import type { Machine } from "./machine.ts";

/**
 * What a parsed command line asks for.
 * @throws what went wrong
 */
export type Action = (machine: Machine) => Promise<void>;
