import { Kvm } from "@nats-io/kv";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { hashLayout, type LayoutDescriptor } from "@rbgen/btf";
import type { RecordCodec } from "@rbgen/runtime";
import { EmulatedKernel } from "@rbgen/runtime/emulated";
import { NatsServer } from "@rbgen/testkit/nats/nats-server";
import { describeWith } from "@rbgen/testkit/tools";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RelayWriter } from "./command/relay-writer.ts";
import { RingRelay } from "./host/relay.ts";
import { RelayReader, type RelayReaderOptions } from "./read/relay-reader.ts";
import { replay } from "./read/replay.ts";
import { EmulatedHost } from "./testing/emulated-host.ts";
import { generatedCodecs } from "./testing/generated-codecs.ts";

interface Event {
  readonly id: number;
  readonly value: bigint;
}
type EventCodec = RecordCodec<Event, Partial<Event> & Record<string, unknown>>;

const event = (members: string): string => `struct event { ${members} };`;
const original = event("unsigned int id; unsigned int pad; unsigned long long value;");
const longer = event("unsigned int id; unsigned int pad; unsigned long long value; unsigned long long more;");
const moved = event("unsigned long long value; unsigned int id; unsigned int pad;");

describeWith(["nats"], "what a relay's readers and writers do with hosts that differ", () => {
  let server: NatsServer;
  let connection: NatsConnection;
  let codecs: Record<"original" | "longer" | "moved", EventCodec>;
  let made = 0;
  beforeAll(async () => {
    server = await NatsServer.start();
    connection = await connect({ servers: server.url });
    const [a, b, c] = await Promise.all(
      [original, longer, moved].map(
        async (text) => (await generatedCodecs(text, ["event"])).get("event") as EventCodec,
      ),
    );
    codecs = { original: a!, longer: b!, moved: c! };
  });
  afterAll(async () => {
    await connection.close();
    await server.stop();
  });

  /** A ring of two hosts, of which the second has another layout. */
  async function twoHosts(other: EventCodec): Promise<string> {
    made += 1;
    const ring = `drift${made}`;
    for (const [host, codec] of [
      ["old", codecs.original],
      ["new", other],
    ] as const) {
      const kernel = new EmulatedHost(ring, codec);
      kernel.produce([1, 2, 3].map((id) => ({ id, value: BigInt(id) << 40n })));
      const relay = await kernel.relay(connection, { host });
      await relay.close();
    }
    return ring;
  }

  test("a relay that closes takes all of a ring that is many times its spool", async () => {
    const kernel = new EmulatedHost("closing", codecs.original);
    const count = 2000;
    kernel.produce(Array.from({ length: count }, (_, id) => ({ id, value: BigInt(id) << 40n })));
    const relay = await kernel.relay(connection, {
      host: "closing",
      chunk: { bytes: 1024, ms: 0 },
      spool: { bytes: 4096 },
    });
    await relay.close({ timeoutMs: Number.POSITIVE_INFINITY });
    expect(relay.stats().rings["closing"]).toMatchObject({ records: count, lagBytes: 0 });
    expect(await ids({ ring: "closing" }, count)).toHaveLength(count);
  });

  async function ids(
    options: Partial<RelayReaderOptions<Event>> & { readonly ring: string },
    count: number,
  ): Promise<string[]> {
    await using reader = await RelayReader.open({ connection, codec: codecs.original, from: "start", ...options });
    const seen: string[] = [];
    for await (const { host, record } of reader) {
      seen.push(`${host} ${record.id} ${record.value >> 40n}`);
      if (seen.length === count) break;
    }
    return seen;
  }

  test("is told member by member by default", async () => {
    const ring = await twoHosts(codecs.moved);
    expect(await ids({ ring, hosts: ["old"] }, 3)).toEqual(["old 1 1", "old 2 2", "old 3 3"]);
    await expect(ids({ ring }, 4)).rejects.toMatchObject({
      name: "LayoutDriftError",
      code: "ERR_RELAY_DRIFT",
      host: "new",
    });
    await expect(ids({ ring }, 4)).rejects.toThrow(/`value` moved from byte 8 to 0/);
  });

  test("is passed over and counted by skip", async () => {
    const ring = await twoHosts(codecs.moved);
    await using reader = await RelayReader.open({
      connection,
      codec: codecs.original,
      from: "start",
      ring,
      onDrift: "skip",
    });
    const batches = reader.batches();
    expect((await batches.next()).value).toHaveLength(3);
    const pending = batches.next();
    while (reader.stats().hosts[1]?.skipped !== 3n) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(reader.stats().hosts[1]).toMatchObject({ host: "new", next: 3n, delivered: 0n, missing: 0n });
    await reader.close();
    expect(await pending).toMatchObject({ done: true });
  });

  test("is passed over by skip where nobody described it, and ends no reading of other hosts", async () => {
    const ring = await twoHosts(codecs.moved);
    const layouts = await new Kvm(connection).create("rbgen-layouts");
    await layouts.purge(hashLayout(codecs.moved.layout as LayoutDescriptor));
    await expect(ids({ ring }, 4)).rejects.toMatchObject({ code: "ERR_RELAY_DRIFT" });
    const kernel = new EmulatedHost(ring, codecs.original);
    kernel.produce([{ id: 4, value: 4n << 40n }]);
    await (await kernel.relay(connection, { host: "third" })).close();
    expect(await ids({ ring, onDrift: "skip" }, 4)).toEqual(["old 1 1", "old 2 2", "old 3 3", "third 4 4"]);
  });

  test("is decoded where that is unaffected, and is an error where it is not", async () => {
    const ring = await twoHosts(codecs.longer);
    expect(await ids({ ring, onDrift: "decode-unaffected" }, 6)).toEqual(
      ["old", "new"].flatMap((host) => [1, 2, 3].map((id) => `${host} ${id} ${id}`)),
    );
    const other = await twoHosts(codecs.moved);
    await expect(ids({ ring: other, onDrift: "decode-unaffected" }, 6)).rejects.toMatchObject({
      code: "ERR_RELAY_DRIFT",
    });
  });

  test("does not stop commands to the others: each host is acknowledged, refuses, or is told to be down", async () => {
    const kernel = new EmulatedKernel();
    const source = kernel.createRingBuf({ name: "none", maxEntries: 4096 });
    const small = kernel.createUserRingBuf({ name: "commands", maxEntries: 4096 });
    const drifted = kernel.createUserRingBuf({ name: "commands", maxEntries: 4096 });
    const start = (host: string, map: typeof small, codec: EventCodec, ring = source): Promise<RingRelay> =>
      RingRelay.start({
        connection,
        host,
        rings: [{ map: ring, codec }],
        commands: [{ map, codec }],
        spool: { bytes: 1 << 20 },
      });
    const relays = [
      await start("up", small, codecs.original),
      await start("drifted", drifted, codecs.moved, kernel.createRingBuf({ name: "none", maxEntries: 4096 })),
    ];
    const hosts = ["up", "drifted", "down"];
    using writer = await RelayWriter.open({ connection, ring: "commands", codec: codecs.original, hosts });
    const outcomes = await writer.write({ id: 7, value: 8n });
    expect(outcomes.get("up")).toBe("applied");
    expect(`${outcomes.get("drifted")}`).toMatch(/refused the record: ERR_RELAY_DRIFT/);
    expect(`${outcomes.get("down")}`).toMatch(/down is down/);
    const drained: Event[] = [];
    const program = kernel.loadProgram({
      type: "syscall",
      run: (bpf) =>
        bpf.userRingbufDrain(
          small,
          (dynptr) => {
            const bytes = new Uint8Array(16);
            bpf.dynptrRead(bytes, dynptr, 0, 0);
            drained.push(codecs.original.decode(new DataView(bytes.buffer)));
            return 0;
          },
          undefined,
          0,
        ),
    });
    program.run();
    expect(drained).toMatchObject([{ id: 7, value: 8n }]);
    // a full ring refuses: it is drained by nobody
    let last: unknown = "applied";
    for (let sent = 0; sent < 200 && last === "applied"; sent += 1) last = (await writer.write({ id: sent })).get("up");
    expect(`${last}`).toMatch(/ENOSPC/);
    await Promise.all(relays.map((relay) => relay.close()));
  });

  test("goes into an emulated ring again by replay, byte by byte", async () => {
    const ring = await twoHosts(codecs.original);
    const target = new EmulatedHost("again", codecs.original);
    const outcome = await replay({ connection, ring, hosts: ["old"] }, target.ring);
    expect(outcome).toEqual({ replayed: 3 });
    const again = await target.relay(connection, { host: "again" });
    await again.close();
    expect(await ids({ ring: "again" }, 3)).toEqual(["again 1 1", "again 2 2", "again 3 3"]);
  });
});
