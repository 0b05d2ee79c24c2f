import { jetstream } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { NatsServer } from "@rbgen/testkit/nats/nats-server";
import { describeWith } from "@rbgen/testkit/tools";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ChunkBuilder, type ChunkIdentity } from "../chunk/index.ts";
import { ensureStream } from "../stream/relay-stream.ts";
import { chunkSubject } from "../stream/subject.ts";
import { ChunkSource } from "./chunk-source.ts";

const identity: ChunkIdentity = {
  ...{ host: "a", ring: "events", boot: "00000000-0000-0000-0000-000000000000", instance: 0n },
  ...{ layoutHash: "0000000000000000", endian: "little", clock: "monotonic", timeOffset: undefined },
};
const dropped = { kernel: 0n, spool: 0n, restart: 0n, size: 0n };
const MiB = 1024 * 1024;
const chunks = 80;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A chunk of one sample of 700 000 bytes. */
function chunk(number: number): Uint8Array {
  const builder = new ChunkBuilder(identity, MiB);
  builder.add(new DataView(new ArrayBuffer(700_000)), 0, 700_000);
  const times = { clockOffset: 0n, firstTime: 0n, lastTime: 0n };
  return builder.finish({ ...times, first: BigInt(number), acked: 0n, dropped, lostBytes: 0n, position: 0n });
}

describeWith(["nats"], "the chunks of a stream", () => {
  let server: NatsServer;
  let connection: NatsConnection;
  beforeAll(async () => {
    server = await NatsServer.start();
    connection = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
    await ensureStream(connection, "events");
    for (let number = 0; number < chunks; number += 1)
      await jetstream(connection).publish(chunkSubject("events", "a"), chunk(number));
  });
  afterAll(async () => {
    await connection.close();
    await server.stop();
  });

  /** What came in until nothing more does. */
  async function received(): Promise<number> {
    let bytes = -1;
    while (bytes !== connection.stats().inBytes) {
      bytes = connection.stats().inBytes;
      await pause(500);
    }
    return bytes;
  }

  test("come ahead within a limit, however long nobody asks for one, and go on behind the last", async () => {
    const source = await ChunkSource.open(connection, "events", { kind: "start" });
    const start = connection.stats().inBytes;
    expect((await source.next())?.sequence).toBe(1);
    // many times as long as a server is waited for
    await pause(7000);
    const ahead = await received();
    expect(ahead - start).toBeLessThan(9 * MiB);
    let taken = 1;
    while (connection.stats().inBytes < ahead + MiB && taken < chunks) {
      taken += 1;
      expect((await source.next())?.sequence).toBe(taken);
    }
    // what is asked for now is no more than at first, whatever was missed meanwhile
    expect((await received()) - ahead).toBeLessThan(9 * MiB);
    while (taken < chunks) {
      taken += 1;
      expect((await source.next())?.sequence).toBe(taken);
    }
    source.close();
    expect(await source.next()).toBeUndefined();
  });

  test.each([
    ["somebody asked", 0],
    ["nobody did", 2500],
  ])("go on where they were when the server went away while %s", async (_, ms) => {
    const last = (await jetstream(connection).publish(chunkSubject("events", "a"), chunk(chunks))).seq;
    const source = await ChunkSource.open(connection, "events", { kind: "sequence", sequence: last });
    expect((await source.next())?.sequence).toBe(last);
    const [early] = ms === 0 ? [source.next()] : [];
    await pause(ms);
    await server.signal("SIGKILL");
    const next = early ?? source.next();
    await server.run();
    // by a connection of its own: the reader's may not know yet that it broke
    const other = await connect({ servers: server.url });
    await jetstream(other, { timeout: 60_000 }).publish(chunkSubject("events", "a"), chunk(chunks + 1));
    await other.close();
    expect((await next)?.sequence).toBe(last + 1);
    source.close();
  });
});
