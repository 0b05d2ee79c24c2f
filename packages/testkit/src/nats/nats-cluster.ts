import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "./free-port.ts";
import { NatsServer } from "./nats-server.ts";

/** Three servers with JetStream that know each other, of this test. */
export class NatsCluster {
  readonly servers: readonly NatsServer[];
  readonly #folder: string;

  private constructor(servers: readonly NatsServer[], folder: string) {
    this.servers = servers;
    this.#folder = folder;
  }

  /** @param stores folders for the streams of the three; temporary ones unless told. */
  static async start(stores?: readonly string[]): Promise<NatsCluster> {
    const folder = mkdtempSync(join(tmpdir(), "rbgen-nats-cluster-"));
    const ports = await freePorts(6);
    const routes = ports.slice(3).map((port) => `"nats-route://127.0.0.1:${port}"`);
    const servers = ports.slice(0, 3).map((port, index) => {
      const home = join(folder, `${index}`);
      mkdirSync(home);
      const config = `cluster { name: relay, listen: "127.0.0.1:${ports[index + 3]}", routes: [${routes.join(", ")}] }`;
      const store = stores?.[index] ?? home;
      return new NatsServer(home, { host: "127.0.0.1", port, store, name: `n${index}`, config });
    });
    await Promise.all(servers.map((server) => server.run()));
    return new NatsCluster(servers, folder);
  }

  /** Where clients connect: each of them knows all three. */
  get urls(): string[] {
    return this.servers.map(({ url }) => url);
  }

  async stop(): Promise<void> {
    for (const server of this.servers) await server.signal("SIGCONT");
    await Promise.all(this.servers.map((server) => server.stop()));
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
