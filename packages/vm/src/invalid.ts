import { RingBufError } from "@rbgen/runtime";

/** That an argument is none that is taken. */
export function invalid(message: string): RingBufError {
  return new RingBufError(message, { code: "EINVAL" });
}
