import { once } from "node:events";
import { WebSocket } from "ws";
import { decodeFrame, type Frame } from "../protocol/frame.ts";

/** A page without a page: what the server sends to one, as it comes. */
export class StreamClient {
  readonly socket: WebSocket;
  /** Samples by their ordinal. */
  readonly samples: Map<number, Uint8Array> = new Map();
  /** Ordinals that no frame carried. */
  missed = 0;
  /** Resolves when the server has greeted. */
  readonly hello: Promise<void>;
  last: Partial<Record<Frame["kind"], Frame>> = {};
  #expected: number | undefined;
  #greeted: () => void = () => undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.hello = new Promise((resolve) => {
      this.#greeted = resolve;
    });
    socket.on("message", (data: Buffer) => this.#take(decodeFrame(data)));
  }

  static async open(url: string): Promise<StreamClient> {
    const client = new StreamClient(new WebSocket(streamOf(url), { origin: new URL(url).origin }));
    await once(client.socket, "open");
    return client;
  }

  #take(frame: Frame | string): void {
    if (typeof frame === "string") throw new Error(`the server sent a frame that is ${frame}`);
    this.last[frame.kind] = frame;
    if (frame.kind === "hello_frame") {
      this.#expected = Number(frame.next);
      this.#greeted();
    }
    if (frame.kind !== "samples_frame" || this.#expected === undefined) return;
    this.missed += Number(frame.first) - this.#expected;
    this.#expected = Number(frame.first);
    for (const { bytes } of frame.samples) {
      this.samples.set(this.#expected, bytes);
      this.#expected += 1;
    }
  }
}

/** Where the stream of the page at `url` is. */
export function streamOf(url: string): string {
  return `${url.replace(/^http/, "ws")}stream`;
}
