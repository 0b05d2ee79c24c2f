import { EmulatedKernel } from "@rbgen/runtime/emulated";
import { KernelSide } from "./kernel-side.ts";
import { monotonicMs } from "./object.ts";
import { runThread } from "./run-thread.ts";

await runThread((options) => {
  const side = new KernelSide(new EmulatedKernel(), options);
  const { events, commands, lost } = side;
  return {
    handles: { events: events.handle(), commands: commands.handle(), lost },
    tick: () => side.tick(monotonicMs()),
  };
});
