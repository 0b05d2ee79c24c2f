import type { Random } from "./random.ts";
import { EventKind } from "./types.gen.ts";

/** What the kernel side hands to the codec of one record, time left out. */
export type Workload =
  | { readonly kind: 1; readonly pid: number; readonly comm: string; readonly exec: Exec }
  | { readonly kind: 2; readonly pid: number; readonly comm: string; readonly open: Open }
  | { readonly kind: 3; readonly pid: number; readonly comm: string; readonly connect: Connect };

interface Exec {
  readonly ppid: number;
  readonly uid: number;
  readonly filename: string;
}
interface Open {
  readonly result: number;
  readonly flags: number;
  readonly directory: number;
  readonly path: string;
}
interface Connect {
  readonly saddr: Uint8Array;
  readonly daddr: Uint8Array;
  readonly sport: number;
  readonly dport: number;
  readonly rttUs: number;
}

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
const oDirectory = 0o200000;
const oCloExec = 0o2000000;

/** The next thing that a made-up machine does: mostly opens, some connections, a few programs. */
export function nextWork(random: Random): Workload {
  const filename = random.pick(programs);
  const comm = filename.slice(filename.lastIndexOf("/") + 1);
  const pid = 1000 + random.below(30_000);
  const dice = random.below(100);
  if (dice < 8) {
    const uid = random.below(4) === 0 ? 0 : 1000;
    return { kind: EventKind.EVENT_EXEC, pid, comm, exec: { ppid: 1 + random.below(900), uid, filename } };
  }
  if (dice < 80) {
    const directory = random.below(5) === 0;
    const failed = random.below(12) === 0;
    return {
      kind: EventKind.EVENT_OPEN,
      pid,
      comm,
      open: {
        result: failed ? random.pick([eNoEnt, eAcces]) : 3 + random.below(60),
        flags: directory ? oDirectory : oCloExec & 0xffffff,
        directory: directory ? 1 : 0,
        path: directory ? random.pick(folders) : random.pick(files),
      },
    };
  }
  return {
    kind: EventKind.EVENT_CONNECT,
    pid,
    comm,
    connect: {
      saddr: Uint8Array.of(10, 0, 0, 2 + random.below(8)),
      daddr: Uint8Array.of(93, 184, random.below(256), 1 + random.below(254)),
      sport: 32_768 + random.below(28_000),
      dport: random.pick(ports),
      rttUs: 80 + random.below(40_000),
    },
  };
}
