import { type CapturedRecord, readCapture } from "@rbgen/runtime/emulated";

/** Samples of a ring that `RingCapture` of `@rbgen/runtime/emulated` kept in a file. */
export interface Capture {
  readonly name: string;
  readonly records: readonly CapturedRecord[];
  /** Why the file is read no further; absent where all of it was. */
  readonly broken?: string;
}

/** How a capture begins. */
const magic = "rbgencap";

/** Whether a file says that it is a capture. */
export function isCapture(bytes: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(bytes.subarray(0, magic.length)) === magic;
}

/** The samples of a capture: of one that was cut or changed those before, and the reason. */
export function readCaptureFile(name: string, bytes: Uint8Array): Capture {
  const records: CapturedRecord[] = [];
  try {
    for (const record of readCapture(bytes)) records.push(record);
    return { name, records };
  } catch (error) {
    return { name, records, broken: error instanceof Error ? error.message : String(error) };
  }
}
