import type { EventsInput } from "../types.gen.ts";
import type { Random } from "./random.ts";

/** An event before the kernel side has put its time to it. */
export type Work = Exclude<EventsInput, { readonly kind: "unknown" | "status_event" }>;

const programs = ["/usr/bin/ls", "/usr/bin/git", "/usr/bin/node", "/usr/bin/cc", "/bin/sh", "/usr/sbin/sshd"] as const;
const files = [
  "/etc/hosts",
  "/usr/lib/libc.so.6",
  "/proc/self/status",
  "/home/user/main.ts",
  "/var/log/syslog",
] as const;
const folders = ["/tmp", "/usr/lib", "/home/user"] as const;
const ports = [443, 443, 443, 80, 22, 5432, 6379, 8080] as const;

const eNoEnt = -2;
const eAcces = -13;

/** The next thing that a made-up machine does at `tsNs`: mostly opens, some connections, a few programs that begin and end. */
export function nextWork(random: Random, tsNs: bigint): Work {
  const filename = random.pick(programs);
  const header = { tsNs, pid: 1000 + random.below(30_000), comm: filename.slice(filename.lastIndexOf("/") + 1) };
  const dice = random.below(100);
  if (dice < 8) {
    const uid = random.below(4) === 0 ? 0 : 1000;
    return { kind: "exec_event", header, ppid: 1 + random.below(900), uid, filename };
  }
  if (dice < 15) {
    const ended = random.below(8);
    const [status, signal] = ended === 0 ? [1 + random.below(2), 0] : [0, ended === 1 ? 15 : 0];
    const ranNs = BigInt(400_000 + random.below(2_000_000_000));
    return { kind: "exit_event", header, ppid: 1 + random.below(900), status, signal, ranNs };
  }
  if (dice < 80) {
    const directory = random.below(5) === 0;
    const result = random.below(12) === 0 ? random.pick([eNoEnt, eAcces]) : 3 + random.below(60);
    const path = directory ? random.pick(folders) : random.pick(files);
    return { kind: "open_event", header, result, directory: directory ? 1 : 0, path };
  }
  return {
    kind: "connect_event",
    header,
    // Of the ranges that are kept for documentation: nobody is there.
    saddr: Uint8Array.of(192, 0, 2, 2 + random.below(8)),
    daddr: Uint8Array.of(198, 51, 100, 1 + random.below(254)),
    sport: 32_768 + random.below(28_000),
    dport: random.pick(ports),
    rttUs: 80 + random.below(40_000),
  };
}
