import { RingBufReader } from "@rbgen/runtime";
import { EmulatedKernel } from "@rbgen/runtime/emulated";
import * as others from "../codecs/others.gen.ts";

/** Readers of eight other record types first: a loop that is fast for one type only is not fast. */
export function pollute(): void {
  const kernel = new EmulatedKernel();
  const codecs = [
    others.otherA,
    others.otherB,
    others.otherC,
    others.otherD,
    others.otherE,
    others.otherF,
    others.otherG,
    others.otherH,
  ];
  for (const codec of codecs) {
    const map = kernel.createRingBuf({ name: "other", maxEntries: 1 << 16 });
    const program = kernel.loadProgram({
      type: "syscall",
      run: (bpf) => bpf.ringbufOutput(map, new Uint8Array(codec.size), 0),
    });
    for (let i = 0; i < 200; i++) program.run();
    const reader = new RingBufReader(map, codec as typeof others.otherA);
    reader.consume(() => undefined, { max: 100 });
    reader.consumeViews(() => undefined);
    reader.close();
  }
}
