import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { type SelftestSample, selftestSample } from "@rbgen/testkit/contract/codecs";
import { NatsServer } from "@rbgen/testkit/nats/nats-server";
import { describeWith } from "@rbgen/testkit/tools";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type MergedRecord, mergeByTime } from "./read/merge-by-time.ts";
import { RelayReader, type RelayRecord } from "./read/relay-reader.ts";
import type { SkewedHostJob } from "./testing/skewed-host-process.ts";

const hooks = fileURLToPath(new URL("../../testkit/src/native/typescript-hooks.mjs", import.meta.url));
const script = fileURLToPath(new URL("testing/skewed-host-process.ts", import.meta.url));
const bridge = `rbg${process.pid % 100_000}`;
const subnet = "10.213.77";
const ip = (...args: string[]): Buffer => execFileSync("ip", args, { stdio: ["ignore", "pipe", "pipe"] });

/** Hosts, how far the kernel's clock of each is shifted, seconds, and how far its wall clock is wrong, milliseconds. */
const hosts = [
  { host: "yesterday", monotonic: 0, wrongMs: 0 },
  { host: "older", monotonic: 86_400, wrongMs: 0 },
  { host: "ancient", monotonic: 5_000_000, wrongMs: 0 },
  { host: "wrong", monotonic: 1_000, wrongMs: -10_000 },
] as const;

const total = 31;

/** A host of a network namespace with a time namespace in it. */
class SkewedHost {
  /** This process' clock before it was started, nanoseconds. */
  readonly before: bigint = process.hrtime.bigint();
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(namespace: string, monotonic: number, job: SkewedHostJob) {
    const clocks = ["unshare", "--time", "--fork", "--kill-child", "--monotonic", `${monotonic}`];
    const node = [process.execPath, "--conditions=@rbgen/source", "--no-warnings", `--import=${hooks}`, script];
    this.#child = spawn("ip", ["netns", "exec", namespace, ...clocks, ...node, JSON.stringify(job)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#lines = createInterface(this.#child.stdout!)[Symbol.asyncIterator]();
  }

  /** The next line that it writes. */
  async line(): Promise<string> {
    const { done, value } = await this.#lines.next();
    if (done === true) throw new Error("the host ended");
    return value;
  }

  /** Resolves when the stream has record `seq`. */
  async produce(seq: number): Promise<void> {
    this.#child.stdin!.write(`${seq}\n`);
    expect(await this.line()).toBe(`stored ${seq}`);
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.stdin!.end();
    await exit;
  }
}

describeWith(["kernel", "nats"], "hosts in network namespaces with clocks apart", () => {
  let server: NatsServer;
  let connection: NatsConnection;
  const running: SkewedHost[] = [];
  beforeAll(async () => {
    ip("link", "add", bridge, "type", "bridge");
    ip("addr", "add", `${subnet}.1/24`, "dev", bridge);
    ip("link", "set", bridge, "up");
    hosts.forEach((_, index) => {
      const [namespace, outer, inner] = [`${bridge}n${index}`, `${bridge}o${index}`, `${bridge}i${index}`];
      ip("netns", "add", namespace);
      ip("link", "add", outer, "type", "veth", "peer", "name", inner, "netns", namespace);
      ip("link", "set", outer, "master", bridge, "up");
      ip("-n", namespace, "addr", "add", `${subnet}.${index + 2}/24`, "dev", inner);
      ip("-n", namespace, "link", "set", inner, "up");
    });
    server = await NatsServer.start({ host: `${subnet}.1` });
    connection = await connect({ servers: server.url });
    hosts.forEach(({ host, monotonic, wrongMs }, index) => {
      const job = { server: server.url, host, wrongBy: `${wrongMs * 1_000_000}` };
      running.push(new SkewedHost(`${bridge}n${index}`, monotonic, job));
    });
  });
  afterAll(async () => {
    await Promise.all(running.map((host) => host.end()));
    await connection?.close();
    await server?.stop();
    for (const index of hosts.keys()) ip("netns", "del", `${bridge}n${index}`);
    ip("link", "del", bridge);
  });

  /** All that is stored, in the order of time. */
  async function merge(windowMs: number): Promise<MergedRecord<SelftestSample>[]> {
    await using reader = await RelayReader.open({ connection, ring: "events", codec: selftestSample, from: "start" });
    // all of them before they are put in order: a server that pauses is no matter here
    const records: RelayRecord<SelftestSample>[] = [];
    for await (const record of reader) if (records.push(record) === total) break;
    async function* stored(): AsyncGenerator<RelayRecord<SelftestSample>, undefined> {
      yield* records;
    }
    const merged: MergedRecord<SelftestSample>[] = [];
    for await (const record of mergeByTime(stored(), { windowMs })) merged.push(record);
    return merged;
  }

  test("are put in order by their corrected time, and one whose wall clock is wrong is told to be late", async () => {
    const clocks = await Promise.all(
      running.map(async (host) => ({ line: await host.line(), after: process.hrtime.bigint() })),
    );
    // the kernel's clocks are as far from this one as they were set: each was read between two looks at it
    for (const [index, { line, after }] of clocks.entries()) {
      const told = BigInt(line.replace("clock ", ""));
      const shift = BigInt(hosts[index]!.monotonic) * 1_000_000_000n;
      expect(told - running[index]!.before).toBeGreaterThanOrEqual(shift);
      expect(told - after).toBeLessThanOrEqual(shift);
    }

    // one after the other, by turns: the order in which they happened is that of their numbers
    const order: number[] = [];
    for (let seq = 0; seq < total - 1; seq += 1) {
      await running[(seq * 7) % 3]!.produce(seq);
      order.push(seq);
      // more than the wall clock's steps, by which each host corrects its own
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await running[3]!.produce(total - 1);

    const merged = await merge(1000);
    const inOrder = merged.filter(({ late }) => !late);
    expect(inOrder.map(({ record }) => record.seq)).toEqual(order);
    expect(inOrder.every(({ time }, index) => index === 0 || time >= inOrder[index - 1]!.time)).toBe(true);
    // ten seconds behind, and the window is one
    expect(merged.filter(({ late }) => late).map(({ host, record }) => [host, record.seq])).toEqual([
      ["wrong", total - 1],
    ]);
    // by the kernel's own clocks the order would be another
    const raw = [...inOrder].sort((a, b) => (a.record.value < b.record.value ? -1 : 1));
    expect(raw.map(({ record }) => record.seq)).not.toEqual(order);

    // a window that is as long as the clock is wrong puts it where its clock says: before all others
    const wide = await merge(600_000);
    expect(wide.map(({ record }) => record.seq)).toEqual([total - 1, ...order]);
    expect(wide.some(({ late }) => late)).toBe(false);
  });
});
