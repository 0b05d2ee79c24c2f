import type { Constant } from "../module.ts";
import type { Name } from "../plan/names.ts";
import { type Code, code, commentText, quote } from "./code.ts";

/** A constant of the header, under a name that is free. */
export interface NamedConstant {
  readonly name: Name;
  readonly constant: Constant;
}

function valueText(value: bigint | string): Code {
  if (typeof value === "string") return quote(value);
  const safe = value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
  return safe ? code`${value}` : code`${value}n`;
}

/** Constants of `#define` and of enums without a name; integers beyond 2^53 are bigint. */
export function constantStatements(constants: readonly NamedConstant[]): Code[] {
  return constants.map(({ name, constant }) => {
    const doc = constant.doc === undefined ? code`` : code` ${commentText(constant.doc)}`;
    const cName = commentText(constant.name);
    const declared = constant.enumerator === true ? code`enum { ${cName} }` : code`#define ${cName}`;
    return code`/** \`${declared}\`.${doc} */\nexport const ${name} = ${valueText(constant.value)};`;
  });
}
