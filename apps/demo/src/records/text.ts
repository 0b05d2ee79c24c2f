/** 12345.6 as "12,346". */
export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** 1 of "command" as "1 command", 2 as "2 commands". */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${Math.round(value) === 1 ? "" : "s"}`;
}

/** Control characters would move the cursor: records are not trusted. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this replaces
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g, "�");
}
