// A host in a process of its own, with clocks of its own: `skewed-host-process.ts JSON`. It produces a record for each
// line of its input, and tells when the stream has it.
import { createInterface } from "node:readline";
import { connect } from "@nats-io/transport-node";
import { type SelftestSample, selftestSample } from "@rbgen/testkit/contract/codecs";
import { type HostClock, hostClock } from "../host/host-clock.ts";
import { EmulatedHost } from "./emulated-host.ts";

/** What the process is told. */
export interface SkewedHostJob {
  readonly server: string;
  readonly host: string;
  /** How far its wall clock is wrong, nanoseconds: where there is no namespace for that. */
  readonly wrongBy: string;
}

const job = JSON.parse(process.argv[2]!) as SkewedHostJob;
const own = hostClock("monotonic");
const clock: HostClock = { ...own, offset: () => own.offset() + BigInt(job.wrongBy) };
const connection = await connect({ servers: job.server });
const kernel = new EmulatedHost<SelftestSample>("events", selftestSample);
const relay = await kernel.relay(connection, { host: job.host, clock, chunk: { ms: 0 } });
process.stdout.write(`clock ${process.hrtime.bigint()}\n`);
for await (const line of createInterface(process.stdin)) {
  const before = relay.stats().acknowledgedRecords;
  kernel.produce([{ pid: 1, seq: Number(line), value: process.hrtime.bigint(), comm: "" }]);
  while (relay.stats().acknowledgedRecords === before) await new Promise((resolve) => setTimeout(resolve, 1));
  process.stdout.write(`stored ${line}\n`);
}
await relay.close();
await connection.close();
