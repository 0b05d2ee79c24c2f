import { DecodeError, EncodeError } from "@rbgen/runtime";
import { firstDifference } from "./difference.ts";
import { fail, hex } from "./fault.ts";
import { givenDifference } from "./given-difference.ts";
import type { AnyCodec } from "./load-generated.ts";

/**
 * Whatever value a program gives: `encode` refuses it with an EncodeError, or writes bytes that `decode` takes for that value, and that
 * it takes for the same again once they went through both. Gives the bytes, undefined where there are none. Of an `open` record bytes
 * that no member has are 0 then, so that members of what lies over them may change.
 */
export function exerciseGiven(codec: AnyCodec, given: unknown, open = false): Uint8Array | undefined {
  let bytes: Uint8Array;
  try {
    bytes = codec.toBytes(given);
  } catch (error) {
    if (error instanceof EncodeError) return undefined;
    throw error;
  }
  // A bigint of a member that is decoded to a number may be one that no number is.
  if (isBeyondNumbers(codec, bytes)) return bytes;
  const decode = (from: Uint8Array, what: string): unknown => {
    try {
      return codec.decode(from);
    } catch (error) {
      return fail(`${what} writes ${hex(from)}, which is refused: ${String(error)}`);
    }
  };
  const decoded = decode(bytes, "encode");
  const difference = givenDifference(given, decoded, "", open);
  if (difference !== undefined) fail(`${difference}, of ${hex(bytes)}`);
  let again: Uint8Array;
  try {
    again = codec.toBytes(decoded);
  } catch (error) {
    return fail(`what was encoded as ${hex(bytes)} is refused once it is decoded: ${String(error)}`);
  }
  if (open) return bytes;
  const changed = firstDifference(decode(again, "encode of decode"), decoded);
  if (changed !== undefined) fail(`encode of decode: ${changed}, of ${hex(bytes)}`);
  return bytes;
}

function isBeyondNumbers(codec: AnyCodec, bytes: Uint8Array): boolean {
  try {
    codec.decode(bytes);
    return false;
  } catch (error) {
    return error instanceof DecodeError && error.message.endsWith(" is beyond 2^53");
  }
}
