import { type Code, code, textOf } from "./code.ts";

/** Columns that a line of generated code has at most, where it can be broken. */
const lineWidth = 120;

/** Whether a text fits into a line, so many levels deep. */
export function fits(text: Code, depth: number): boolean {
  return textOf(text).length + 2 * depth <= lineWidth;
}

/** A line one level deeper. */
export function indented(line: Code): Code {
  return code`  ${line}`;
}

/** Items of a list one level deep, as many in each line as it holds. */
export function filled(items: readonly Code[]): Code[] {
  const lines: Code[] = [];
  for (const item of items) {
    const last = lines.pop();
    const longer = last === undefined ? indented(item) : code`${last} ${item}`;
    if (last === undefined || fits(longer, 0)) lines.push(longer);
    else lines.push(last, indented(item));
  }
  return lines;
}
