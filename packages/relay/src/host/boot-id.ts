import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";

let known: string | undefined;

/** The kernel's boot id; where there is no Linux, one that lasts as long as this process. */
export function bootId(): string {
  if (known === undefined) {
    try {
      known = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    } catch {
      known = randomUUID();
    }
  }
  return known;
}
