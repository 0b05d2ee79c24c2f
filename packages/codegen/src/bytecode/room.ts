import { sizeOf } from "@rbgen/btf";
import type { Carried } from "./carried.ts";
import type { Reading } from "./reading.ts";
import { variableAt } from "./variable-at.ts";

/** Bytes that no sample is longer than: less than a ring has. */
const mostBytes = 1n << 30n;

/** Bytes that there are from the start of what is sent on: the kernel lets no program send what is behind them. */
export function roomOf({ source }: Carried, { sections }: Reading): bigint {
  if (source === undefined) return mostBytes;
  const { region, offset } = source;
  switch (region.kind) {
    case "stack":
      return BigInt(Math.max(0, -offset));
    case "element":
      return region.of.valueBytes === undefined ? mostBytes : BigInt(Math.max(0, region.of.valueBytes - offset));
    case "data": {
      const variable = variableAt(sections, region.section, offset);
      return variable === undefined ? mostBytes : BigInt(sizeOf(variable.type) - variable.offset);
    }
    case "sample":
      return region.bytes === undefined ? mostBytes : region.bytes - BigInt(offset);
  }
}
