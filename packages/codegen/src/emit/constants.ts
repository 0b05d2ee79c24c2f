import type { Constant } from "../module.ts";
import { commentText, quote } from "./text.ts";

/** A constant of the header, under a name that is free. */
export interface NamedConstant {
  readonly name: string;
  readonly constant: Constant;
}

function valueText(value: bigint | string): string {
  if (typeof value === "string") return quote(value);
  const safe = value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
  return safe ? `${value}` : `${value}n`;
}

/** Constants of `#define` and of enums without a name; integers beyond 2^53 are bigint. */
export function constantStatements(constants: readonly NamedConstant[]): string[] {
  return constants.map(({ name, constant }) => {
    const doc = constant.doc === undefined ? "" : ` ${commentText(constant.doc)}`;
    const declared = `${constant.enumerator === true ? "enum" : "#define"} ${commentText(constant.name)}`;
    return `/** \`${declared}\`.${doc} */\nexport const ${name} = ${valueText(constant.value)};`;
  });
}
