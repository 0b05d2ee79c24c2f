import type { HostAccount, HostsFrame } from "../../frames.gen.ts";

/** A host as the page shows it. */
export interface ShownHost {
  readonly name: string;
  /** What the server has accounted for. */
  readonly account: HostAccount;
  /** Records a second, as they come. */
  readonly rate: number;
  /** Records whose numbers have no place in the account; 0 but for an error of ours. */
  readonly unaccounted: bigint;
}

/** The hosts that records come from, and how many a second. */
export class HostList {
  #accounts: readonly HostAccount[] = [];
  readonly #names: Map<number, string> = new Map();
  readonly #rates: Map<number, { readonly delivered: bigint; readonly rate: number }> = new Map();
  /** Messages of the stream that the server has not read. */
  lag = 0;
  /** Messages that were no chunks. */
  refused = 0;

  /** By name. */
  get shown(): readonly ShownHost[] {
    return this.#accounts.map((account) => ({
      name: account.name,
      account,
      rate: this.#rates.get(account.host)?.rate ?? 0,
      unaccounted: account.next - sumOf(account),
    }));
  }

  take({ hosts, lag, refused }: HostsFrame): void {
    this.#accounts = [...hosts].sort((a, b) => (a.name < b.name ? -1 : 1));
    this.lag = Number(lag);
    this.refused = refused;
    for (const { host, name } of hosts) this.#names.set(host, name);
  }

  /** The host that a frame calls by this number; undefined for this machine. */
  nameOf(host: number): string | undefined {
    // samples may come before the account that names their host
    return host === 0 ? undefined : (this.#names.get(host) ?? `host ${host}`);
  }

  /** Counts what came since the last call, `seconds` ago. */
  sample(seconds: number): void {
    for (const { host, delivered } of this.#accounts) {
      const before = this.#rates.get(host)?.delivered ?? delivered;
      this.#rates.set(host, { delivered, rate: Number(delivered - before) / seconds });
    }
  }

  clear(): void {
    this.#accounts = [];
    this.#names.clear();
    this.#rates.clear();
    this.lag = this.refused = 0;
  }
}

function sumOf(account: HostAccount): bigint {
  const { before, delivered, skipped, errored, missing } = account;
  const { droppedKernel, droppedSpool, droppedRestart, droppedSize } = account;
  return before + delivered + skipped + errored + missing + droppedKernel + droppedSpool + droppedRestart + droppedSize;
}
