/** One measured ratio against a peer that ran in the same process or the same run, alternating. */
export interface BenchRow {
  /** Row of docs/performance.md: "P1" … "P12". */
  readonly id: string;
  readonly work: string;
  /** Our figure and the peer's, medians, in `unit`. */
  readonly ours: number;
  readonly peer: number;
  readonly unit: string;
  /** As the target states it: ours to peer, or peer to ours where more is better. */
  readonly ratio: number;
  /** The target in words: "≤ 4 × libbpf". */
  readonly target: string;
  readonly holds: boolean;
  readonly peerName: string;
  /** Record size, wake-up policy, producers, drops, versions. */
  readonly notes?: string;
}
