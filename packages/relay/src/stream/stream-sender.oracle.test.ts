import { connect, type NatsConnection } from "@nats-io/transport-node";
import { selftestSample } from "@rbgen/testkit/contract/codecs";
import { NatsServer } from "@rbgen/testkit/nats/nats-server";
import { describeWith } from "@rbgen/testkit/tools";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RelayReader } from "../read/relay-reader.ts";
import { EmulatedHost } from "../testing/emulated-host.ts";
import { ensureStream } from "./relay-stream.ts";
import { StreamSender } from "./stream-sender.ts";
import { chunkSubject } from "./subject.ts";

/** Longer than any test lasts: what ends before did not end by it. */
const never = 2 ** 31 - 1;

describeWith(["nats"], "when the connection breaks", () => {
  let server: NatsServer;
  let connection: NatsConnection;
  beforeEach(async () => {
    server = await NatsServer.start();
    connection = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  });
  afterEach(async () => {
    await server.signal("SIGCONT");
    await connection.close();
    await server.stop();
  });

  test("what was on its way fails at once, and what is sent after a reconnect is acknowledged", async () => {
    await ensureStream(connection, "events");
    const sender = new StreamSender(connection, never);
    const subject = chunkSubject("events", "a");
    const send = (id: number) => sender.send(subject, new Uint8Array(1000), `${id}`);
    expect(await send(0)).toEqual({ duplicate: false });
    // a server that stands still answers nothing, and breaks no connection
    await server.signal("SIGSTOP");
    const ends = Promise.allSettled([1, 2, 3].map(send));
    await server.signal("SIGKILL");
    for (const end of await ends) {
      expect(end).toMatchObject({
        status: "rejected",
        reason: { code: "ERR_RELAY_STREAM", message: expect.stringContaining("the connection to the server broke") },
      });
    }
    await server.run();
    await sender.connected();
    expect(await send(0)).toEqual({ duplicate: true });
    expect(await send(1)).toEqual({ duplicate: false });
    sender.close();
  });

  test("chunks on their way stay in the spool, and come once", async () => {
    const host = new EmulatedHost("events", selftestSample);
    const values = Array.from({ length: 3000 }, (_, seq) => ({ pid: 1, seq, value: 0n, comm: "c" }));
    const relay = await host.relay(connection, { host: "a", chunk: { bytes: 4096 } });
    await server.signal("SIGSTOP");
    host.produce(values);
    while (host.waiting(relay) > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await server.signal("SIGKILL");
    while (relay.stats().retries === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(relay.stats()).toMatchObject({
      ...{ spooledRecords: 3000, acknowledgedRecords: 0 },
      lastError: expect.stringContaining("the connection to the server broke"),
    });
    await server.run();
    await relay.close({ timeoutMs: Number.POSITIVE_INFINITY });
    await using reader = await RelayReader.open({ connection, ring: "events", codec: selftestSample, from: "start" });
    const seqs: number[] = [];
    for await (const batch of reader.batches()) {
      seqs.push(...batch.map(({ record }) => record.seq));
      if (seqs.length >= 3000) break;
    }
    expect(seqs).toEqual(values.map(({ seq }) => seq));
  });
});
