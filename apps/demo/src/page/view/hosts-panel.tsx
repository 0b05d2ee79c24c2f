import type { JSX } from "preact";
import type { HostList, ShownHost } from "../state/host-list.ts";
import { clock, milliseconds, whole } from "./numbers.ts";
import { AsOf } from "./totals.tsx";

interface HostsPanelProps {
  readonly hosts: HostList;
  /** Since when no server brings them up to date, milliseconds since 1970. */
  readonly offSince: number | undefined;
  /** The one whose records the table shows. */
  readonly chosen: number | undefined;
  readonly choose: (host: number | undefined) => void;
}

/** What became of each host's records, by reason: a column, its title and its figure. */
const columns: readonly (readonly [string, string, (host: ShownHost) => string])[] = [
  ["records", "handed out", ({ account }) => whole(Number(account.delivered))],
  ["records/s", "as they come", ({ rate }) => whole(rate)],
  ["behind, ms", "from a record to its arrival, by both clocks", (host) => behindOf(host)],
  ["kernel", "the ring was full", ({ account }) => whole(Number(account.droppedKernel))],
  ["spool", "the relay's spool was full", ({ account }) => whole(Number(account.droppedSpool))],
  ["restart", "in the memory of a relay that ended", ({ account }) => whole(Number(account.droppedRestart))],
  ["size", "longer than a message", ({ account }) => whole(Number(account.droppedSize))],
  ["missing", "the stream lost or removed them", ({ account }) => whole(Number(account.missing))],
  ["other layout", "passed over", ({ account }) => whole(Number(account.skipped))],
];

/** The hosts that a relay brings records of: rate, lag and loss of each, and whose records are shown. */
export function HostsPanel({ hosts, offSince, chosen, choose }: HostsPanelProps): JSX.Element {
  const { shown } = hosts;
  return (
    <section class="panel hosts" aria-label="Hosts">
      <h2>
        Hosts{" "}
        <span class="unit">
          <b class="number" data-figure="stream lag">
            {whole(hosts.lag)}
          </b>{" "}
          messages behind the stream, {whole(hosts.refused)} refused
        </span>{" "}
        <AsOf offSince={offSince} />
      </h2>
      <table class="counters">
        <thead>
          <tr>
            <th scope="col">host</th>
            {columns.map(([name, title]) => (
              <th scope="col" key={name} title={title}>
                {name}
              </th>
            ))}
            <th scope="col">account</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((host) => (
            <tr key={host.name} data-host={host.name}>
              <th scope="row">
                <button
                  type="button"
                  aria-pressed={chosen === host.account.host}
                  onClick={() => choose(chosen === host.account.host ? undefined : host.account.host)}
                >
                  {host.name}
                </button>
              </th>
              {columns.map(([name, , figure]) => (
                <td class="number" key={name} data-column={name}>
                  {figure(host)}
                </td>
              ))}
              <td data-unaccounted={host.unaccounted}>{verdictOf(host, offSince)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length === 0 && <p class="empty">No host has sent a record yet: rbgen-relay publish starts one.</p>}
    </section>
  );
}

function verdictOf({ unaccounted }: ShownHost, offSince: number | undefined): string {
  if (offSince !== undefined) return `no server since ${clock(offSince)}`;
  return unaccounted === 0n ? "✓ adds up" : `${whole(Number(unaccounted))} unaccounted`;
}

function behindOf({ account }: ShownHost): string {
  return milliseconds(account.delivered === 0n ? undefined : Number(account.behindNs) / 1e6);
}
