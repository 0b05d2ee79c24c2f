import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { findProgram } from "../tools.ts";
import { freePorts } from "./free-port.ts";

/** How a server is started. */
export interface NatsServerOptions {
  /** Where its streams are; a temporary folder, which goes with it, unless told. */
  readonly store?: string;
  readonly host?: string;
  /** What its configuration has beside. */
  readonly config?: string;
  /** What runs the server: `ip netns exec NAME`. */
  readonly prefix?: readonly string[];
}

/** What the configuration of a server says. */
export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  /** Where its streams are. */
  readonly store: string;
  readonly name: string;
  /** What it has beside. */
  readonly config: string;
}

/** One nats-server with JetStream, of this test: it is ended by its process id. */
export class NatsServer {
  readonly url: string;
  /** What other servers and streams know it by. */
  readonly name: string;
  readonly #folder: string;
  readonly #arguments: readonly string[];
  readonly #prefix: readonly string[];
  readonly #host: string;
  readonly #port: number;
  #child: ChildProcess | undefined;

  constructor(folder: string, config: ServerConfig, prefix: readonly string[] = []) {
    const { host, port, name } = config;
    this.name = name;
    this.#folder = folder;
    this.#host = host;
    this.#port = port;
    this.#prefix = prefix;
    this.url = `nats://${host}:${port}`;
    const file = join(folder, `nats-${port}.conf`);
    writeFileSync(file, configOf(config));
    this.#arguments = ["-c", file, "-l", join(folder, `nats-${port}.log`)];
  }

  /** A server that answers. */
  static async start(options: NatsServerOptions = {}): Promise<NatsServer> {
    const folder = mkdtempSync(join(tmpdir(), "rbgen-nats-"));
    const [port = 0] = await freePorts(1);
    const { host = "127.0.0.1", store = folder, config = "", prefix } = options;
    const server = new NatsServer(folder, { host, port, store, name: "single", config }, prefix);
    await server.run();
    return server;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  /** What the server logged. */
  get log(): string {
    return readFileSync(this.#arguments[3]!, "utf8");
  }

  /** Starts it, or starts it again. */
  async run(): Promise<void> {
    if (this.#child !== undefined) return;
    const program = findProgram("nats-server");
    if (program === undefined) throw new Error("no nats-server");
    const [command = program, ...rest] = [...this.#prefix, program, ...this.#arguments];
    const output = openSync(join(this.#folder, "output"), "a");
    const child = spawn(command, rest, { stdio: ["ignore", output, output] });
    child.once("exit", () => {
      if (this.#child === child) this.#child = undefined;
    });
    this.#child = child;
    if (this.#prefix.length === 0) await this.#answers();
  }

  /** Sends a signal. After SIGKILL and SIGTERM the process is gone when this resolves, after SIGSTOP it stands still. */
  async signal(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT" | "SIGTERM"): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const ends = signal === "SIGKILL" || signal === "SIGTERM";
    const gone = ends ? new Promise((resolve) => child.once("exit", resolve)) : undefined;
    child.kill(signal);
    await gone;
    // the threads stop one by one after kill(2) has returned, and could answer until then
    while (signal === "SIGSTOP" && this.#child === child && !standsStill(child.pid!)) await setTimeout(1);
  }

  async stop(): Promise<void> {
    await this.signal("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #answers(): Promise<void> {
    for (;;) {
      if (this.#child === undefined) throw new Error(`nats-server ended: ${this.log}`);
      if (await canConnect(this.#host, this.#port)) return;
      await setTimeout(20);
    }
  }
}

function configOf(parts: ServerConfig): string {
  return [
    `listen: "${parts.host}:${parts.port}"`,
    `server_name: ${parts.name}`,
    `jetstream { store_dir: ${JSON.stringify(parts.store)} }`,
    parts.config,
    "",
  ].join("\n");
}

function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("close", () => resolve(false));
    socket.once("data", () => socket.destroy());
  });
}

/** Whether each thread of the process is stopped, by proc_pid_stat(5). */
function standsStill(pid: number): boolean {
  const tasks = `/proc/${pid}/task`;
  try {
    return readdirSync(tasks).every((task) => {
      const stat = readFileSync(join(tasks, task, "stat"), "latin1");
      // the name stands in brackets, and may have any byte
      return stat.charAt(stat.lastIndexOf(")") + 2) === "T";
    });
  } catch {
    // one ended meanwhile
    return false;
  }
}
