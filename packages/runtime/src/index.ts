export type { RingBufErrorOptions } from "./errors.ts";
export {
  CorruptRingError,
  DecodeError,
  EncodeError,
  isRingBufError,
  RingBufError,
  UnsupportedError,
} from "./errors.ts";
