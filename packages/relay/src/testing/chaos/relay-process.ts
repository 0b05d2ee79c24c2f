// A relay in a process of its own, to be killed: `relay-process.ts JSON`. It tells what it did when it is asked to end.
import { readFileSync } from "node:fs";
import { connect } from "@nats-io/transport-node";
import { openRingBuf } from "@rbgen/native";
import { RingRelay } from "../../host/relay.ts";
import { chaosLayout, type RelayJob } from "./job.ts";

let ending = false;
process.on("SIGTERM", () => {
  ending = true;
});
const job = JSON.parse(process.argv[2]!) as RelayJob;
const connection = await connect({
  servers: [...job.servers],
  maxReconnectAttempts: -1,
  reconnectTimeWait: 50,
  waitOnFirstConnect: true,
  timeout: 2000,
});
const map = openRingBuf({ id: job.mapId });
for (;;) {
  try {
    const relay = await RingRelay.start({
      ...{ connection, host: "host", clock: "monotonic" },
      rings: [
        { map, layout: chaosLayout, name: job.ring, dropped: () => readFileSync(job.dropsFile).readBigUInt64LE() },
      ],
      spool: { bytes: job.spoolBytes, file: job.spool },
      chunk: { bytes: 4096, ms: 5 },
      stream: { replicas: job.replicas },
    });
    process.stdout.write("relaying\n");
    while (!ending) await new Promise((resolve) => setTimeout(resolve, 10));
    await relay.close({ timeoutMs: Number.POSITIVE_INFINITY });
    const { spooledRecords, spoolHighWaterBytes, retries } = relay.stats();
    process.stdout.write(`${JSON.stringify({ spooledRecords, spoolHighWaterBytes, retries })}\n`);
    process.exit(0);
  } catch (error) {
    // no quorum at the moment: a supervisor would start it again
    if ((error as { readonly code?: unknown }).code !== "ERR_RELAY_STREAM") throw error;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
