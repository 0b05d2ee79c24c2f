/** 12345.6 as "12,346"; nothing known yet as a dash. */
export function whole(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : Math.round(value).toLocaleString("en-US");
}

/** Milliseconds with three figures: "0.42", "12.3", "345". */
export function milliseconds(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  if (value >= 100) return whole(value);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** Bytes as "96.4 MB". */
export function megabytes(bytes: number | bigint | undefined): string {
  return bytes === undefined ? "–" : `${(Number(bytes) / 1e6).toFixed(1)} MB`;
}

/** A share in percent: "3.1". */
export function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : value.toFixed(1);
}

/** A moment, in milliseconds since 1970, as the clock on the wall has it: "14:03:12". */
export function clock(wallMs: number): string {
  return new Date(wallMs).toLocaleTimeString("en-GB");
}
