import { RingBufReader } from "@rbgen/runtime";
import type { RingBufMap } from "@rbgen/runtime/backend";
import { anyBytes } from "./codecs.ts";
import type { KernelSide } from "./kernel-side.ts";

/** A new ring and its reader. */
export interface Opened {
  readonly map: RingBufMap;
  readonly reader: RingBufReader<Uint8Array>;
}

/** Runs `action` on a new ring with a reader that never looks without a wake-up; it is closed afterwards. */
export async function withReader(
  kernel: KernelSide,
  action: (opened: Opened) => void | Promise<void>,
  maxEntries = 4096,
): Promise<void> {
  const map = kernel.createRingBuf({ name: "contract", maxEntries });
  const reader = new RingBufReader(map, anyBytes, { safetyPollMs: Number.POSITIVE_INFINITY });
  try {
    await action({ map, reader });
  } finally {
    reader.close();
  }
}
