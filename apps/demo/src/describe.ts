import { count, printable } from "./text.ts";
import { type Event, EventKind } from "./types.gen.ts";

function address(bytes: Uint8Array): string {
  return bytes.join(".");
}

function outcome(result: number): string {
  if (result === -2) return "ENOENT";
  if (result === -13) return "EACCES";
  return result < 0 ? `errno ${-result}` : `fd ${result}`;
}

/** What happened, in one line. */
export function describe(event: Event): string {
  switch (event.kind) {
    case EventKind.EVENT_EXEC:
      return `${printable(event.exec.filename)}  by ${event.exec.ppid}${event.exec.uid === 0 ? "  as root" : ""}`;
    case EventKind.EVENT_OPEN: {
      const { path, directory, result } = event.open;
      return `${printable(path)}${directory === 1 ? "/" : ""} → ${outcome(result)}`;
    }
    case EventKind.EVENT_CONNECT: {
      const { saddr, sport, daddr, dport, rttUs } = event.connect;
      return `${address(saddr)}:${sport} → ${address(daddr)}:${dport}  ${count(rttUs)} µs`;
    }
    default:
      return `kind ${event.kind}`;
  }
}
