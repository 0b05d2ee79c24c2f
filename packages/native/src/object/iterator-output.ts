import { constants } from "node:os";
import { loadAddon } from "../addon/load-addon.ts";
import { kernelError } from "../kernel/errno.ts";
import { createIterator } from "../kernel/link-commands.ts";
import { held } from "../kernel/open-map.ts";

/** What one read takes at most: as much as a `seq_file` of an iterator holds (kernel/bpf/bpf_iter.c, 8 pages). */
const readBytes = 32768;
/** Reads of nothing but objects that write nothing, each of a million of them. */
const mostRetries = 1000;

/**
 * One walk of the iterator that `link` is, read(2) by read(2). The bytes are overwritten by the next one.
 * @throws RingBufError: what the walk fails with, E2BIG where one visit writes more than the kernel's buffer.
 */
export function* outputOf(link: number, what: string): Generator<Uint8Array, undefined> {
  const addon = loadAddon();
  const fd = createIterator(link);
  if (fd < 0) throw kernelError(fd, "BPF_ITER_CREATE", `no walk of ${what}`);
  const owner = held(addon.own(fd));
  const bytes = new Uint8Array(readBytes);
  try {
    for (let retries = 0; ; ) {
      const count = addon.readFd(fd, bytes);
      if (count === 0) return undefined;
      if (count > 0) {
        retries = 0;
        yield bytes.subarray(0, count);
        continue;
      }
      // so many objects without output that the kernel lets others go first
      if (count === -constants.errno.EAGAIN && retries < mostRetries) retries += 1;
      else throw kernelError(count, "read", `the walk of ${what} ended before its end`);
    }
  } finally {
    addon.disown(owner);
  }
}
