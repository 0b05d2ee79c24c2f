import { resolve } from "node:path";
import type { Report } from "../../diagnostics/diagnostic.ts";
import { UsageError } from "../exit-code.ts";
import { errorMessage, type Host } from "../host/host.ts";
import { readInputBytes } from "../input/input-bytes.ts";
import type { NamedValue } from "./options.ts";

/** A context from a file: JSON by its name, else the bytes of it. Undefined, and a diagnostic, where that fails. */
export async function readContext(path: string, host: Host, report: Report): Promise<unknown> {
  const bytes = await readInputBytes(path, host, report);
  if (bytes === undefined || !path.endsWith(".json")) return bytes;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes), (_, value) => revived(value));
  } catch (error) {
    report({
      code: "RB5019",
      severity: "error",
      at: path,
      message: `the context cannot be read: ${errorMessage(error)}`,
      hint: 'members or arguments by name: {"pid": 7, "filename": "/bin/sh"}; "18446744073709551615n" is an integer of 64 bits, {"hex": "00ff"} are bytes',
    });
    return undefined;
  }
}

/** What JSON has no form for: integers beyond 2⁵³ as "123n", bytes as `{ "hex": "…" }`. */
function revived(value: unknown): unknown {
  if (typeof value === "string" && /^-?\d+n$/.test(value)) return BigInt(value.slice(0, -1));
  if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new Error(`${value} is not exact as a number: write it as text that ends with n`);
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length !== 1 || only?.[0] !== "hex" || typeof only[1] !== "string") return value;
  if (!/^([0-9a-fA-F]{2})*$/.test(only[1])) throw new Error(`"${only[1]}" is not bytes in hexadecimal`);
  return Uint8Array.from(only[1].match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

const numbers: ReadonlySet<string> = new Set(["pid", "tgid", "uid", "gid"]);

/**
 * Who programs run for. A process is its first thread: of `pid`, the thread to the kernel, and `tgid`, the process, the one that is not
 * given is the other.
 * @throws UsageError
 */
export function currentOf(given: readonly NamedValue[]): Readonly<Record<string, unknown>> {
  const current = Object.fromEntries(
    given.map(({ name, value }) => {
      if (name === "comm") return [name, value];
      if (name !== "cgroupId" && !numbers.has(name)) {
        throw new UsageError(`--current takes pid, tgid, uid, gid, comm and cgroupId, not ${name}`);
      }
      if (!/^\d{1,19}$/.test(value)) throw new UsageError(`--current ${name} is a number, not "${value}"`);
      return [name, name === "cgroupId" ? BigInt(value) : Number(value)];
    }),
  );
  const { pid = current["tgid"], tgid = current["pid"] } = current;
  return pid === undefined ? current : { ...current, pid, tgid };
}

/** Bytes of a file that an option names; undefined, and a diagnostic, where it cannot be read. */
export function readOption(path: string, host: Host, report: Report): Promise<Uint8Array | undefined> {
  return readInputBytes(path === "-" ? path : resolve(host.cwd, path), host, report);
}
