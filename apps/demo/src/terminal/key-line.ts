import { width } from "./text.ts";

/** What keys do now. */
export interface KeyState {
  readonly paused: boolean;
  readonly slow: boolean;
  readonly inspecting: boolean;
}

/** The keys and what they do, in as many words as `columns` have room for: the keys themselves are always there. */
export function keyLine(state: KeyState, columns: number, faint: (text: string) => string): string {
  const keys: readonly (readonly [keys: string, long: string, short: string])[] = [
    ["p", state.paused ? "resume" : "pause", state.paused ? "go" : "stop"],
    ["+ -", "rate", "rate"],
    ["e t o c", "filter", "kind"],
    ["i", state.inspecting ? "next bytes" : "bytes", "hex"],
    ...(state.inspecting ? [["x", "close bytes", "close"] as const] : []),
    ["s", state.slow ? "fast reader" : "slow reader", state.slow ? "fast" : "slow"],
    ["q", "quit", "quit"],
  ];
  const lines = [
    `  ${keys.map(([key, long]) => `${faint(key)} ${long}`).join("   ")}`,
    keys.map(([key, , short]) => `${faint(key)} ${short}`).join("  "),
    faint(keys.map(([key]) => key.replaceAll(" ", "")).join(" ")),
  ];
  return lines.find((line) => width(line) <= columns) ?? faint(keys.map(([key]) => key.replaceAll(" ", "")).join(""));
}
