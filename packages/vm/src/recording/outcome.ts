import { VerifierError } from "@rbgen/runtime/emulated";
import type { Outcome } from "./recording.ts";

/** What a run gives that ends with its exit, as far as a recording keeps it. */
interface Returned {
  readonly returnValue: number;
  readonly instructions: number;
}

/** How a run ended, as a recording has it; undefined for an error that is no fault of the program. */
export function outcomeOf(ended: Returned | VerifierError): Outcome;
export function outcomeOf(ended: unknown): Outcome | undefined;
export function outcomeOf(ended: unknown): Outcome | undefined {
  if (ended instanceof VerifierError) return { fault: ended.message };
  if (ended instanceof Error) return undefined;
  const { returnValue, instructions } = ended as Returned;
  return { returned: returnValue, instructions };
}
