import { shown } from "../kernel/arguments.ts";
import { isWord } from "../kernel/attributes.ts";
import { ringError } from "../kernel/errno.ts";

/**
 * A name that C takes: text without a NUL, and not empty.
 * @throws RingBufError EINVAL
 */
export function checkName(name: string, what: string): string {
  if (typeof name === "string" && name !== "" && !name.includes("\0")) return name;
  throw ringError("EINVAL", `${what} is a name, not ${shown(name)}`);
}

/**
 * What `bpf_get_attach_cookie` gives the program; 0 where nothing is told.
 * @throws RingBufError EINVAL
 */
export function checkCookie(cookie: bigint | undefined): bigint {
  if (cookie === undefined) return 0n;
  if (typeof cookie === "bigint" && BigInt.asUintN(64, cookie) === cookie) return cookie;
  throw ringError("EINVAL", `a cookie is a bigint of 64 bits, not ${shown(cookie)}`);
}

/**
 * A process or CPU as system calls have it: −1, any, where nothing is told.
 * @throws RingBufError EINVAL
 */
export function checkNumber(value: number | undefined, what: string): number {
  if (value === undefined) return -1;
  if (isWord(value) && value < 2 ** 31) return value;
  throw ringError("EINVAL", `${what} is a number from 0 on, not ${shown(value)}`);
}

/**
 * Whether it is wanted; `false` where nothing is told.
 * @throws RingBufError EINVAL
 */
export function checkTruth(value: boolean | undefined, what: string): boolean {
  if (value === undefined || typeof value === "boolean") return value === true;
  throw ringError("EINVAL", `${what} is true or false, not ${shown(value)}`);
}

/**
 * A distance in bytes, up to what a number holds exactly.
 * @throws RingBufError EINVAL
 */
export function checkOffset(offset: number | undefined, what: string): number {
  if (offset === undefined) return 0;
  if (Number.isSafeInteger(offset) && offset >= 0) return offset;
  throw ringError("EINVAL", `${what} is a number of bytes from 0 on, not ${shown(offset)}`);
}
