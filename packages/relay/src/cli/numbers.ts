import { InvalidArgumentError } from "commander";

const units: Readonly<Record<string, number>> = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };
const spans: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600, d: 86_400 };

/** A count of an option: "100". */
export function count(text: string): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (value === 0) throw new InvalidArgumentError("it is to be a whole number from 1 on.");
  return value;
}

/** Bytes of an option: "65536", "64K", "256M", "2G". */
export function bytes(text: string): number {
  return scaled(text, units, "bytes: 65536, 64K, 256M, 2G.");
}

/** Seconds of an option: "30", "30s", "15m", "6h", "2d". */
export function seconds(text: string): number {
  return scaled(text, spans, "a time: 30s, 15m, 6h, 2d.");
}

function scaled(text: string, scales: Readonly<Record<string, number>>, form: string): number {
  const [, digits, unit = ""] = /^(\d{1,12})([a-z]?)(?:i?b)?$/i.exec(text) ?? [];
  const scale = scales[unit.toLowerCase()];
  const value = digits === undefined || scale === undefined ? 0 : Number(digits) * scale;
  if (!(value > 0 && Number.isSafeInteger(value))) throw new InvalidArgumentError(`it is to be ${form}`);
  return value;
}
