import type { JSX } from "preact";
import type { Dashboard } from "../state/dashboard.ts";
import type { Account } from "../state/totals.ts";
import { clock, megabytes, whole } from "./numbers.ts";

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly note: string;
  /** What stands before it in the sum. */
  readonly sign?: string;
}

function Figure({ name, value, note, sign }: FigureProps): JSX.Element {
  return (
    <div class="figure" title={note} data-sign={sign}>
      <dt>{name}</dt>
      <dd class="number" data-figure={name}>
        {value}
      </dd>
    </div>
  );
}

/** Where every record went: the kernel side's count, and what adds up to it. */
export function TotalsPanel({ dashboard }: { readonly dashboard: Dashboard }): JSX.Element {
  const { offSince } = dashboard;
  const account = dashboard.totals.account;
  const adds = offSince === undefined && account?.unaccounted === 0;
  return (
    <section class="panel account" aria-label="Where every record went">
      <dl>
        <Figure name="produced" value={whole(account?.produced)} note="records that the kernel side made" />
        <Figure sign="=" name="before" value={whole(account?.before)} note="read before this page was opened" />
        <Figure sign="+" name="shown" value={whole(account?.shown)} note="arrived at this page" />
        <Figure sign="+" name="missed" value={whole(account?.missed)} note="this page was too slow, or away" />
        <Figure sign="+" name="dropped" value={whole(account?.dropped)} note="the ring was full" />
      </dl>
      <p
        class={adds ? "verdict" : "verdict off"}
        data-unaccounted={offSince === undefined ? account?.unaccounted : undefined}
      >
        {verdictOf(account, offSince)}
      </p>
    </section>
  );
}

function verdictOf(account: Account | undefined, offSince: number | undefined): string {
  if (offSince !== undefined) return account === undefined ? "not connected" : `no server since ${clock(offSince)}`;
  if (account === undefined) return "waiting for the kernel side’s first report";
  return account.unaccounted === 0 ? "✓ adds up" : `${whole(account.unaccounted)} on their way`;
}

/** Behind a title: of when the figures are that no server brings up to date. */
export function AsOf({ offSince }: { readonly offSince: number | undefined }): JSX.Element | null {
  return offSince === undefined ? null : <span class="unit">as of {clock(offSince)}</span>;
}

/** Counters of the server, which change little. */
export function CountersPanel({ dashboard }: { readonly dashboard: Dashboard }): JSX.Element {
  const { state, undecoded } = dashboard;
  const rows: readonly (readonly [string, string])[] = [
    ["ring full", whole(state && Number(state.lostFull))],
    ["larger than the ring", whole(state && Number(state.lostTooBig))],
    ["page too slow", whole(state && Number(state.missed))],
    ["not decoded", whole(undecoded)],
    ["frames refused: malformed", whole(state?.malformed)],
    ["frames refused: too large", whole(state?.oversized)],
    ["frames refused: version", whole(state?.wrongVersion)],
    ["frames behind refused ones", whole(state?.behindRefused)],
    ["requests refused", whole(state?.refusedRequests)],
    ["pages turned away", whole(state?.turnedAway)],
    ["pages open", whole(state?.pages)],
    ["server’s memory", megabytes(state?.memory)],
  ];
  return (
    <section class="panel" aria-label="Drops and refusals">
      <h2>
        Drops and refusals <AsOf offSince={dashboard.offSince} />
      </h2>
      <table class="counters">
        <tbody>
          {rows.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="number" data-counter={name}>
                {value}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** How many records a read of the ring found, as bars. */
export function BatchesPanel({ dashboard }: { readonly dashboard: Dashboard }): JSX.Element {
  const batches = dashboard.state?.batches.map(Number) ?? [];
  const reads = batches.reduce((sum, count) => sum + count, 0);
  const most = Math.max(1, ...batches);
  return (
    <section class="panel" aria-label="Reads of the ring">
      <h2>
        Reads of the ring <span class="unit">by records found</span> <AsOf offSince={dashboard.offSince} />
      </h2>
      <p class="note">
        <b class="number">{whole(reads)}</b> reads, <b class="number">{whole(Number(dashboard.state?.waits ?? 0))}</b>{" "}
        by a wake-up
      </p>
      <ul class="bars">
        {Array.from({ length: 13 }, (_, index) => (
          <li key={index} title={`${2 ** index} records or more: ${whole(batches[index] ?? 0)} reads`}>
            <span class="bar" style={{ height: `${((batches[index] ?? 0) * 100) / most}%` }} />
            <span class="tick">{index % 2 === 0 ? whole(2 ** index) : ""}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
