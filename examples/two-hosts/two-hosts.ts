// nats-server -js, then: npx tsx two-hosts.ts nats://127.0.0.1:4222
import { connect } from "@nats-io/transport-node";
import { RelayReader, RingRelay } from "@rbgen/relay";
import { EmulatedKernel } from "@rbgen/runtime/emulated";
import { event } from "./events.gen.ts";

const connection = await connect({ servers: process.argv[2] ?? "nats://127.0.0.1:4222" });

/** A host with a ring: of the kernel, it would be `openRingBuf({ pinned })` of @rbgen/native. */
async function startHost(host: string, pid: number): Promise<{ relay: RingRelay; send: () => void }> {
  const kernel = new EmulatedKernel();
  const map = kernel.createRingBuf({ name: "events", maxEntries: 65_536 });
  const bytes = event.toBytes({ pid, comm: host });
  const program = kernel.loadProgram({ type: "tracepoint", run: (bpf) => bpf.ringbufOutput(map, bytes, 0) });
  const relay = await RingRelay.start({ connection, host, rings: [{ map, codec: event }], spool: { bytes: 2 ** 24 } });
  return { relay, send: () => void program.run() };
}

const hosts = [await startHost("web-1", 1), await startHost("web-2", 2)];
const reader = await RelayReader.open({ connection, ring: "events", codec: event });
for (let round = 0; round < 100; round += 1) for (const { send } of hosts) send();

const seen = new Map<string, number>();
let records = 0;
for await (const { host, record } of reader) {
  seen.set(`${host}, process ${record.pid}`, (seen.get(`${host}, process ${record.pid}`) ?? 0) + 1);
  records += 1;
  if (records === 200) break;
}
for (const [who, count] of [...seen].sort()) console.log(`${who}: ${count} records`);
await reader.close();
for (const { relay } of hosts) await relay.close();
await connection.close();
