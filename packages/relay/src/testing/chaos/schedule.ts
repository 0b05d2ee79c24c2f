import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { JetStreamApiCodes, JetStreamApiError, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import type { RingBufMap } from "@rbgen/runtime/backend";
import { SeededRandom } from "@rbgen/runtime/emulated";
import type { KernelSide } from "@rbgen/testkit/contract/kernel-side";
import type { NatsCluster } from "@rbgen/testkit/nats/nats-cluster";
import type { NatsServer } from "@rbgen/testkit/nats/nats-server";
import { streamName } from "../../stream/subject.ts";
import type { ReadLine } from "./job.ts";
import { Process, type Scripts } from "./process.ts";

const spoolBytes = 256 * 1024;
const tmpfsBytes = 512 * 1024;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What a schedule showed. */
export interface Outcome {
  readonly faults: readonly string[];
  /** Records that the kernel took, and that it had no room for. */
  readonly produced: number;
  readonly refused: number;
  readonly lines: readonly ReadLine[];
  readonly relay: { readonly spooledRecords: number; readonly spoolHighWaterBytes: number };
  readonly failures: readonly string[];
}

/** One host with a ring of the kernel, whose relay, reader, servers and disk are at the mercy of a seed. */
export class Schedule {
  readonly #random: SeededRandom;
  readonly #cluster: NatsCluster;
  readonly #kernel: KernelSide;
  readonly #scripts: Scripts;
  readonly #folder: string;
  readonly #ring: string;
  readonly #map: RingBufMap & { readonly id: number };
  readonly #faults: string[] = [];
  readonly #failures: string[] = [];
  #signal: AbortSignal = AbortSignal.abort();
  #produced = 0;
  #refused = 0;
  #relay: Process;
  #reader: Process;

  constructor(seed: number, cluster: NatsCluster, kernel: KernelSide, scripts: Scripts, folder: string) {
    this.#random = new SeededRandom(seed);
    this.#cluster = cluster;
    this.#kernel = kernel;
    this.#scripts = scripts;
    this.#folder = join(folder, `${seed}`);
    this.#ring = `chaos${seed}`;
    mkdirSync(join(this.#folder, "disk"), { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${tmpfsBytes}`, "rbgen-spool", join(this.#folder, "disk")]);
    writeFileSync(this.#dropsFile, new Uint8Array(8));
    writeFileSync(this.#log, "");
    this.#map = kernel.createRingBuf({ name: this.#ring.slice(0, 15), maxEntries: 65536 }) as RingBufMap & {
      readonly id: number;
    };
    this.#relay = this.#startRelay();
    this.#reader = this.#startReader();
  }

  /** Runs faults among records, mends everything, and waits until all is read, or the relay or the reader failed. `signal` ends it before. */
  async run(steps: number, signal: AbortSignal): Promise<Outcome> {
    this.#signal = signal;
    const end = (): void => {
      // the test's limit says nothing of where it stood
      process.stderr.write(`${this.#progress}\n`);
      void this.#relay.kill();
      void this.#reader.kill();
    };
    signal.addEventListener("abort", end, { once: true });
    try {
      await this.#relay.wrote("relaying");
      for (let step = 0; step < steps; step += 1) {
        await this.#produce(100 + this.#below(400));
        await this.#fault();
        await this.#produce(100 + this.#below(200));
        signal.throwIfAborted();
      }
      await this.#mend();
      await this.#relay.wrote("relaying");
      await this.#relay.end();
      if (this.#relay.failure !== undefined) this.#failures.push(this.#relay.failure);
      const total = `${this.#produced + this.#refused}`;
      while (this.#last()?.account.next !== total && this.#reader.failure === undefined) {
        signal.throwIfAborted();
        await pause(50);
      }
      await this.#reader.kill();
      if (this.#reader.failure !== undefined) this.#failures.push(this.#reader.failure);
      const relay = JSON.parse(this.#relay.output.trim().split("\n").at(-1) ?? "{}") as Outcome["relay"];
      return {
        faults: this.#faults,
        produced: this.#produced,
        refused: this.#refused,
        lines: this.#lines(),
        relay,
        failures: this.#failures,
      };
    } finally {
      signal.removeEventListener("abort", end);
      await this.#relay.kill();
      await this.#reader.kill();
      await this.#mend();
      await this.#deleteStream();
      execFileSync("umount", ["-l", join(this.#folder, "disk")]);
      rmSync(this.#folder, { recursive: true });
      this.#map.close();
    }
  }

  /** How far it came: what a schedule that never ends is told by. */
  get #progress(): string {
    const last = this.#last();
    const servers = this.#cluster.servers.map(({ running, pid }) => (running ? `up (${pid})` : "down"));
    return [
      `faults: ${this.#faults.join(", ") || "none"}`,
      `produced ${this.#produced}, refused ${this.#refused}, read up to ${last?.account.next ?? "nothing"}`,
      `account of the reader: ${JSON.stringify(last?.account) ?? "none"}`,
      `servers: ${servers.join(", ")}`,
      `relay: ${this.#relay.failure ?? (this.#relay.output.trim() || "wrote nothing")}`,
      `reader: ${this.#reader.failure ?? "runs"}`,
    ].join("\n");
  }

  get #dropsFile(): string {
    return join(this.#folder, "drops");
  }

  get #log(): string {
    return join(this.#folder, "read");
  }

  get #filler(): string {
    return join(this.#folder, "disk", "filler");
  }

  #below(limit: number): number {
    return Math.floor(this.#random.next() * limit);
  }

  /** Whole lines that the reader has written. */
  get #written(): string {
    const text = readFileSync(this.#log, "utf8");
    return text.slice(0, text.lastIndexOf("\n") + 1).trimEnd();
  }

  #lines(): ReadLine[] {
    const whole = this.#written;
    return whole === "" ? [] : whole.split("\n").map((line) => JSON.parse(line) as ReadLine);
  }

  #last(): ReadLine | undefined {
    const whole = this.#written;
    return whole === "" ? undefined : (JSON.parse(whole.slice(whole.lastIndexOf("\n") + 1)) as ReadLine);
  }

  /** Records of 8 to 200 bytes; one that finds no room has a number all the same. */
  async #produce(count: number): Promise<void> {
    const drops = new Uint8Array(8);
    for (let index = 0; index < count; index += 1) {
      const bytes = new Uint8Array(8 + 8 * this.#below(24));
      new DataView(bytes.buffer).setBigUint64(0, BigInt(this.#produced), true);
      if (this.#kernel.output(this.#map, bytes, 0) === 0) {
        this.#produced += 1;
      } else {
        this.#refused += 1;
        new DataView(drops.buffer).setBigUint64(0, BigInt(this.#refused), true);
        writeFileSync(this.#dropsFile, drops, { flag: "r+" });
      }
      if (index % 50 === 49) await pause(1);
      for (const { failure } of [this.#relay, this.#reader]) if (failure !== undefined) throw new Error(failure);
    }
    await pause(this.#below(30));
  }

  async #fault(): Promise<void> {
    const { servers } = this.#cluster;
    const [victim, other] = [this.#below(3), this.#below(3)];
    const kind = this.#below(8);
    const names = [
      "relay killed",
      "reader killed",
      "server killed",
      "leader killed",
      "two servers killed",
      "server paused",
      "disk full",
      "relay killed on a full disk",
    ];
    this.#faults.push(`${names[kind]}`);
    switch (kind) {
      case 0:
        await this.#relay.kill();
        await this.#produce(this.#below(300));
        this.#relay = this.#startRelay();
        break;
      case 1:
        await this.#reader.kill();
        this.#reader = this.#startReader();
        break;
      case 2:
        await servers[victim]!.signal("SIGKILL");
        await this.#produce(this.#below(300));
        await servers[victim]!.run();
        break;
      case 3: {
        const leader = await this.#leader();
        await leader.signal("SIGKILL");
        await this.#produce(this.#below(300));
        await leader.run();
        break;
      }
      case 4:
        await Promise.all([victim, other].map((index) => servers[index]!.signal("SIGKILL")));
        await this.#produce(this.#below(300));
        await Promise.all(servers.map((server) => server.run()));
        break;
      case 5:
        await servers[victim]!.signal("SIGSTOP");
        await this.#produce(this.#below(500));
        await servers[victim]!.signal("SIGCONT");
        break;
      default:
        this.#fill();
        if (kind === 7) {
          await this.#relay.kill();
          this.#relay = this.#startRelay();
        }
        await this.#produce(this.#below(500));
        rmSync(this.#filler, { force: true });
    }
    for (const process of [this.#relay, this.#reader])
      if (process.failure !== undefined) this.#failures.push(process.failure);
  }

  #connect(): Promise<NatsConnection> {
    const options = { maxReconnectAttempts: -1, reconnectTimeWait: 50, waitOnFirstConnect: true, timeout: 2000 };
    return connect({ servers: this.#cluster.urls, ...options });
  }

  /** Servers that start recover, and elect leaders for, each stream that there is: the next schedule is not to wait for that. */
  async #deleteStream(): Promise<void> {
    const connection = await this.#connect();
    try {
      while (!this.#signal.aborted && !(await deleted(connection, streamName(this.#ring)))) await pause(100);
    } finally {
      await connection.close();
    }
  }

  /** The server that leads the stream's replicas; while they elect one, it is waited for. */
  async #leader(): Promise<NatsServer> {
    const connection = await this.#connect();
    try {
      for (;;) {
        this.#signal.throwIfAborted();
        const name = await leaderOf(connection, streamName(this.#ring));
        const leader = this.#cluster.servers.find((server) => server.name === name);
        if (leader?.running === true) return leader;
        await pause(50);
      }
    } finally {
      await connection.close();
    }
  }

  #fill(): void {
    try {
      writeFileSync(this.#filler, new Uint8Array(tmpfsBytes));
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== "ENOSPC") throw error;
    }
  }

  async #mend(): Promise<void> {
    rmSync(this.#filler, { force: true });
    for (const server of this.#cluster.servers) await server.signal("SIGCONT");
    await Promise.all(this.#cluster.servers.map((server) => server.run()));
  }

  get #job(): { readonly servers: readonly string[]; readonly ring: string; readonly replicas: number } {
    return { servers: this.#cluster.urls, ring: this.#ring, replicas: 3 };
  }

  #startRelay(): Process {
    const spool = join(this.#folder, "disk", "spool");
    return new Process(this.#scripts.relay, {
      ...this.#job,
      mapId: this.#map.id,
      dropsFile: this.#dropsFile,
      spool,
      spoolBytes,
    });
  }

  #startReader(): Process {
    return new Process(this.#scripts.reader, { ...this.#job, file: this.#log });
  }
}

/** The name of the server that leads a stream; undefined while none does. */
async function leaderOf(connection: NatsConnection, stream: string): Promise<string | undefined> {
  try {
    return (await (await jetstreamManager(connection)).streams.info(stream)).cluster?.leader;
  } catch {
    return undefined;
  }
}

async function deleted(connection: NatsConnection, stream: string): Promise<boolean> {
  try {
    return await (await jetstreamManager(connection)).streams.delete(stream);
  } catch (error) {
    // by a request whose answer did not come
    return error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;
  }
}

/** The most that a relay's spool may take. */
export const spoolLimit: number = spoolBytes;
