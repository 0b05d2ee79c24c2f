// A reader in a process of its own, to be killed: what it read and how far it came go into a file together, a line at a time.
import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "@nats-io/transport-node";
import { anyBytes } from "@rbgen/testkit/contract/codecs";
import { RelayReader } from "../../read/relay-reader.ts";
import { chaosLayout, type ReaderJob, type ReadLine } from "./job.ts";

const job = JSON.parse(process.argv[2]!) as ReaderJob;
const connection = await connect({
  servers: [...job.servers],
  maxReconnectAttempts: -1,
  reconnectTimeWait: 50,
  waitOnFirstConnect: true,
  timeout: 2000,
});
// half a line is of a reader that was killed: it is as if that had not read it
const text = readFileSync(job.file, "utf8");
const whole = text.slice(0, text.lastIndexOf("\n") + 1);
writeFileSync(job.file, whole);
const last = whole.trimEnd().split("\n").at(-1);
const checkpoint = last ? (JSON.parse(last) as ReadLine).checkpoint : undefined;
const codec = { ...anyBytes, layout: chaosLayout };
for (;;) {
  try {
    const from = checkpoint === undefined ? "start" : { checkpoint };
    const reader = await RelayReader.open({ connection, ring: job.ring, codec, from, replicas: job.replicas });
    for await (const batch of reader.batches()) {
      const numbers = batch.map(({ number }) => `${number}`);
      const seqs = batch.map(({ record }) => `${new DataView(record.buffer).getBigUint64(0, true)}`);
      const [host] = reader.stats().hosts;
      const line = { numbers, seqs, checkpoint: reader.checkpoint(), account: host };
      writeFileSync(
        job.file,
        `${JSON.stringify(line, (_, value) => (typeof value === "bigint" ? `${value}` : value))}\n`,
        { flag: "a" },
      );
    }
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== "ERR_RELAY_STREAM") throw error;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
