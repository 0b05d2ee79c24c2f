import type { WebSocket } from "ws";
import { AnswerResult, type CommandFrame } from "../frames.gen.ts";
import { closeCodes, decodeFrame, encodeFrame, type FrameInput, type Refusal } from "../protocol/frame.ts";
import { CommandKind } from "../types.gen.ts";
import type { RecordSource } from "./record-source.ts";
import type { Refusals } from "./refusals.ts";
import type { FrameListener } from "./sample-frames.ts";

/** Bytes that wait for a page at most: what comes then is missed, and told as missed. */
const mostBuffered = 1 << 20;

const knownCommands: ReadonlySet<number> = new Set(Object.values(CommandKind));

/** One page: gets frames as fast as it takes them, and sends commands. */
export class PageSession implements FrameListener {
  readonly #socket: WebSocket;
  readonly #commands: Pick<RecordSource, "send">;
  readonly #refusals: Refusals;
  /** Samples that this page was too slow for. */
  missed = 0;
  /** A frame was refused: until the connection has ended, nothing that comes on it is obeyed. */
  #refused = false;

  constructor(socket: WebSocket, commands: Pick<RecordSource, "send">, refusals: Refusals) {
    this.#socket = socket;
    this.#commands = commands;
    this.#refusals = refusals;
    socket.binaryType = "nodebuffer";
    socket.on("message", (data, isBinary) => this.#receive(data as Buffer, isBinary));
    // A frame beyond the limit, or one that is no WebSocket frame: `ws` closes the connection by itself.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.#refused = true;
      refusals.add(error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH" ? "oversized" : "malformed");
    });
  }

  samples(frame: Uint8Array, count: number): void {
    if (this.#congested) this.missed += count;
    else this.#socket.send(frame);
  }

  /** Sends a frame that a later one replaces: none where the page is behind. */
  state(frame: FrameInput): void {
    if (!this.#congested) this.#socket.send(encodeFrame(frame));
  }

  /** Sends a frame that nothing replaces. */
  send(frame: FrameInput): void {
    this.#socket.send(encodeFrame(frame));
  }

  get #congested(): boolean {
    return this.#socket.bufferedAmount > mostBuffered;
  }

  #receive(data: Buffer, isBinary: boolean): void {
    // Closing takes a while, and frames that were sent meanwhile still come.
    if (this.#refused) {
      this.#refusals.add("behind");
      return;
    }
    const frame = isBinary ? decodeFrame(data) : "malformed";
    if (typeof frame === "string") this.#refuse(frame);
    else if (frame.kind !== "command_frame" || !knownCommands.has(frame.command.kind)) this.#refuse("malformed");
    else this.#obey(frame);
  }

  #obey({ id, command }: CommandFrame): void {
    // Answers are small, but a page that asks and never reads must not make them pile up either.
    if (this.#congested) {
      this.#socket.terminate();
      return;
    }
    const sequence = this.#commands.send(command);
    const result = sequence === undefined ? AnswerResult.ANSWER_FULL : AnswerResult.ANSWER_SENT;
    this.send({ kind: "answer_frame", id, sequence: sequence ?? 0, result });
  }

  #refuse(refusal: Refusal): void {
    this.#refused = true;
    this.#refusals.add(refusal);
    this.#socket.close(closeCodes[refusal], refusal);
  }
}
