import { readdirSync, readFileSync } from "node:fs";

/** Ticks of `/proc/PID/stat` in a second: USER_HZ, which is 100 on every architecture that Linux has now. */
const ticksPerSecond = 100;

interface ProcessTime {
  readonly parent: number;
  readonly name: string;
  readonly seconds: number;
}

/** Seconds of CPU that the processes of the browser took until now which this process started. */
export function browserSeconds(): number {
  const processes = new Map<number, ProcessTime>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    const time = Number.isInteger(pid) ? timeOf(pid) : undefined;
    if (time !== undefined) processes.set(pid, time);
  }
  let seconds = 0;
  for (const { name, parent, seconds: own } of processes.values()) {
    if (/^chrom/.test(name) && isBelow(parent, processes)) seconds += own;
  }
  return seconds;
}

function isBelow(parent: number, processes: ReadonlyMap<number, ProcessTime>): boolean {
  for (let at = parent; at > 1; at = processes.get(at)?.parent ?? 0) if (at === process.pid) return true;
  return false;
}

function timeOf(pid: number): ProcessTime | undefined {
  try {
    // The name is in parentheses, and may hold some itself.
    const [, name = "", rest = ""] = /\((.*)\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    const fields = rest.split(" ");
    return { name, parent: Number(fields[1]), seconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond };
  } catch {
    // it ended meanwhile
    return undefined;
  }
}
