import type { Events } from "../types.gen.ts";
import { count, counted, printable } from "./text.ts";

function address(bytes: Uint8Array): string {
  return bytes.join(".");
}

function outcome(result: number): string {
  if (result === -2) return "ENOENT";
  if (result === -13) return "EACCES";
  return result < 0 ? `errno ${-result}` : `fd ${result}`;
}

/** What happened, in one line. */
export function describe(event: Events): string {
  switch (event.kind) {
    case "exec_event":
      return `${printable(event.filename)}  by ${event.ppid}${event.uid === 0 ? "  as root" : ""}`;
    case "exit_event": {
      const how = event.signal === 0 ? `status ${event.status}` : `signal ${event.signal}`;
      return `${how} after ${(Number(event.ranNs) / 1e6).toFixed(1)} ms, of ${event.ppid}`;
    }
    case "open_event":
      return `${printable(event.path)}${event.directory === 1 ? "/" : ""} → ${outcome(event.result)}`;
    case "connect_event": {
      const { saddr, sport, daddr, dport, rttUs } = event;
      return `${address(saddr)}:${sport} → ${address(daddr)}:${dport}  ${count(rttUs)} µs`;
    }
    case "status_event":
      return `${counted(event.commands, "command")} obeyed, ${event.paused ? "paused" : `${count(event.rate)} records/s`}`;
    case "unknown":
      return `kind ${event.tag}, ${counted(event.bytes.byteLength, "byte")}`;
  }
}
