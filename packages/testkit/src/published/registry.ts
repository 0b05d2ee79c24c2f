import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a registry knows of a package, as clients send it and ask for it. */
interface Packument {
  readonly "dist-tags": Record<string, string>;
  readonly versions: Record<string, unknown>;
  readonly _attachments?: Readonly<Record<string, { readonly data: string }>>;
}

/**
 * A registry of packages on loopback: holds what is published to it, and sends clients for everything else to the registry
 * that they would have asked.
 */
export class Registry {
  readonly #packages = new Map<string, Packument>();
  readonly #tarballs = new Map<string, Buffer>();
  readonly #upstream: URL;
  readonly #server: Server;

  private constructor(upstream: string) {
    this.#upstream = new URL(upstream);
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
  }

  /** @param upstream the address of the registry that has everything else */
  static async start(upstream: string): Promise<Registry> {
    const registry = new Registry(upstream);
    await new Promise<void>((resolve) => registry.#server.listen(0, "127.0.0.1", resolve));
    return registry;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Names of what was published, in order. */
  get names(): readonly string[] {
    return [...this.#packages.keys()].sort();
  }

  /** Publishes what is there as another version of it. */
  publishAnew(name: string, version: string, newer: string): void {
    const present = this.#packages.get(name)?.versions[version];
    if (present === undefined) throw new Error(`${name}@${version} was not published`);
    const anew = { ...(present as object), version: newer };
    this.#take(name, { "dist-tags": {}, versions: { [newer]: anew } });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(new URL(request.url ?? "/", this.url).pathname).slice(1);
    if (request.method === "PUT") {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      this.#take(path, JSON.parse(Buffer.concat(chunks).toString()) as Packument);
      response.writeHead(201, { "content-type": "application/json" }).end('{"ok":true}');
      return;
    }
    const tarball = this.#tarballs.get(path);
    const packument = this.#packages.get(path);
    if (tarball !== undefined) response.end(tarball);
    else if (packument !== undefined) {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(packument));
    } else if (/^(?:@rbgen\/|(?:rbgen|rbgen-demo|unplugin-rbgen)$)/.test(path)) response.writeHead(404).end("{}");
    else response.writeHead(302, { location: new URL((request.url ?? "/").slice(1), this.#upstream).href }).end();
  }

  #take(name: string, { _attachments: attachments = {}, ...sent }: Packument): void {
    const present = this.#packages.get(name);
    this.#packages.set(name, {
      ...sent,
      "dist-tags": { ...present?.["dist-tags"], ...sent["dist-tags"] },
      versions: { ...present?.versions, ...sent.versions },
    });
    for (const [file, { data }] of Object.entries(attachments)) {
      this.#tarballs.set(`${name}/-/${file}`, Buffer.from(data, "base64"));
    }
  }
}
