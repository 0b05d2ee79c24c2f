import { existsSync } from "node:fs";
import { ringError } from "./errno.ts";

const places = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];

/** What to do where {@link findTracefs} finds nothing. */
export const mountTracefs = "tracefs is not mounted (mount -t tracefs tracefs /sys/kernel/tracing)";

/** The folder that tracefs is mounted on; undefined where it is not, or cannot be looked into. */
export function findTracefs(): string | undefined {
  return places.find((place) => existsSync(`${place}/events`));
}

/** @throws RingBufError ENOENT where tracefs is not mounted. */
export function tracefs(): string {
  const place = findTracefs();
  if (place === undefined) throw ringError("ENOENT", mountTracefs);
  return place;
}
