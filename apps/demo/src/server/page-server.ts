import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import type { PageAddress } from "../options.ts";
import { type FrameInput, largestFromPage, tooManyPages } from "../protocol/frame.ts";
import { Gate } from "./gate.ts";
import { headersOf } from "./page-headers.ts";
import { PageSession } from "./page-session.ts";
import type { RecordSource } from "./record-source.ts";
import { Refusals } from "./refusals.ts";
import type { StaticFiles } from "./static-files.ts";

/** How often pages are told what the server counts, milliseconds, */
const stateMs = 250;
/** and how many of these pass between times while nothing is read. */
const quietStates = 4;
/** Pages at a time, */
const mostPages = 16;
/** and how long a page has to answer that its connection is closed, milliseconds. */
const goodbyeMs = 2000;

/** What `ws` is told; its types lack the time that closing may take. */
const socketOptions = {
  noServer: true,
  maxPayload: largestFromPage,
  perMessageDeflate: false,
  clientTracking: true,
  closeTimeout: goodbyeMs,
};

/** A token that nobody guesses. */
export function newToken(): string {
  return randomBytes(16).toString("hex");
}

/** Serves the page on loopback, and its stream of records and commands. */
export class PageServer {
  readonly #source: RecordSource;
  readonly #refusals = new Refusals();
  readonly #sessions = new Set<PageSession>();
  readonly #files: StaticFiles;
  readonly #http: Server = createServer((request, response) => this.#answer(request, response));
  readonly #sockets = new WebSocketServer(socketOptions);
  readonly #run = BigInt(`0x${randomBytes(8).toString("hex")}`);
  readonly #token: string;
  #gate: Gate | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(source: RecordSource, files: StaticFiles, token: string) {
    this.#source = source;
    this.#files = files;
    this.#token = token;
    this.#http.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
      this.#upgrade(request, socket, head);
    });
  }

  /** Starts; a port that is taken rejects with EADDRINUSE, and closes the source. */
  static async start(source: RecordSource, files: StaticFiles, address: PageAddress): Promise<PageServer> {
    const server = new PageServer(source, files, address.token);
    try {
      await server.#listen(address.port);
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  /** What to open: whoever has it may read records and send commands. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}/${this.#token}/`;
  }

  /** Records that left the ring. */
  get received(): number {
    return this.#source.frames.read;
  }

  /** Rejects if the ring cannot be read any more. */
  get reading(): Promise<void> {
    return this.#source.reading;
  }

  get #port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  async #listen(port: number): Promise<void> {
    this.#http.listen(port, "127.0.0.1");
    await once(this.#http, "listening");
    this.#gate = new Gate(this.#port, this.#token);
    let passed = 0;
    let before = -1;
    this.#timer = setInterval(() => {
      const { read } = this.#source.frames;
      passed += 1;
      if (read === before && passed < quietStates) return;
      passed = 0;
      before = read;
      const hosts = this.#source.hosts();
      for (const session of this.#sessions) {
        session.state(this.#stateOf(session));
        if (hosts !== undefined) session.state(hosts);
      }
    }, stateMs);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = this.#gate?.pathOf(request);
    for (const [name, value] of Object.entries(headersOf(path, this.#port))) response.setHeader(name, value);
    const reads = request.method === "GET" || request.method === "HEAD";
    const forward = reads ? this.#gate?.forwardOf(request) : undefined;
    if (forward !== undefined) {
      response.writeHead(307, { Location: forward }).end();
    } else if (path === undefined) {
      this.#refusals.add("request");
      response.writeHead(403, { "Content-Type": "text/plain; charset=utf-8" });
      response.end("Open the whole address that the demo printed: it holds a token.\n");
    } else if (!reads) {
      response.writeHead(405, { Allow: "GET, HEAD" }).end();
    } else if (!this.#files.serve(path, response, request.method === "HEAD")) {
      response.writeHead(404, { "Content-Type": "text/plain; charset=utf-8" }).end("There is no such file.\n");
    }
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    // Whoever goes away before the answer is no error of ours.
    socket.on("error", () => socket.destroy());
    if (this.#gate?.upgradePathOf(request) !== "/stream") {
      this.#refusals.add("request");
      socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n");
    } else {
      this.#sockets.handleUpgrade(request, socket, head, (accepted) => {
        if (this.#sessions.size < mostPages) this.#open(accepted);
        else this.#turnAway(accepted);
      });
    }
  }

  /** Refuses a page for which there is no room: it is told so by a close code, since a page does not see the status of an upgrade. */
  #turnAway(socket: WebSocket): void {
    this.#refusals.add("page");
    socket.on("error", () => socket.terminate());
    socket.close(tooManyPages, "too many pages");
  }

  #open(socket: WebSocket): void {
    const session = new PageSession(socket, this.#source, this.#refusals);
    this.#sessions.add(session);
    socket.once("close", () => {
      this.#sessions.delete(session);
      this.#source.frames.remove(session);
    });
    session.send({
      kind: "hello_frame",
      run: this.#run,
      next: this.#source.frames.next,
      eventsSize: this.#source.eventsSize,
      commandsSize: this.#source.commandsSize,
      backend: this.#source.name,
    });
    session.send(this.#stateOf(session));
    this.#source.frames.add(session);
  }

  #stateOf(session: PageSession): FrameInput {
    const { full, tooBig } = this.#source.lost;
    return {
      kind: "state_frame",
      nowNs: process.hrtime.bigint(),
      wallNs: BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6)),
      read: this.#source.frames.read,
      missed: session.missed,
      lostFull: full,
      lostTooBig: tooBig,
      waits: this.#source.waits,
      batches: this.#source.frames.batches,
      memory: process.memoryUsage.rss(),
      eventsFill: this.#source.eventsFill,
      commandsFill: this.#source.commandsFill,
      malformed: this.#refusals.of("malformed"),
      oversized: this.#refusals.of("oversized"),
      wrongVersion: this.#refusals.of("wrong version"),
      behindRefused: this.#refusals.of("behind"),
      refusedRequests: this.#refusals.of("request"),
      turnedAway: this.#refusals.of("page"),
      pages: this.#sessions.size,
    };
  }

  /** Ends every page's stream, then the reading of the records. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    const closed = this.#http.listening ? once(this.#http, "close") : undefined;
    this.#http.close();
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#http.closeAllConnections();
    await closed;
    await this.#source.close();
  }
}
