import { isCapture } from "../codec/capture.ts";

/** What a file is that was opened or dropped. */
export type OpenedFile =
  | { readonly kind: "capture" | "object" }
  | { readonly kind: "source"; readonly text: string }
  /** Nothing that this page reads; `text` where it is one all the same. */
  | { readonly kind: "refused"; readonly reason: string; readonly text?: string };

/** What C is called. */
const sourceName = /\.(?:[ch]|hh|hpp|hxx|cc|cpp|cxx|inc|def)$/i;

/** Longer texts are no headers that anybody wrote: vmlinux.h has 4 MB. */
const mostBytes = 16 << 20;

const taken = "Taken are C headers and sources (.h, .c), compiled BPF objects (.o), and captures of rings.";

/** Tells by its name and its bytes what a file is: what is no text never goes into an editor. */
export function openedFile(name: string, bytes: Uint8Array): OpenedFile {
  if (isCapture(bytes)) return { kind: "capture" };
  if (bytes[0] === 0x7f && bytes[1] === 0x45) return { kind: "object" };
  if (bytes[0] === 0x9f && bytes[1] === 0xeb) {
    return { kind: "refused", reason: `${name} is BTF: types without a program to run. \`rbgen layout\` shows them.` };
  }
  if (bytes.byteLength === 0) return { kind: "refused", reason: `${name} is empty. ${taken}` };
  const text = textOf(bytes);
  if (text === undefined) {
    return {
      kind: "refused",
      reason: `${name} is none of what this page reads. ${taken} The bytes of one sample are dropped on “Decode a sample”.`,
    };
  }
  if (bytes.byteLength > mostBytes) return { kind: "refused", reason: `${name} is longer than ${mostBytes} bytes.` };
  if (!sourceName.test(name)) {
    return { kind: "refused", reason: `${name} is text, but by its name no C. ${taken}`, text };
  }
  return { kind: "source", text };
}

/** UTF-8 without the controls that no source has; undefined for anything else. */
function textOf(bytes: Uint8Array): string | undefined {
  for (const byte of bytes) if (byte < 0x20 && !(byte >= 0x09 && byte <= 0x0d)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
