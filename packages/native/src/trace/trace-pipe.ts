import { closeSync, constants, openSync } from "node:fs";
import { constants as system } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { TraceLine } from "@rbgen/runtime";
import { loadAddon } from "../addon/load-addon.ts";
import { checkOptions, shown } from "../kernel/arguments.ts";
import { kernelError, ringError, systemError } from "../kernel/errno.ts";
import { tracefs } from "../kernel/tracefs.ts";
import { parseTraceLine } from "./trace-line.ts";

/** How the kernel's trace is read. */
export interface TracePipeOptions {
  /** Ends the iteration by its reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds between two looks at a trace with nothing new; 100 unless told. The kernel tells a poll of the trace only once
   * its buffer is half full.
   */
  readonly pollMs?: number | undefined;
}

/** A read of the trace gives at most a page. */
const roomBytes = 65536;

/**
 * The lines of the kernel's trace (`trace_pipe` of tracefs), where `bpf_printk` prints: those that are there, and then each that
 * comes. It is one trace of the whole machine, and what is read is gone for every other reader. It is opened by the first
 * step and closed when the iteration ends.
 *
 * @example
 * ```ts
 * for await (const line of tracePipe()) if (line.kind === "traced") console.log(line.task, line.text);
 * ```
 * @throws RingBufError ENOENT where tracefs is not mounted, EACCES, EBUSY where another reads it (Linux 6.8); EINVAL for options
 * that are none; the signal's reason.
 */
export function tracePipe(options: TracePipeOptions = {}): AsyncGenerator<TraceLine, undefined> {
  const { signal, pollMs = 100 } = checkOptions(options, "the options of a trace", { signal: true, pollMs: true });
  if (!(typeof pollMs === "number" && pollMs >= 0 && pollMs <= 2 ** 31 - 1)) {
    throw ringError("EINVAL", `pollMs is a number of milliseconds, not ${shown(pollMs)}`);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw ringError("EINVAL", `signal is an AbortSignal, not ${shown(signal)}`);
  }
  return linesOf(pollMs, signal);
}

async function* linesOf(pollMs: number, signal: AbortSignal | undefined): AsyncGenerator<TraceLine, undefined> {
  signal?.throwIfAborted();
  const fd = openPipe(`${tracefs()}/trace_pipe`);
  try {
    const decoder = new TextDecoder();
    let begun = "";
    for (;;) {
      const chunk = readPipe(fd);
      if (chunk === undefined) {
        await pause(pollMs, signal);
        continue;
      }
      const lines = (begun + decoder.decode(chunk, { stream: true })).split("\n");
      begun = lines.pop() ?? "";
      for (const line of lines) {
        yield parseTraceLine(line);
        signal?.throwIfAborted();
      }
    }
  } finally {
    closeSync(fd);
  }
}

function openPipe(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const busy = (error as NodeJS.ErrnoException).code === "EBUSY" ? " by another reader" : "";
    throw systemError(error, `the kernel's trace cannot be read${busy}`);
  }
}

/** What is there, or undefined for nothing yet. */
function readPipe(fd: number): Uint8Array | undefined {
  const bytes = new Uint8Array(roomBytes);
  const length = loadAddon().readFd(fd, bytes);
  if (length > 0) return bytes.subarray(0, length);
  // the kernel ends a read at 0 where tracing was switched off in the middle of it
  if (length === 0 || length === -system.errno.EAGAIN || length === -system.errno.EINTR) return undefined;
  throw kernelError(length, "read", "the kernel's trace");
}

/** @throws the signal's reason */
async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
