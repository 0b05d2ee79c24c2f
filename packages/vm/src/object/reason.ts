import type { RingBufError } from "@rbgen/runtime";

/** The message without the code in front of it, for an error of the same code that tells more. */
export function reasonOf({ code, message }: RingBufError): string {
  return message.startsWith(`${code}: `) ? message.slice(code.length + 2) : message;
}
