import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { type SelftestSample, selftestSample } from "@rbgen/testkit/contract/codecs";
import { NatsServer } from "@rbgen/testkit/nats/nats-server";
import { describeWith } from "@rbgen/testkit/tools";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { restate } from "./chunk/encode-chunk.ts";
import { RelayReader, type RelayRecord } from "./read/relay-reader.ts";
import { EmulatedHost } from "./testing/emulated-host.ts";

const sample = (seq: number): SelftestSample => ({ pid: 1, seq, value: BigInt(seq) * 3n, comm: `c${seq % 7}` });
const samples = (from: number, to: number): SelftestSample[] =>
  Array.from({ length: to - from }, (_, index) => sample(from + index));

async function read(reader: RelayReader<SelftestSample>, count: number): Promise<RelayRecord<SelftestSample>[]> {
  const records: RelayRecord<SelftestSample>[] = [];
  for await (const batch of reader.batches()) {
    records.push(...batch);
    if (records.length >= count) break;
  }
  return records;
}

describeWith(["nats"], "a relay and its reader, over one server", () => {
  let server: NatsServer;
  let connection: NatsConnection;
  let made = 0;
  const ringName = (): string => {
    made += 1;
    return `ring${made}`;
  };
  beforeAll(async () => {
    server = await NatsServer.start();
    connection = await connect({ servers: server.url });
  });
  // a test that fails while the server stands still takes no other with it
  afterEach(() => server.signal("SIGCONT"));
  afterAll(async () => {
    await connection.close();
    await server.stop();
  });

  test("bring every record of two hosts, in order, with its number", async () => {
    const ring = ringName();
    const hosts = ["a.example", "b"].map((host) => ({ host, kernel: new EmulatedHost(ring, selftestSample) }));
    for (const { kernel } of hosts) kernel.produce(samples(0, 5000));
    const relays = await Promise.all(hosts.map(({ host, kernel }) => kernel.relay(connection, { host })));
    await using reader = await RelayReader.open({ connection, ring, codec: selftestSample, from: "start" });
    const records = await read(reader, 10_000);
    for (const { host } of hosts) {
      const own = records.filter((record) => record.host === host);
      expect(own.map(({ record }) => record)).toEqual(samples(0, 5000));
      expect(own.map(({ number }) => number)).toEqual(Array.from({ length: 5000 }, (_, index) => BigInt(index)));
    }
    for (const relay of relays) await relay.close();
    expect(relays.map((relay) => relay.stats().acknowledgedRecords)).toEqual([5000, 5000]);
    expect(reader.stats()).toMatchObject({ refusedChunks: 0, waiting: 0, lag: 0 });
  });

  test("count what the kernel dropped, to the record", async () => {
    const ring = ringName();
    const kernel = new EmulatedHost(ring, selftestSample, 4096);
    const taken = kernel.produce(samples(0, 500));
    expect(taken).toBeLessThan(500);
    const relay = await kernel.relay(connection, { host: "a" });
    await relay.flushed();
    kernel.produce(samples(500, 501));
    await relay.close();
    await using reader = await RelayReader.open({ connection, ring, codec: selftestSample, from: "start" });
    const records = await read(reader, taken + 1);
    expect(records.at(-1)?.record.seq).toBe(500);
    const [host] = reader.stats().hosts;
    expect(host).toMatchObject({
      next: 501n,
      delivered: BigInt(taken + 1),
      dropped: { kernel: BigInt(500 - taken), spool: 0n },
    });
  });

  test("tell of drops with no record behind them", async () => {
    const ring = ringName();
    const kernel = new EmulatedHost(ring, selftestSample, 4096);
    kernel.produce(samples(0, 10));
    const relay = await kernel.relay(connection, { host: "a", chunk: { ms: 5 } });
    await using reader = await RelayReader.open({ connection, ring, codec: selftestSample, from: "start" });
    expect(await read(reader, 10)).toHaveLength(10);
    kernel.ring.faults.failReservations(3);
    kernel.produce(samples(10, 13));
    await relay.close();
    // the chunk that tells is not one that gives a record: reading waits, and the account is there
    const next = reader[Symbol.asyncIterator]().next();
    while (reader.stats().hosts[0]?.dropped.kernel !== 3n) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(reader.stats().hosts[0]).toMatchObject({ next: 13n, delivered: 10n });
    await reader.close();
    await next;
  });

  test("go on where a durable reader was, and at a record", async () => {
    const ring = ringName();
    const kernel = new EmulatedHost(ring, selftestSample);
    const relay = await kernel.relay(connection, { host: "a", chunk: { ms: 0 } });
    kernel.produce(samples(0, 100));
    await relay.flushed();
    const options = { connection, ring, codec: selftestSample, from: "start", durable: "d" } as const;
    const first = await RelayReader.open(options);
    const seen: number[] = [];
    for await (const { record } of first) {
      seen.push(record.seq);
      if (seen.length === 42) break;
    }
    await first.close();
    kernel.produce(samples(100, 200));
    await relay.close();
    await using second = await RelayReader.open(options);
    for (const { record } of await read(second, 158)) seen.push(record.seq);
    expect(seen).toEqual(Array.from({ length: 200 }, (_, index) => index));
    expect(second.stats().hosts[0]).toMatchObject({ delivered: 200n, missing: 0n, before: 0n });
    await using third = await RelayReader.open({ ...options, durable: undefined, from: { host: "a", record: 150n } });
    const rest = await read(third, 50);
    expect(rest.map(({ number }) => number)).toEqual(Array.from({ length: 50 }, (_, index) => BigInt(150 + index)));
  });

  test("refuse two readers of one name", async () => {
    const ring = ringName();
    const kernel = new EmulatedHost(ring, selftestSample);
    const relay = await kernel.relay(connection, { host: "a" });
    await relay.close();
    const options = { connection, ring, codec: selftestSample, from: "start", durable: "d" } as const;
    const first = await RelayReader.open(options);
    const second = await RelayReader.open(options);
    await second.close();
    await expect(first.close()).rejects.toMatchObject({ code: "EBUSY" });
  });

  test("tell of records that the stream has removed", async () => {
    const ring = ringName();
    const kernel = new EmulatedHost(ring, selftestSample);
    const relay = await kernel.relay(connection, { host: "a" });
    for (let run = 0; run < 3; run += 1) {
      kernel.produce(samples(10 * run, 10 * run + 10));
      await new Promise((resolve) => setTimeout(resolve, 1));
      while (relay.stats().acknowledgedChunks <= run) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const manager = await jetstreamManager(connection);
    await manager.streams.deleteMessage(`rbgen-${ring}`, 2);
    await using reader = await RelayReader.open({ connection, ring, codec: selftestSample, from: "start" });
    const records = await read(reader, 10);
    await expect(read(reader, 10)).rejects.toMatchObject({ code: "ERR_RELAY_MISSING" });
    records.push(...(await read(reader, 10)));
    expect(records.map(({ record }) => record.seq)).toEqual(
      [...Array(10).keys(), ...Array(10).keys()].map((seq, index) => (index < 10 ? seq : seq + 20)),
    );
    expect(reader.stats().hosts[0]).toMatchObject({ next: 30n, delivered: 20n, missing: 10n });
    await relay.close();
  });

  test("go on from the spool of a relay that ended without its server, in order and without a loss", async () => {
    const ring = ringName();
    const file = await mkdtemp(join(tmpdir(), "rbgen-spool-"));
    try {
      const kernel = new EmulatedHost(ring, selftestSample);
      const away = await connect({ servers: server.url, reconnect: false });
      const spool = { bytes: 1 << 20, file };
      const relay = await kernel.relay(away, { host: "a", spool });
      kernel.produce(samples(0, 10));
      await relay.flushed();
      await away.close();
      kernel.produce(samples(10, 4000));
      await relay.close({ timeoutMs: 50 });
      expect(relay.stats().spooledRecords).toBeGreaterThan(0);
      kernel.produce(samples(4000, 4100));
      const next = await kernel.relay(connection, { host: "a", spool });
      await next.close();
      await using reader = await RelayReader.open({ connection, ring, codec: selftestSample, from: "start" });
      expect((await read(reader, 4100)).map(({ record }) => record)).toEqual(samples(0, 4100));
      expect(reader.stats().hosts[0]).toMatchObject({ next: 4100n, delivered: 4100n, missing: 0n });
    } finally {
      await rm(file, { recursive: true });
    }
  });

  test("send again what failed though nothing comes behind it", async () => {
    const ring = ringName();
    const kernel = new EmulatedHost(ring, selftestSample);
    const relay = await kernel.relay(connection, { host: "a", chunk: { ms: 0 } });
    await server.signal("SIGSTOP");
    kernel.produce(samples(0, 10));
    while (relay.stats().retries === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await server.signal("SIGCONT");
    await relay.flushed();
    expect(relay.stats()).toMatchObject({ acknowledgedRecords: 10, spooledRecords: 0 });
    await relay.close();
  });

  test("go on behind the highest number in the stream, though a chunk before it was stored again later", async () => {
    const ring = ringName();
    const kernel = new EmulatedHost(ring, selftestSample);
    const other = new EmulatedHost(ring, selftestSample);
    const first = await kernel.relay(connection, { host: "a" });
    for (let run = 0; run < 3; run += 1) {
      kernel.produce(samples(10 * run, 10 * run + 10));
      while (first.stats().acknowledgedChunks <= run) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await first.close();
    // many chunks of another host lie between
    other.produce(samples(0, 6000));
    const neighbour = await other.relay(connection, { host: "b", chunk: { bytes: 1024 } });
    await neighbour.close();
    expect(neighbour.stats().acknowledgedChunks).toBeGreaterThan(200);
    const manager = await jetstreamManager(connection);
    // as if the second had failed when the third was sent, and had gone out again
    const name = `rbgen-${ring}`;
    const [second, third] = await Promise.all([2, 3].map((seq) => manager.streams.getMessage(name, { seq })));
    for (const { seq } of [second!, third!]) await manager.streams.deleteMessage(name, seq);
    const data = third!.data.slice();
    restate(data, { acked: 10n, droppedSpool: 0n });
    await jetstream(connection).publish(third!.subject, data);
    await jetstream(connection).publish(second!.subject, second!.data);
    kernel.produce(samples(30, 40));
    const next = await kernel.relay(connection, { host: "a" });
    await next.close();
    await using reader = await RelayReader.open({
      connection,
      ring,
      codec: selftestSample,
      from: "start",
      hosts: ["a"],
    });
    const seen = await read(reader, 40);
    expect(seen.map(({ record, number }) => [record.seq, number])).toEqual(
      Array.from({ length: 40 }, (_, index) => [index, BigInt(index)]),
    );
    expect(reader.stats().hosts[0]).toMatchObject({ next: 40n, delivered: 40n, missing: 0n });
  });

  test("count what was in the memory of a relay that ended", async () => {
    const ring = ringName();
    const kernel = new EmulatedHost(ring, selftestSample);
    const away = await connect({ servers: server.url, reconnect: false });
    const relay = await kernel.relay(away, { host: "a" });
    kernel.produce(samples(0, 10));
    while (relay.stats().acknowledgedRecords < 10) await new Promise((resolve) => setTimeout(resolve, 5));
    await away.close();
    kernel.produce(samples(10, 1000));
    await expect(relay.close({ timeoutMs: 50 })).rejects.toMatchObject({ code: "ERR_RELAY_STREAM" });
    kernel.produce(samples(1000, 1010));
    const next = await kernel.relay(connection, { host: "a" });
    await next.close();
    await using reader = await RelayReader.open({ connection, ring, codec: selftestSample, from: "start" });
    const seen = await read(reader, 20);
    expect(seen.map(({ record }) => record.seq)).toEqual(
      [...Array(10).keys(), ...Array(10).keys()].map((seq, index) => (index < 10 ? seq : seq + 1000)),
    );
    expect(reader.stats().hosts[0]).toMatchObject({
      next: 1010n,
      delivered: 20n,
      missing: 0n,
      dropped: { restart: 990n },
    });
    expect(reader.stats().hosts[0]?.lostBytes).toBe(990n * 40n);
  });

  test("drop the oldest chunks of a full spool, counted, and keep the order", async () => {
    const ring = ringName();
    const kernel = new EmulatedHost(ring, selftestSample);
    const away = await connect({
      servers: server.url,
      reconnect: true,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 50,
    });
    const relay = await kernel.relay(away, {
      host: "a",
      spool: { bytes: 65536 },
      chunk: { bytes: 2048, ms: 0 },
      onFull: "drop-oldest",
    });
    await server.signal("SIGSTOP");
    for (let run = 0; run < 50; run += 1) {
      kernel.produce(samples(run * 100, run * 100 + 100));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    while (relay.stats().rings[ring]!.lagBytes > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(relay.stats().spoolHighWaterBytes).toBeLessThanOrEqual(65536);
    await server.signal("SIGCONT");
    await relay.close();
    const { droppedBySpool } = relay.stats();
    expect(droppedBySpool).toBeGreaterThan(0);
    await using reader = await RelayReader.open({ connection, ring, codec: selftestSample, from: "start" });
    const seen = await read(reader, 5000 - droppedBySpool);
    expect(seen.every(({ record, number }) => BigInt(record.seq) === number)).toBe(true);
    expect(reader.stats().hosts[0]).toMatchObject({
      next: 5000n,
      missing: 0n,
      dropped: { spool: BigInt(droppedBySpool) },
    });
    await away.close();
  });
});
