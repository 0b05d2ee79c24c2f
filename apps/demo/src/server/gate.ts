import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** What may pass: requests for this host, from its own pages, that know the token. */
export class Gate {
  readonly #token: Buffer;
  readonly #host: string;

  constructor(port: number, token: string) {
    this.#token = Buffer.from(token);
    this.#host = `127.0.0.1:${port}`;
  }

  /**
   * The path behind the token, "/stream"; undefined where the request may not pass. A name that resolves to loopback is not
   * this host, so that no other site's page reaches it through one.
   */
  pathOf(request: IncomingMessage): string | undefined {
    const { host, origin } = request.headers;
    if (host !== this.#host || (origin !== undefined && origin !== `http://${this.#host}`)) return undefined;
    const [, token = "", path] = /^\/([^/?#]*)(\/[^?#]*)/.exec(request.url ?? "") ?? [];
    const given = Buffer.from(token);
    const known = given.byteLength === this.#token.byteLength && timingSafeEqual(given, this.#token);
    return known ? path : undefined;
  }

  /** The same for a WebSocket, which only a page of this host may open. */
  upgradePathOf(request: IncomingMessage): string | undefined {
    return request.headers.origin === undefined ? undefined : this.pathOf(request);
  }
}
