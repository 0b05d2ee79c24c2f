import { existsSync, readdirSync, readFileSync } from "node:fs";
import { checkOptions } from "../kernel/arguments.ts";
import { ringError, systemError } from "../kernel/errno.ts";
import { openRawTracepoint } from "../kernel/link-commands.ts";
import { findTracefs, tracefs } from "../kernel/tracefs.ts";
import { checkCookie, checkName } from "./attach-arguments.ts";
import { type Attached, newLink } from "./attached.ts";
import type { Link } from "./link.ts";
import { nearestOf } from "./nearest.ts";
import { attachToEvent } from "./perf-event.ts";

/** Which tracepoint a program of SEC("tracepoint") runs at. */
export interface TracepointOptions {
  /** The folder of `events` in tracefs: `sched`. */
  readonly category: string;
  /** The folder in it: `sched_process_exec`. */
  readonly name: string;
  /** What `bpf_get_attach_cookie` gives the program (Linux 5.15). */
  readonly cookie?: bigint | undefined;
}

/** Which tracepoint a program of SEC("raw_tracepoint") runs at. */
export interface RawTracepointOptions {
  /** `sched_process_exec`: without a category. */
  readonly name: string;
  /** What `bpf_get_attach_cookie` gives the program (Linux 6.10). */
  readonly cookie?: bigint | undefined;
}

const perfTypeTracepoint = 2;
const vmlinux = "/sys/kernel/btf/vmlinux";

/**
 * Attaches to a tracepoint, by the number that tracefs has for it.
 * @throws RingBufError
 */
export function attachTracepoint(program: Attached, options: TracepointOptions): Link {
  const { category, name, cookie } = checkOptions(options, "a tracepoint", {
    category: true,
    name: true,
    cookie: true,
  });
  checkFolder(category, "category");
  checkFolder(name, "name");
  const given = checkCookie(cookie);
  const event = { type: perfTypeTracepoint, config: numberOf(category, name), pid: -1, cpu: 0 };
  return attachToEvent(program, event, given, () => undefined);
}

/**
 * Attaches to a tracepoint with its own arguments.
 * @throws RingBufError
 */
export function attachRawTracepoint(program: Attached, options: RawTracepointOptions): Link {
  const { name, cookie } = checkOptions(options, "a raw tracepoint", { name: true, cookie: true });
  checkName(name, "name");
  const given = checkCookie(cookie);
  const create = (): number => openRawTracepoint(program.fd, name, given);
  return newLink(program, "BPF_RAW_TRACEPOINT_OPEN", create, (code) => {
    if (code === "ENOENT") return `the kernel has no raw tracepoint "${name}"${nearestOf(name, allNames())}`;
    if (code === "EINVAL" && given !== 0n)
      return "it is of another type, or this kernel gives no cookie here: Linux 6.10 does";
    return undefined;
  });
}

function checkFolder(name: string, what: string): void {
  if (checkName(name, what).includes("/")) throw ringError("EINVAL", `${what} is one name, not "${name}"`);
}

function numberOf(category: string, name: string): bigint {
  const events = `${tracefs()}/events`;
  const folder = `${events}/${category}`;
  if (!existsSync(folder)) {
    throw ringError(
      "ENOENT",
      `the kernel has no category of tracepoints "${category}"${nearestOf(category, foldersOf(events))}`,
    );
  }
  const file = `${folder}/${name}/id`;
  if (!existsSync(file)) {
    throw ringError(
      "ENOENT",
      `the kernel has no tracepoint "${category}/${name}"${nearestOf(name, foldersOf(folder))}`,
    );
  }
  try {
    return BigInt(readFileSync(file, "utf8").trim());
  } catch (error) {
    throw systemError(error, `the number of tracepoint "${category}/${name}"`);
  }
}

function* allNames(): Iterable<string> {
  yield* typedNames();
  const place = findTracefs();
  if (place === undefined) return;
  for (const category of foldersOf(`${place}/events`)) yield* foldersOf(`${place}/events/${category}`);
}

/** Those of which the kernel's types tell the arguments, `btf_trace_NAME`: there without tracefs. */
function* typedNames(): Iterable<string> {
  let text: string;
  try {
    text = readFileSync(vmlinux, "latin1");
  } catch {
    return;
  }
  for (const [, name] of text.matchAll(/\0btf_trace_(\w+)(?=\0)/g)) if (name !== undefined) yield name;
}

function foldersOf(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? entry.name : []));
  } catch {
    return [];
  }
}
