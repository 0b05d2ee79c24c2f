import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Lines that are drawn together. */
const blockLines = 8;

/** A folder's sources, without tests and what is made for them. */
function sourcesIn(folder) {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, `${name}`))
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && !name.includes("testing"))
    .sort();
}

/**
 * Ranges of lines of a folder's sources, as Stryker takes them: the same ones for the same share (0 to 1) and seed, so that a
 * sample can be looked at again.
 */
export function sampleOf(folder, share, seed) {
  return sourcesIn(folder).flatMap((file) => {
    const lines = readFileSync(file, "utf8").split("\n").length;
    const ranges = [];
    for (let from = 1; from <= lines; from += blockLines) {
      const drawn = createHash("sha256").update(`${seed} ${file} ${from}`).digest().readUInt32LE(0) / 2 ** 32;
      if (drawn < share) ranges.push(`${file}:${from}-${from + blockLines - 1}`);
    }
    return ranges;
  });
}
