/** Errnos of the protocol and of the emulated kernel, negative as the kernel returns them and as Node's system errors have them. */
export const errno = {
  ENOENT: -2,
  E2BIG: -7,
  EAGAIN: -11,
  ENOMEM: -12,
  EACCES: -13,
  EBUSY: -16,
  EEXIST: -17,
  EINVAL: -22,
  ENOSPC: -28,
  ERANGE: -34,
  EOPNOTSUPP: -95,
} as const;

/** What errors of every copy of this package have, so that each copy knows those of the others. */
const brand: unique symbol = Symbol.for("rbgen.v1.error") as never;

/** What a `RingBufError` is told beyond its message. */
export interface RingBufErrorOptions {
  /** Name of the errno, or `ERR_RINGBUF_*`. */
  readonly code: string;
  /** The libbpf or kernel call that failed, or that would have: `user_ring_buffer__reserve`. */
  readonly syscall?: string | undefined;
  /** Negative errno, where `code` is a name that the protocol itself does not give. */
  readonly errno?: number | undefined;
  /** What led to it. */
  readonly cause?: unknown;
}

/**
 * Base of every error of the runtime and its backends.
 *
 * `code` is the errno's name where it is one ("ENOSPC"), else `ERR_RINGBUF_CLOSED`, `ERR_RINGBUF_CORRUPT`,
 * `ERR_RINGBUF_DECODE` or `ERR_RINGBUF_UNSUPPORTED`; `errno` is negative, or undefined for the latter.
 */
export class RingBufError extends Error {
  /** The errno's name ("ENOSPC") or `ERR_RINGBUF_…`. */
  readonly code: string;
  /** The errno, negative as in Node's system errors; undefined where it is none. */
  readonly errno: number | undefined;
  /** The call of the kernel or libbpf that failed. */
  readonly syscall: string | undefined;
  constructor(message: string, options: RingBufErrorOptions) {
    super(`${options.code}: ${message}`, options);
    this.code = options.code;
    this.errno = options.errno ?? (errno as Readonly<Record<string, number>>)[options.code];
    this.syscall = options.syscall;
  }

  static {
    named(RingBufError, "RingBufError");
    Object.defineProperty(RingBufError.prototype, brand, { value: true });
  }
}

/** Gives errors of `type` their name, as those of the language have it: of the prototype, and not enumerated. */
export function named(type: abstract new (...parameters: never) => Error, name: string): void {
  Object.defineProperty(type.prototype, "name", { value: name, writable: true, configurable: true });
}

/** What an argument that means nothing is refused with. */
export function invalid(message: string, syscall?: string): RingBufError {
  return new RingBufError(message, { code: "EINVAL", syscall });
}

/** Whether `error` is a `RingBufError`, of this copy of the package or another, and has `code` if one is asked for. */
export function isRingBufError(error: unknown, code?: string): error is RingBufError {
  if (!(error instanceof Error) || (error as { readonly [brand]?: unknown })[brand] !== true) return false;
  return code === undefined || (error as RingBufError).code === code;
}

/** The ring holds what no kernel writes, at `position` (bytes since the ring was made). Reading it has stopped. */
export class CorruptRingError extends RingBufError {
  /** Where in the ring it was met, bytes since the ring was made. */
  readonly position: bigint;
  constructor(position: bigint, detail: string) {
    super(`${detail} at position ${position}`, { code: "ERR_RINGBUF_CORRUPT" });
    this.position = position;
  }

  static {
    named(CorruptRingError, "CorruptRingError");
  }
}

/** A sample that is not the record it is taken for. */
export class DecodeError extends RingBufError {
  /** C name of the record. */
  readonly record: string;
  /** Member, path from the record; empty for the record itself. */
  readonly path: string;
  /** Bytes that `path` needs (or the most it may have, where the sample is too long). */
  readonly needed: number;
  /** Bytes that there are. */
  readonly byteLength: number;
  constructor(record: string, needed: number, byteLength: number, path = "", reason?: string) {
    const where = record + (path && `.${path}`);
    // a length of the sample's own may say anything
    const told = needed < 0 ? `has a length of ${needed} bytes` : `needs ${needed} bytes, there are ${byteLength}`;
    super(`${where} ${reason ?? told}`, {
      code: "ERR_RINGBUF_DECODE",
    });
    this.record = record;
    this.path = path;
    this.needed = needed;
    this.byteLength = byteLength;
  }

  static {
    named(DecodeError, "DecodeError");
  }
}

/** A value that does not fit its member; nothing is wrapped or cut. */
export class EncodeError extends RingBufError {
  /** Member, path from the record; empty for the record itself. */
  readonly path: string;
  /** What was given. */
  readonly value: unknown;
  /** Why it does not fit, in words. */
  readonly reason: string;
  /** `of` is told in front of the path: what the value stands for, where that is no record. */
  constructor(
    path: string,
    value: unknown,
    reason: string,
    options: { readonly of?: string; readonly cause?: unknown } = {},
  ) {
    const { of = "", cause } = options;
    super((of && `${of}: `) + (path && `${path}: `) + reason, {
      ...(cause !== undefined && { cause }),
      code: "ERANGE",
    });
    this.path = path;
    this.value = value;
    this.reason = reason;
  }

  static {
    named(EncodeError, "EncodeError");
  }
}

/** What was asked for does not exist on this platform or kernel. */
export class UnsupportedError extends RingBufError {
  constructor(message: string, options: { readonly syscall?: string | undefined; readonly cause?: unknown } = {}) {
    super(message, { ...options, code: "ERR_RINGBUF_UNSUPPORTED" });
  }

  static {
    named(UnsupportedError, "UnsupportedError");
  }
}
