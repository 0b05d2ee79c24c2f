import { RingBufError } from "@rbgen/runtime";

/** What `RelayError.code` may be, beside errnos for arguments and spools. */
export type RelayErrorCode =
  /** Records are gone that no relay gave up: the stream lost or removed them before they were read. */
  | "ERR_RELAY_MISSING"
  /** A host's records have another layout than the codec's. */
  | "ERR_RELAY_DRIFT"
  /** The server or the stream did not do what was asked. */
  | "ERR_RELAY_STREAM"
  /** A host did not take a record. */
  | "ERR_RELAY_COMMAND"
  /** The relay, reader or writer is closed. */
  | "ERR_RELAY_CLOSED"
  | "EINVAL"
  | "EBUSY";

/** An error of the relay that is no matter of a chunk's bytes. */
export class RelayError extends RingBufError {
  constructor(code: RelayErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, { ...options, code });
    this.name = "RelayError";
  }
}

export function refuse(message: string): never {
  throw new RelayError("EINVAL", message);
}

/** What `error` says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
