import { EventKind, type Events } from "../../types.gen.ts";

/** How a kind of record is called on the page. */
export const kindNames: Readonly<Record<Events["kind"], string>> = {
  exec_event: "exec",
  exit_event: "exit",
  open_event: "open",
  connect_event: "connect",
  status_event: "status",
  unknown: "unknown",
};

/** Kinds that a command can leave out at the kernel side, with their bit in its filter. */
export const filterBits: readonly { readonly kind: Events["kind"]; readonly bit: number }[] = [
  { kind: "exec_event", bit: 1 << EventKind.EVENT_EXEC },
  { kind: "exit_event", bit: 1 << EventKind.EVENT_EXIT },
  { kind: "open_event", bit: 1 << EventKind.EVENT_OPEN },
  { kind: "connect_event", bit: 1 << EventKind.EVENT_CONNECT },
];
