/** Characters of a value that an error shows. */
const longest = 100;

/** Controls, line and paragraph separators, marks that reorder text or are not seen, lone surrogates. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

function escaped(character: string): string {
  return character.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Decimal digits cost the square of their number; those of 16 do not. */
function digits(value: bigint): string {
  return BigInt.asIntN(512, value) === value ? `${value}` : `0x${value.toString(16)}`;
}

/**
 * A value in a message: on one line, no longer than what is read at a glance, and without asking the value itself, whose
 * own methods may throw.
 */
export function valueText(value: unknown): string {
  if (value !== null && (typeof value === "object" || typeof value === "function")) return `of type ${typeof value}`;
  const text = typeof value === "bigint" ? digits(value) : String(value);
  const whole = text.length <= longest;
  // the first half of a pair that the cut divides is left out
  const shown = whole ? text : text.slice(0, longest).replace(/[\ud800-\udbff]$/, "");
  return shown.replace(unseen, escaped) + (whole ? "" : "…");
}
