/** What an operation ends with whose signal aborted: an event that somebody else dispatched comes without a reason. */
export function abortReason(signal: AbortSignal | undefined): unknown {
  const reason: unknown = signal?.reason;
  return reason === undefined ? new DOMException("This operation was aborted", "AbortError") : reason;
}
