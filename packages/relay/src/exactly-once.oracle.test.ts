import { connect } from "@nats-io/transport-node";
import type { RecordCodec } from "@rbgen/runtime";
import { anyBytes } from "@rbgen/testkit/contract/codecs";
import { NatsServer } from "@rbgen/testkit/nats/nats-server";
import { describeWith } from "@rbgen/testkit/tools";
import { expect, test } from "vitest";
import { RelayReader } from "./read/relay-reader.ts";
import { EmulatedHost } from "./testing/emulated-host.ts";
import { generatedCodecs } from "./testing/generated-codecs.ts";

/** Records of both hosts together: 5 million with RBGEN_LONG=1. */
const total = process.env["RBGEN_LONG"] === "1" ? 5_000_000 : 200_000;

const header = "unsigned int type; unsigned int sum; unsigned long long seq;";
const bodies = [
  "",
  "unsigned char flag;",
  "unsigned short port; unsigned short peer;",
  "unsigned int a[5];",
  "char comm[16]; unsigned int pid : 22; unsigned int kind : 10;",
  "unsigned long long first; unsigned long long second; unsigned long long third;",
  "char path[100];",
  "unsigned char data[200]; unsigned long long tail;",
];
const text = bodies.map((body, type) => `struct record${type} { ${header} ${body} };`).join("\n");

interface Numbered {
  readonly type: number;
  readonly seq: bigint;
}

describeWith(["nats"], `${total} records of eight types, of two hosts`, () => {
  test("come byte by byte, in order, exactly once", async () => {
    const names = bodies.map((_, type) => `record${type}`);
    const codecs = await generatedCodecs(text, names);
    const types = names.map((name) => codecs.get(name) as RecordCodec<Numbered, Numbered>);
    /** The bytes of record `seq` of a host: any bytes, where members have none of it. */
    const bytesOf = (host: number, seq: number): Uint8Array => {
      const type = (seq * 7 + host) % 8;
      const bytes = new Uint8Array(types[type]!.size);
      for (let at = 16; at < bytes.length; at += 1) bytes[at] = (seq * 31 + at * 17 + host) & 255;
      const view = new DataView(bytes.buffer);
      view.setUint32(0, type, true);
      view.setUint32(4, host, true);
      view.setBigUint64(8, BigInt(seq), true);
      return bytes;
    };
    await using server = await NatsServer.start();
    const connection = await connect({ servers: server.url });
    const reading = await connect({ servers: server.url });
    const hosts = ["a", "b"];
    const rings = hosts.map(() => new EmulatedHost("many", anyBytes, 1 << 22));
    const relays = await Promise.all(rings.map((ring, index) => ring.relay(connection, { host: hosts[index]! })));
    const each = total / 2;
    const producing = rings.map(async (ring, host) => {
      for (let seq = 0; seq < each; ) {
        const run: Uint8Array[] = [];
        while (run.length < 1000 && seq + run.length < each) run.push(bytesOf(host, seq + run.length));
        // a run that does not fit waits: a kernel would drop, and this test is about what comes
        while (4 * ring.waiting(relays[host]!) > ring.ring.maxEntries)
          await new Promise((resolve) => setTimeout(resolve, 1));
        expect(ring.produce(run)).toBe(run.length);
        seq += run.length;
        await new Promise(setImmediate);
      }
    });
    await using reader = await RelayReader.open({ connection: reading, ring: "many", codec: anyBytes, from: "start" });
    const seen = [0, 0];
    let decoded = 0;
    for await (const batch of reader.batches()) {
      for (const { host, record, number } of batch) {
        const of = hosts.indexOf(host);
        const seq = seen[of]!;
        if (Number(number) !== seq || Buffer.compare(record, bytesOf(of, seq)) !== 0) {
          throw new Error(`record ${seq} of ${host} came as number ${number}: ${Buffer.from(record).toString("hex")}`);
        }
        if (seq % 101 === 0) {
          const value = types[(seq * 7 + of) % 8]!.decode(new DataView(record.buffer));
          expect(value).toMatchObject({ seq: BigInt(seq) });
          decoded += 1;
        }
        seen[of] = seq + 1;
      }
      if (seen[0] === each && seen[1] === each) break;
    }
    await Promise.all(producing);
    expect(decoded).toBeGreaterThan(total / 102);
    for (const [index, relay] of relays.entries()) {
      await relay.close();
      expect(relay.stats()).toMatchObject({ acknowledgedRecords: each, droppedBySpool: 0 });
      expect(reader.stats().hosts.find(({ host }) => host === hosts[index])).toMatchObject({
        ...{ next: BigInt(each), delivered: BigInt(each), missing: 0n, before: 0n },
        dropped: { kernel: 0n, spool: 0n, restart: 0n, size: 0n },
      });
    }
    await reading.close();
    await connection.close();
  });
});
