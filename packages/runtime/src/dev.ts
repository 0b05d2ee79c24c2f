import { integer } from "./checked-number.ts";
import type { DevParts } from "./codegen/input.ts";

/**
 * Major and minor number of a `dev_t` as the kernel itself has it (`s_dev`, tracepoints): `MAJOR` and `MINOR` of
 * include/linux/kdev_t.h, the upper 12 bits and the lower 20. What `stat` tells user space is encoded otherwise.
 * @throws RingBufError EINVAL
 */
export function devParts(dev: number): DevParts {
  const number = integer(dev, "a device", 0, 0xffffffff);
  return { major: number >>> 20, minor: number & 0xfffff };
}
