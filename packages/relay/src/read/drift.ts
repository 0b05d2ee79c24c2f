import { compareLayouts, effectOf, hashLayout, type LayoutDescriptor, type LayoutDrift } from "@rbgen/btf";
import { RelayError } from "../relay-error.ts";
import type { LayoutStore } from "../stream/layout-store.ts";

/** What to do with records of another layout than the codec's. */
export type DriftPolicy =
  /** An error at the first one, with every difference. */
  | "error"
  /** They are passed over, and counted. */
  | "skip"
  /** Those that decode alike all the same are decoded: members were added behind, or renamed. Others are an error. */
  | "decode-unaffected";

/** A host's records have another layout than the reader's codec. */
export class LayoutDriftError extends RelayError {
  readonly host: string;
  readonly drift: readonly LayoutDrift[];
  constructor(host: string, name: string, drift: readonly LayoutDrift[]) {
    const list = drift.map(({ message }) => message).join("; ");
    super(
      "ERR_RELAY_DRIFT",
      `records of ${host} are not the ${name} that the codec was generated for: ${list}. Generate it anew from that host's types, or set onDrift`,
    );
    this.name = "LayoutDriftError";
    this.host = host;
    this.drift = drift;
  }
}

/** Whether chunks of a layout are to be decoded. */
export class DriftCheck {
  readonly #layout: LayoutDescriptor;
  readonly #hash: string;
  readonly #policy: DriftPolicy;
  readonly #store: LayoutStore;
  readonly #drift: Map<string, readonly LayoutDrift[]> = new Map();

  constructor(layout: LayoutDescriptor, policy: DriftPolicy, store: LayoutStore) {
    this.#layout = layout;
    this.#hash = hashLayout(layout);
    this.#policy = policy;
    this.#store = store;
  }

  /** Whether records of `host` with this layout are to be decoded. @throws LayoutDriftError as the policy says; RelayError for a layout that nobody described. */
  async decodes(host: string, hash: string): Promise<boolean> {
    if (hash === this.#hash) return true;
    let drift = this.#drift.get(hash);
    if (drift === undefined) {
      drift = compareLayouts(this.#layout, await this.#store.get(hash));
      this.#drift.set(hash, drift);
    }
    if (drift.length === 0) return true;
    const effect = effectOf(drift);
    if (this.#policy === "decode-unaffected" && (effect === "neither" || effect === "encode")) return true;
    if (this.#policy === "skip") return false;
    throw new LayoutDriftError(host, this.#layout.name, drift);
  }
}
