import { ringError } from "./errno.ts";

/**
 * CPUs in a list as the kernel prints it: "0-3,5" has 0, 1, 2, 3 and 5.
 * @throws RingBufError EINVAL.
 */
export function cpuList(list: string): readonly number[] {
  return list
    .trim()
    .split(",")
    .flatMap((range) => {
      const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
      if (first === undefined) throw ringError("EINVAL", `"${list}" is not a list of CPUs`);
      return Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => Number(first) + i);
    });
}
