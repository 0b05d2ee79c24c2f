import { machineClock } from "@rbgen/runtime/emulated";
import { VmObject } from "@rbgen/vm";
import { maps } from "../types.gen.ts";
import { monotonicMs, objectPath } from "./object.ts";
import { runThread } from "./run-thread.ts";

await runThread(async ({ rate, seed }) => {
  const clock = { ...machineClock, now: monotonicMs };
  const object = await VmObject.load(objectPath, { clock, seed, rodata: { first_rate: rate } });
  const counts = object.array("lost");
  const lost = new BigUint64Array(new SharedArrayBuffer(16));
  const program = object.program("tick");
  const context = new Uint8Array(8);
  const events = object.ringBuf(maps.events).handle();
  const commands = object.userRingBuf(maps.commands).handle();
  return {
    handles: { events, commands, lost },
    tick: () => {
      program.runInPlace(context);
      for (let reason = 0; reason < lost.length; reason += 1) Atomics.store(lost, reason, BigInt(counts.sum(reason)));
    },
  };
});
