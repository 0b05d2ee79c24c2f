import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { jetstream } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import type { RecordCodec } from "@rbgen/runtime";
import { NatsServer } from "@rbgen/testkit/nats/nats-server";
import { describeWith } from "@rbgen/testkit/tools";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RelayReader } from "../read/relay-reader.ts";
import { chunkSubject } from "../stream/subject.ts";
import { CommandRun } from "../testing/command.ts";
import { EmulatedHost } from "../testing/emulated-host.ts";
import { generatedCodecs } from "../testing/generated-codecs.ts";
import { writeGenerated } from "../testing/generated-file.ts";

interface Event {
  readonly tsNs: bigint;
  readonly pid: number;
  readonly kind: number;
  readonly comm: string;
}

const header = `
enum kind { EXEC = 1, EXIT = 2 };
struct event { unsigned long long ts_ns; unsigned int pid; enum kind kind; char comm[16]; };
struct other { unsigned int n; };
`;
const event = (pid: number): Event => ({ tsNs: BigInt(pid) * 1000n, pid, kind: 1 + (pid % 2), comm: `c${pid}` });
const events = (from: number, to: number): Event[] =>
  Array.from({ length: to - from }, (_, index) => event(from + index));

describeWith(["nats"], "rbgen-relay, over one server", () => {
  let server: NatsServer;
  let connection: NatsConnection;
  let folder: string;
  let codec: RecordCodec<unknown, Event>;
  let made = 0;
  beforeAll(async () => {
    server = await NatsServer.start();
    connection = await connect({ servers: server.url });
    folder = mkdtempSync(join(tmpdir(), "rbgen-relay-"));
    await writeGenerated(join(folder, "events.gen.ts"), header, ["event"]);
    await writeGenerated(join(folder, "two.gen.ts"), header, ["event", "other"]);
    codec = (await generatedCodecs(header, ["event"])).get("event") as RecordCodec<unknown, Event>;
  });
  afterAll(async () => {
    await connection.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (...args: string[]): CommandRun => new CommandRun([...args, "--nats", server.url], { cwd: folder });

  /** A ring that hosts have stored their events of. */
  async function stored(hosts: Readonly<Record<string, readonly Event[]>>): Promise<string> {
    made += 1;
    const ring = `ring${made}`;
    for (const [host, values] of Object.entries(hosts)) {
      const kernel = new EmulatedHost(ring, codec);
      kernel.produce(values);
      await (await kernel.relay(connection, { host, time: "ts_ns", chunk: { bytes: 1024 } })).close();
    }
    return ring;
  }

  test("tail prints records as JSON lines, of the hosts that were asked for, up to a limit", async () => {
    const ring = await stored({ a: events(0, 50), b: events(50, 100) });
    const { code, out, err } = await run(
      ...["tail", "--codec", "events.gen.ts", "--ring", ring, "--from", "start", "--hosts", "b", "--limit", "30"],
    ).ended();
    expect([code, err]).toEqual([0, ""]);
    const lines = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ record }) => record)).toEqual(
      events(50, 80).map((value) => ({ ...value, tsNs: `${value.tsNs}` })),
    );
    expect(lines[3]).toMatchObject({ host: "b", number: "3" });
    expect(lines[3]!["time"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
  });

  test("tail follows what comes, until it is ended", async () => {
    const ring = await stored({ a: events(0, 5) });
    const tail = run("tail", "--codec", "events.gen.ts", "--ring", ring, "--from", "a:3");
    await tail.wrote(/"pid":4/);
    const kernel = new EmulatedHost(ring, codec);
    kernel.produce(events(70, 71));
    await (await kernel.relay(connection, { host: "a" })).close();
    const whole = run("tail", "--codec", "events.gen.ts", "--ring", ring, "--from", "start");
    await whole.wrote(/"pid":70/);
    expect((await whole.stop()).code).toBe(0);
    const { code, out } = await tail.stop();
    expect(code).toBe(0);
    expect(out).not.toContain('"pid":2');
    expect(out).toContain('"pid":3');
  });

  test("what a host calls itself does not reach the terminal as it is", async () => {
    const host = "evil\u001b]0;owned\u0007\u202e";
    const ring = await stored({ [host]: events(0, 1) });
    const tail = await run(
      "tail",
      "--codec",
      "events.gen.ts",
      "--ring",
      ring,
      "--from",
      "start",
      "--limit",
      "1",
    ).ended();
    const status = await run("status", "--ring", ring).ended();
    const document = await run("status", "--ring", ring, "--json").ended();
    for (const { out, code } of [tail, status, document]) {
      expect(code).toBe(0);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
      expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
    expect(JSON.parse(tail.out)).toMatchObject({ host });
    expect(JSON.parse(document.out)).toMatchObject({ rings: [{ hosts: [{ host }] }] });
    expect(status.out).toContain("evil\\x1b]0;owned\\x07\\u202e");
  });

  test("status tells hosts, loss by reason, and how far readers are behind", async () => {
    const ring = await stored({ a: events(0, 40) });
    const kernel = new EmulatedHost(ring, codec, 4096);
    const taken = kernel.produce(events(0, 200));
    const relay = await kernel.relay(connection, { host: "b" });
    await relay.flushed();
    kernel.produce(events(200, 201));
    await relay.close();
    const reader = await RelayReader.open({ connection, ring, codec: codec as never, from: "start", durable: "board" });
    const records = reader[Symbol.asyncIterator]();
    for (let index = 0; index < 10; index += 1) await records.next();
    await reader.close();
    const { out, code } = await run("status", "--ring", ring, "--json").ended();
    expect(code).toBe(0);
    const { rings } = JSON.parse(out) as { rings: Record<string, unknown>[] };
    expect(rings).toHaveLength(1);
    expect(rings[0]).toMatchObject({
      ring,
      hosts: [
        { host: "a", records: "40", dropped: { kernel: "0", spool: "0", restart: "0", size: "0" } },
        { host: "b", records: "201", dropped: { kernel: `${200 - taken}`, spool: "0" } },
      ],
      readers: [{ reader: "board", recordsBehind: "231", missing: "0" }],
    });
    const text = (await run("status", "--ring", ring).ended()).out;
    expect(text).toMatch(new RegExp(`^b +201 +${200 - taken} +0 +0 +0 +0 `, "m"));
    expect(text).toMatch(/^board +\d+ +231 +0$/m);
  });

  test("status shows the others where a host sent what is no chunk, and a reader stored what is no checkpoint", async () => {
    const ring = await stored({ a: events(0, 40), b: events(0, 3) });
    await jetstream(connection).publish(chunkSubject(ring, "b"), "no chunk");
    await jetstream(connection).publish(chunkSubject(ring, "c"), "no chunk either");
    const readers = await new Kvm(connection).create("rbgen-readers");
    await readers.put(`${ring}.broken`, "no checkpoint");
    const { out, code } = await run("status", "--ring", ring).ended();
    await readers.purge(`${ring}.broken`);
    expect(code).toBe(0);
    expect(out).toMatch(/^a +40 /m);
    expect(out).toMatch(/^b +3 /m);
    expect(out).toContain("b: 1 of its last messages is no chunk of it\nc: 1 of its last messages is no chunk of it\n");
    expect(out).toContain("reader broken: what is stored of it is no checkpoint\n");
  });

  test("records whose member holds no time are relayed and archived at the time of their chunk", async () => {
    const ring = await stored({ a: [event(1), { ...event(2), tsNs: 2n ** 64n - 1n }, event(3)] });
    const parquet = join(folder, ring);
    const archive = ["archive", "--codec", "events.gen.ts", "--ring", ring, "--parquet", parquet, "--once"];
    expect(await run(...archive).ended()).toMatchObject({ code: 0, err: "3 records in 1 files\n" });
    const duck = await (await DuckDBInstance.create()).connect();
    const rows = await duck.runAndReadAll(
      `SELECT _time < now(), ts_ns::VARCHAR FROM '${parquet}/*.parquet' ORDER BY _number`,
    );
    expect(rows.getRows()).toEqual([
      [true, "1000"],
      [true, "18446744073709551615"],
      [true, "3000"],
    ]);
  });

  test("archive writes all that is stored into files that DuckDB reads, and goes on behind them", async () => {
    const ring = await stored({ a: events(0, 3000), b: events(3000, 5000) });
    const parquet = join(folder, ring);
    const archive = ["archive", "--codec", "events.gen.ts", "--ring", ring, "--parquet", parquet, "--once"];
    const limits = ["--file-bytes", "16K", "--row-group-bytes", "8K"];
    const first = await run(...archive, ...limits).ended();
    expect(first).toMatchObject({ code: 0, err: expect.stringMatching(/^5000 records in \d+ files\n$/) });
    const files = readdirSync(parquet).filter((name) => name.endsWith(".parquet"));
    expect(files.length).toBeGreaterThan(1);
    const duck = await (await DuckDBInstance.create()).connect();
    const query = async (sql: string): Promise<unknown[][]> => (await duck.runAndReadAll(sql)).getRows();
    const all = `'${parquet}/*.parquet'`;
    expect(
      await query(`SELECT _host, count(*), count(DISTINCT _number), sum(pid) FROM ${all} GROUP BY 1 ORDER BY 1`),
    ).toEqual([
      ["a", 3000n, 3000n, BigInt((3000 * 2999) / 2)],
      ["b", 2000n, 2000n, BigInt((5000 * 4999 - 3000 * 2999) / 2)],
    ]);
    expect(await query(`SELECT kind, count(*) FROM ${all} GROUP BY 1 ORDER BY 1`)).toEqual([
      ["EXEC", 2500n],
      ["EXIT", 2500n],
    ]);
    // again: nothing comes twice, and what is new comes
    expect((await run(...archive).ended()).err).toBe("0 records in 0 files\n");
    const kernel = new EmulatedHost(ring, codec);
    kernel.produce(events(0, 10));
    await (await kernel.relay(connection, { host: "a" })).close();
    // also where the files were moved away
    for (const name of files) rmSync(join(parquet, name));
    expect((await run(...archive).ended()).err).toBe("10 records in 1 files\n");
    expect(await query(`SELECT count(*) FROM ${all}`)).toEqual([[10n]]);
  });

  test("archive ends a file by its age, and by being ended", async () => {
    const ring = await stored({ a: events(0, 100) });
    const parquet = join(folder, `${ring}-aged`);
    const archive = run(
      ...["archive", "--codec", "events.gen.ts", "--ring", ring, "--parquet", parquet, "--file-time", "1s"],
    );
    const files = (): string[] => readdirSync(parquet).filter((name) => name.endsWith(".parquet"));
    const there = (): boolean => {
      try {
        return files().length > 0;
      } catch {
        return false;
      }
    };
    while (!there()) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await archive.stop()).toMatchObject({ code: 0, err: expect.stringContaining("100 records in") });
    expect(readdirSync(parquet).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  test("an archive that is in use, and a file that rbgen-relay did not write, are refused", async () => {
    const ring = await stored({ a: events(0, 1) });
    const parquet = join(folder, `${ring}-taken`);
    const archive = ["archive", "--codec", "events.gen.ts", "--ring", ring, "--parquet", parquet];
    expect((await run(...archive, "--once").ended()).code).toBe(0);
    writeFileSync(join(parquet, `.${ring}.checkpoint.json`), '{"number":1,"checkpoint":null}');
    const broken = await run(...archive, "--once").ended();
    expect(broken).toMatchObject({ code: 1, err: expect.stringContaining("is no checkpoint") });
    rmSync(join(parquet, `.${ring}.checkpoint.json`));
    writeFileSync(join(parquet, `${ring}-00000002.parquet`), "PAR1 it is not PAR1");
    const foreign = await run(...archive, "--once").ended();
    expect(foreign).toMatchObject({ code: 1, err: expect.stringContaining("does not say where to go on") });
    rmSync(join(parquet, `${ring}-00000002.parquet`));
    expect((await run(...archive, "--once").ended()).err).toBe("0 records in 0 files\n");
    const running = run(...archive);
    const lock = join(parquet, `.${ring}.lock`);
    while (!readdirSync(parquet).includes(`.${ring}.lock`)) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await run(...archive).ended()).toMatchObject({
      code: 1,
      err: expect.stringContaining("is in use by process"),
    });
    expect((await running.stop()).code).toBe(0);
    expect(() => readFileSync(lock)).toThrow("ENOENT");
  });

  test("records of another layout are an error that tells the options", async () => {
    const ring = await stored({ a: events(0, 1) });
    const { code, err } = await run(
      ...["tail", "--codec", "two.gen.ts", "--type", "other", "--ring", ring, "--from", "start"],
    ).ended();
    expect(code).toBe(1);
    expect(err).toContain("hint: --on-drift skip");
  });

  test("a ring that nobody relays is an error", async () => {
    const tail = await run("tail", "--codec", "events.gen.ts", "--ring", "nowhere").ended();
    expect(tail).toMatchObject({ code: 1, err: expect.stringContaining("there is no stream rbgen-nowhere") });
    const status = await run("status", "--ring", "nowhere").ended();
    expect(status).toMatchObject({ code: 1, err: expect.stringContaining("rings that are there: ") });
  });

  test("publish without the package for the kernel says what to install", async () => {
    const { code, err } = await run("publish", "--pinned", "/sys/fs/bpf/x", "--layout", "events.gen.ts").ended();
    expect(code).toBe(1);
    expect(err).toContain("@rbgen/native is not installed");
    expect(err).toContain("hint: npm install @rbgen/native@1.2.3");
  });

  test("publish relays a pinned ring until it is ended, and then says what it did", async () => {
    made += 1;
    const kernel = new EmulatedHost(`ring${made}`, codec);
    kernel.produce(events(0, 300));
    let closed = false;
    const native = {
      openRingBuf: ({ pinned }: { pinned: string }) => {
        expect(pinned).toBe("/sys/fs/bpf/events");
        return new Proxy(kernel.ring, {
          get(target, key) {
            if (key === "close")
              return () => {
                closed = true;
              };
            const value: unknown = Reflect.get(target, key, target);
            return typeof value === "function" ? value.bind(target) : value;
          },
        });
      },
    };
    const args = ["publish", "--pinned", "/sys/fs/bpf/events", "--layout", "events.gen.ts", "--host", "web-1"];
    const publish = new CommandRun([...args, "--time", "ts_ns", "--nats", server.url], {
      cwd: folder,
      packages: { "@rbgen/native": native },
    });
    await publish.wrote(/relaying ring/);
    const tail = run("tail", "--codec", "events.gen.ts", "--ring", `ring${made}`, "--from", "start", "--limit", "300");
    expect((await tail.ended()).out.trimEnd().split("\n")).toHaveLength(300);
    const { code, err } = await publish.stop();
    expect([code, closed]).toEqual([0, true]);
    expect(err).toMatch(/^300 records in \d+ chunks acknowledged; dropped: 0 by the kernel, 0 by the spool$/m);
  });
});
