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
    return this.#isToken(token) ? path : undefined;
  }

  /**
   * Where a request is sent on to that has the token, but names this host "localhost", or a folder without its last "/".
   * Nothing is shown there: what goes to the other address passes the gate of that one.
   */
  forwardOf(request: IncomingMessage): string | undefined {
    const { host, origin } = request.headers;
    if (origin !== undefined || (host !== this.#host && host !== this.#host.replace("127.0.0.1", "localhost"))) {
      return undefined;
    }
    const [, token = "", path = "", query = ""] = /^\/([^/?#]*)(\/[^?#]*)?(\?[^#]*)?/.exec(request.url ?? "") ?? [];
    if (!this.#isToken(token)) return undefined;
    const whole = path === "" || path === "/playground" ? `${path}/` : path;
    // Of the characters of a URL only: the answer's header takes no others.
    if (/[^!-~]/.test(whole + query)) return undefined;
    return host === this.#host && whole === path ? undefined : `http://${this.#host}/${token}${whole}${query}`;
  }

  #isToken(token: string): boolean {
    const given = Buffer.from(token);
    return given.byteLength === this.#token.byteLength && timingSafeEqual(given, this.#token);
  }

  /** The same as {@link pathOf} for a WebSocket, which only a page of this host may open. */
  upgradePathOf(request: IncomingMessage): string | undefined {
    return request.headers.origin === undefined ? undefined : this.pathOf(request);
  }
}
