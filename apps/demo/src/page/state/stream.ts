import { closeCodes, decodeFrame, encodeFrame, type Frame, type FrameInput } from "../../protocol/frame.ts";

/** How the page is connected. */
export type Connection = "connecting" | "open" | "waiting" | "refused";

/** What a stream tells. */
export interface StreamHandlers {
  frame(frame: Frame): void;
  /** `reason` for a refusal, or what was wrong with a frame. */
  connection(state: Connection, reason?: string): void;
}

const shortestWaitMs = 250;
const longestWaitMs = 5000;

/** The WebSocket to the server, made again whenever it ends. */
export class Stream {
  readonly #url: URL;
  readonly #handlers: StreamHandlers;
  #socket: WebSocket | undefined;
  #waitMs = shortestWaitMs;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(page: string, handlers: StreamHandlers) {
    this.#url = new URL("./stream", page);
    this.#url.protocol = "ws:";
    this.#url.hash = "";
    this.#handlers = handlers;
    this.#connect();
  }

  /** Sends a frame; false where there is no connection. */
  send(frame: FrameInput): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(encodeFrame(frame));
    return true;
  }

  /** Tries now, without waiting for the next time. */
  retry(): void {
    this.#waitMs = shortestWaitMs;
    clearTimeout(this.#timer);
    this.#connect();
  }

  #connect(): void {
    this.#handlers.connection("connecting");
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => this.#receive(socket, data));
    socket.addEventListener("close", ({ code }) => this.#closed(socket, code));
  }

  #receive(socket: WebSocket, data: unknown): void {
    const frame = data instanceof ArrayBuffer ? decodeFrame(new Uint8Array(data)) : "malformed";
    if (typeof frame === "string") {
      this.#refuse(socket, frame === "wrong version" ? "The server is of another version." : "A frame was malformed.");
      return;
    }
    // Only a server that talks is one: a port that accepts and hangs up is asked less and less often.
    if (frame.kind === "hello_frame") {
      this.#waitMs = shortestWaitMs;
      this.#handlers.connection("open");
    }
    this.#handlers.frame(frame);
  }

  #refuse(socket: WebSocket, reason: string): void {
    this.#socket = undefined;
    socket.close();
    this.#handlers.connection("refused", `${reason} Load this page again.`);
  }

  #closed(socket: WebSocket, code: number): void {
    if (socket !== this.#socket) return;
    if (Object.values(closeCodes).includes(code)) {
      this.#refuse(socket, "The server refused a frame of this page.");
      return;
    }
    this.#handlers.connection("waiting");
    this.#timer = setTimeout(() => this.#connect(), this.#waitMs);
    this.#waitMs = Math.min(longestWaitMs, this.#waitMs * 2);
  }
}
