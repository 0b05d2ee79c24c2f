import type { JSX } from "preact";
import type { Dashboard } from "../state/dashboard.ts";
import type { Connection } from "../state/stream.ts";

const backends: Readonly<Record<string, string>> = {
  vm: "demo.bpf.o in @rbgen/vm",
  emulated: "a function in the emulated kernel",
  native: "machine.bpf.o in this machine’s kernel",
  "native-all": "machine.bpf.o in this machine’s kernel, of all its processes",
  relay: "many hosts, through a relay",
};

const connections: Readonly<Record<Connection, string>> = {
  connecting: "connecting",
  open: "live",
  waiting: "no server, trying again",
  silent: "the server is silent",
  full: "too many pages, trying again",
  refused: "refused",
};

interface HeaderProps {
  readonly dashboard: Dashboard;
  readonly connection: Connection;
}

/** What runs, and whether it can be seen. */
export function Header({ dashboard, connection }: HeaderProps): JSX.Element {
  const backend = dashboard.hello?.backend;
  return (
    <header>
      <h1>rbgen demo</h1>
      <nav aria-label="Pages">
        <a href="./" aria-current="page">
          Dashboard
        </a>
        <a href="./playground/?dashboard">Playground</a>
      </nav>
      <p class="backend" data-backend={backend}>
        {backend === undefined ? "" : (backends[backend] ?? backend)}
      </p>
      <p class="connection" role="status" data-connection={connection}>
        <span class="dot" /> {connections[connection]}
      </p>
    </header>
  );
}
