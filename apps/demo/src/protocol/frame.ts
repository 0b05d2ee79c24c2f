import { FRAME_VERSION, type Frames, type FramesInput, frames } from "../frames.gen.ts";

/** What can be sent: the header is this module's. */
export type FrameInput = Exclude<FramesInput, { readonly kind: "unknown" }>;

/** What arrives: a frame of a kind that both sides know. */
export type Frame = Exclude<Frames, { readonly kind: "unknown" }>;

/** Why a frame was refused. */
export type Refusal = "malformed" | "oversized" | "wrong version";

/** Bytes of the largest frame that a page may send: a command has a tenth of it. */
export const largestFromPage = 512;

/** Close code of the WebSocket where as many pages are open as may be: it is tried again. */
export const tooManyPages = 4503;

/** Close codes of the WebSocket: the page tells its reader what each means. */
export const closeCodes: Readonly<Record<Refusal, number>> = {
  malformed: 4400,
  oversized: 4413,
  "wrong version": 4426,
};

const headerSize = 8;

/** The bytes of a frame. @throws EncodeError for a value that does not fit. */
export function encodeFrame(value: FrameInput): Uint8Array<ArrayBuffer> {
  const frame = { ...value, header: { version: FRAME_VERSION } } as FramesInput;
  const bytes = new Uint8Array(frames.byteLengthOf(frame));
  frames.encode(frame, new DataView(bytes.buffer));
  return bytes;
}

/** The frame in `bytes`, which are whoever's: one that is not exactly a frame of this version is refused. */
export function decodeFrame(bytes: Uint8Array): Frame | Refusal {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < headerSize) return "malformed";
  if (view.getUint32(0, true) !== FRAME_VERSION) return "wrong version";
  try {
    const frame = frames.decode(view);
    if (frame.kind === "unknown" || frames.byteLengthOf(frame) !== bytes.byteLength) return "malformed";
    return frame;
  } catch {
    // Whatever the decoder found: a length that lies, or a sample that is too short.
    return "malformed";
  }
}
