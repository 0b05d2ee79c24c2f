import {
  closeCodes,
  decodeFrame,
  encodeFrame,
  type Frame,
  type FrameInput,
  tooManyPages,
} from "../../protocol/frame.ts";

/**
 * How the page is connected. "waiting": there is no server; "silent": one that is connected says nothing; "full": it has as
 * many pages as it takes; of these three, the page goes on by itself. "refused": one of both does not understand the other.
 */
export type Connection = "connecting" | "open" | "waiting" | "silent" | "full" | "refused";

/** What a stream tells. */
export interface StreamHandlers {
  frame(frame: Frame): void;
  /** `reason` for a refusal, or what was wrong with a frame. */
  connection(state: Connection, reason?: string): void;
}

const shortestWaitMs = 250;
const longestWaitMs = 5000;
/** A server says something every second, whatever there is to say: one that was silent for so long may be stopped. */
const silenceMs = 6000;

/** The WebSocket to the server, made again whenever it ends. */
export class Stream {
  readonly #url: URL;
  readonly #handlers: StreamHandlers;
  #socket: WebSocket | undefined;
  #waitMs = shortestWaitMs;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #state: Connection = "connecting";

  constructor(page: string, handlers: StreamHandlers) {
    this.#url = new URL("./stream", page);
    this.#url.protocol = "ws:";
    this.#url.hash = "";
    this.#handlers = handlers;
    handlers.connection("connecting");
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
      this.#become("open");
    } else if (this.#state === "silent") this.#become("open");
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#become("silent"), silenceMs);
    this.#handlers.frame(frame);
  }

  #become(state: Connection, reason?: string): void {
    clearTimeout(this.#silence);
    if (state === this.#state) return;
    this.#state = state;
    this.#handlers.connection(state, reason);
  }

  #refuse(socket: WebSocket, reason: string): void {
    this.#socket = undefined;
    socket.close();
    this.#become("refused", `${reason} Load this page again.`);
  }

  #closed(socket: WebSocket, code: number): void {
    if (socket !== this.#socket) return;
    if (Object.values(closeCodes).includes(code)) {
      this.#refuse(socket, "The server refused a frame of this page.");
      return;
    }
    this.#become(code === tooManyPages ? "full" : "waiting");
    this.#timer = setTimeout(() => this.#connect(), this.#waitMs);
    this.#waitMs = Math.min(longestWaitMs, this.#waitMs * 2);
  }
}
