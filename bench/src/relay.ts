import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { JetStreamApiError, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { BpfObject } from "@rbgen/native";
import { RelayReader, RingRelay } from "@rbgen/relay";
import { EmulatedKernel, type EmulatedRingBuf } from "@rbgen/runtime/emulated";
import { effort } from "./effort.ts";
import { buildPeer, request } from "./native/peer.ts";
import { type BenchEvent, benchEvent } from "./native/record.gen.ts";
import type { BenchRow } from "./row.ts";

const recordBytes = 48;
const chunkBytes = 65536;
const ringBytes = 1 << 24;
/** Records of one round: what a ring holds. */
const perRound = Math.floor(ringBytes / (recordBytes + 8)) - 1;
/** Of 48 bytes with the 8 before them, as they stand in a chunk. */
const chunksPerRound = Math.ceil((perRound * (recordBytes + 8)) / chunkBytes);
const rounds = effort(25);
const latencySamples = effort(400, 5);

/** A server with JetStream on loopback, of this run. */
class Server {
  readonly url: string;
  readonly #folder: string = mkdtempSync(join(tmpdir(), "rbgen-bench-nats-"));
  readonly #child: ChildProcess;

  constructor(port: number) {
    this.url = `nats://127.0.0.1:${port}`;
    const args = ["-js", "-sd", this.#folder, "-a", "127.0.0.1", "-p", `${port}`];
    this.#child = spawn("nats-server", args, { stdio: "ignore" });
  }

  connect(): Promise<NatsConnection> {
    return connect({ servers: this.url, waitOnFirstConnect: true, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGKILL");
    await gone;
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A port of loopback that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

interface Spent {
  /** Milliseconds of the wall, and of this process's CPU. */
  readonly wall: number;
  readonly cpu: number;
}

async function measured(work: () => Promise<void>): Promise<Spent> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { wall: performance.now() - start, cpu: (user + system) / 1000 };
}

function quantile(values: readonly number[], part: number): number {
  return [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))]!;
}

const median = (values: readonly number[]): number => quantile(values, 0.5);
const perSecond = (records: number, { wall }: Spent): number => (records / wall) * 1000;

/** Fills a ring by one program run. */
function fill(kernel: EmulatedKernel, ring: EmulatedRingBuf, count: number, event: BenchEvent): void {
  const sample = new Uint8Array(recordBytes);
  benchEvent.encode(event, new DataView(sample.buffer));
  const program = kernel.loadProgram({
    type: "tracepoint",
    run(bpf) {
      for (let index = 0; index < count; index += 1) {
        if (bpf.ringbufOutput(ring, sample, 0) !== 0) throw new Error(`record ${index} found no room`);
      }
      return 0;
    },
  });
  program.run();
}

/** A stream for what is published without a relay. */
async function plainStream(connection: NatsConnection, name: string): Promise<void> {
  const manager = await jetstreamManager(connection);
  try {
    await manager.streams.add({ name, subjects: [`${name}.*`] });
  } catch (error) {
    if (!(error instanceof JetStreamApiError)) throw error;
  }
}

/** Reads all that the relay sent, a measurement for as many records as a round had. */
async function readRounds(connection: NatsConnection): Promise<Spent[]> {
  await using reader = await RelayReader.open({ connection, ring: "events", codec: benchEvent, from: "start" });
  const batches = reader.batches();
  const spent: Spent[] = [];
  let read = 0;
  for (let round = 1; round <= rounds; round += 1) {
    spent.push(
      await measured(async () => {
        while (read < round * perRound) read += (await batches.next()).value?.length ?? 0;
      }),
    );
  }
  return spent;
}

const cpuPerMillion = (spent: readonly Spent[]): number => median(spent.map(({ cpu }) => (cpu / perRound) * 1e6));

/**
 * Two rows: by the clock, and by the CPU that this process took, which other work on the machine disturbs less. The CPU of
 * the server is not among it.
 */
function againstPlain(work: string, ours: readonly Spent[], plain: readonly Spent[], facts: string): BenchRow[] {
  const rate = (spent: readonly Spent[]): number => median(spent.map((round) => perSecond(perRound, round)));
  const row = { id: "Relay", target: "≥ 0.8 ×", peerName: `the plain client publishing chunks of ${chunkBytes} bytes` };
  const [byClock, cpu, plainCpu] = [rate(ours) / rate(plain), cpuPerMillion(ours), cpuPerMillion(plain)];
  return [
    {
      ...{ ...row, work, ours: rate(ours), peer: rate(plain), unit: "records/s", ratio: byClock, notes: facts },
      holds: byClock >= 0.8,
    },
    {
      ...{ ...row, work: `${work}, by CPU`, ours: cpu, peer: plainCpu, unit: "ms per million records", notes: facts },
      ...{ ratio: plainCpu / cpu, holds: plainCpu >= 0.8 * cpu },
    },
  ];
}

/** Publishes messages with as many in flight as a relay has. */
async function publishAll(
  connection: NatsConnection,
  subject: string,
  count: number,
  message: (index: number) => Uint8Array,
): Promise<void> {
  const client = jetstream(connection);
  const inFlight = new Set<Promise<unknown>>();
  for (let index = 0; index < count; index += 1) {
    const sent: Promise<unknown> = client.publish(subject, message(index)).finally(() => inFlight.delete(sent));
    inFlight.add(sent);
    if (inFlight.size >= 16) await Promise.race(inFlight);
  }
  await Promise.all(inFlight);
}

/** A relay, its stream and its reader against a client that publishes the same bytes, and one that publishes JSON. */
export async function run(): Promise<BenchRow[]> {
  const server = new Server(await freePort());
  const connection = await server.connect();
  const reading = await server.connect();
  const kernel = new EmulatedKernel();
  const event = benchEvent.decode(new DataView(new ArrayBuffer(recordBytes)));
  try {
    await plainStream(connection, "plain");
    await plainStream(connection, "json");
    using object = await BpfObject.load(buildPeer().object);
    const ring = object.ringBuf("events");
    const produce = object.program("produce");
    // as many as a relay's: one that is sent again and again stays in the processor's cache, as no events do
    const bodies = Array.from({ length: chunksPerRound }, () => new Uint8Array(chunkBytes).map((_, index) => index));
    const publishPlain = (): Promise<Spent> =>
      measured(() => publishAll(connection, "plain.bench", chunksPerRound, (index) => bodies[index]!));
    const text = new TextEncoder();
    const jsonRecords = effort(5_000, 500);
    const [relayed, plain, plainAfter, json]: [Spent[], Spent[], Spent[], Spent[]] = [[], [], [], []];
    let sent = 0;
    const rings = [{ map: ring, codec: benchEvent }];
    const options = { connection, host: "bench", rings, spool: { bytes: 64 << 20 } };
    // the last chunk of a round is not full: it is not to wait for more
    await using relay = await RingRelay.start({ ...options, chunk: { bytes: chunkBytes, ms: 1 } });
    for (let round = 0; round < rounds; round += 1) {
      produce.runInPlace(request(perRound));
      sent += perRound;
      relayed.push(
        await measured(async () => {
          while (relay.stats().acknowledgedRecords < sent) {
            // what is in the ring is not in the spool yet
            await new Promise((resolve) => setTimeout(resolve, 1));
            await relay.flushed();
          }
        }),
      );
      plain.push(await publishPlain());
      json.push(
        await measured(() =>
          publishAll(connection, "json.bench", jsonRecords, () =>
            text.encode(JSON.stringify(benchEvent.toJSON(event))),
          ),
        ),
      );
    }
    // in one go, since a reader receives ahead; the plain client once more behind it, lest the machine was another before
    const reads = await readRounds(reading);
    for (let round = 0; round < rounds; round += 1) plainAfter.push(await publishPlain());
    const latencies = await latency(connection, reading, kernel, event);
    const cpu = cpuPerMillion(relayed);
    const jsonCpu = median(json.map((spent) => (spent.cpu / jsonRecords) * 1e6));
    const facts = `${recordBytes}-byte records, one server on loopback with file storage, node ${process.version}`;
    const base = { id: "Relay", notes: facts };
    return [
      ...againstPlain("a full ring to stored and acknowledged", relayed, plain, facts),
      ...againstPlain("stream to decoded", reads, [...plain, ...plainAfter], facts),
      {
        ...base,
        ...{ work: "CPU per million records", ours: cpu, peer: jsonCpu, unit: "ms", ratio: cpu / jsonCpu },
        ...{ target: "≤ 0.1 ×", holds: cpu <= 0.1 * jsonCpu, peerName: "JSON, a message for each record" },
      },
      {
        ...base,
        ...{ work: "latency of a record, submit to reader, p50", ours: quantile(latencies, 0.5), peer: 50, unit: "ms" },
        ...{ ratio: quantile(latencies, 0.5) / 50, target: "≤ 1.5 × chunk.ms", holds: quantile(latencies, 0.5) <= 75 },
        peerName: "chunk.ms",
      },
      {
        ...base,
        ...{
          work: "latency of a record, submit to reader, p99",
          ours: quantile(latencies, 0.99),
          peer: 50,
          unit: "ms",
        },
        ...{ ratio: quantile(latencies, 0.99) / 50, target: "≤ 3 × chunk.ms", holds: quantile(latencies, 0.99) <= 150 },
        peerName: "chunk.ms",
      },
    ];
  } finally {
    await reading.close();
    await connection.close();
    await server.stop();
  }
}

/** Milliseconds from a record's submission to its reader, one record at a time. */
async function latency(
  connection: NatsConnection,
  reading: NatsConnection,
  kernel: EmulatedKernel,
  event: BenchEvent,
): Promise<number[]> {
  const ring = kernel.createRingBuf({ name: "single", maxEntries: 65536 });
  const rings = [{ map: ring, codec: benchEvent }];
  await using relay = await RingRelay.start({ connection, host: "bench", rings, spool: { bytes: 1 << 20 } });
  await using reader = await RelayReader.open({
    connection: reading,
    ring: "single",
    codec: benchEvent,
    from: "start",
  });
  const records = reader[Symbol.asyncIterator]();
  const taken: number[] = [];
  for (let index = 0; index < latencySamples; index += 1) {
    const next = records.next();
    const start = performance.now();
    fill(kernel, ring, 1, event);
    await next;
    taken.push(performance.now() - start);
  }
  if (relay.stats().retries > 0) throw new Error(`sending failed: ${relay.stats().lastError}`);
  return taken;
}
