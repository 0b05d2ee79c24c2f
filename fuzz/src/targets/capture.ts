import { RingBufError } from "@rbgen/runtime";
import { EmulatedKernel, ManualClock, RingCapture, readCapture, replayCapture } from "@rbgen/runtime/emulated";
import { BrokenPromise, type Target } from "../engine/target.ts";

/** Any bytes are refused as a capture by a RingBufError, or replayed and captured again they give the same samples. */
export const target: Target = {
  grammar: { kind: "binary", dictionary: ["rbgencap", "rbgencap\x01\0\0\0\0\0\0\0"], longest: 2048 },
  work: { base: 500_000, perByte: 20_000 },
  async run(input) {
    let samples: Uint8Array[];
    try {
      samples = [...readCapture(input)].map(({ bytes }) => bytes);
    } catch (error) {
      if (!(error instanceof RingBufError)) throw error;
      return;
    }
    const clock = new ManualClock();
    const kernel = new EmulatedKernel({ clock });
    const map = kernel.createRingBuf({ name: "fuzz", maxEntries: 1 << 20 });
    const capture = new RingCapture(map, { clock });
    const { replayed, dropped } = await replayCapture(input, map, { speed: "full", clock });
    if (replayed !== samples.length || dropped !== 0)
      throw new BrokenPromise(`${replayed} replayed, ${dropped} dropped`);
    capture.take();
    const again = [...readCapture(capture.toBytes())];
    const same =
      again.length === samples.length && again.every(({ bytes }, i) => Buffer.compare(bytes, samples[i]!) === 0);
    if (!same) throw new BrokenPromise("what was captured again differs");
    capture.close();
  },
};
