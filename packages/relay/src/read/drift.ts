import { compareLayouts, effectOf, hashLayout, type LayoutDescriptor, type LayoutDrift } from "@rbgen/btf";
import { isRingBufError } from "@rbgen/runtime";
import { RelayError } from "../relay-error.ts";
import type { LayoutStore } from "../stream/layout-store.ts";

/** What to do with records of another layout than the codec's. */
export type DriftPolicy =
  /** An error at the first one, with every difference, and again until the reader has another codec or policy. */
  | "error"
  /** They are passed over, and counted; of a layout that nobody described, too. */
  | "skip"
  /** Those that decode alike all the same are decoded: members were added behind, or renamed. Others are an error. */
  | "decode-unaffected";

/** A host's records have another layout than the reader's codec. */
export class LayoutDriftError extends RelayError {
  /** The host whose records differ. */
  readonly host: string;
  /** In what they differ. */
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

/** Layouts whose comparison is kept. */
const mostLayouts = 1024;

/** Whether chunks of a layout are to be decoded. */
export class DriftCheck {
  readonly #layout: LayoutDescriptor;
  readonly #hash: string;
  readonly #policy: DriftPolicy;
  readonly #store: LayoutStore;
  readonly #drift: Map<string, readonly LayoutDrift[] | "undescribed"> = new Map();

  constructor(layout: LayoutDescriptor, policy: DriftPolicy, store: LayoutStore) {
    this.#layout = layout;
    this.#hash = hashLayout(layout);
    this.#policy = policy;
    this.#store = store;
  }

  /**
   * Whether records of `host` with this layout are to be decoded.
   * @throws LayoutDriftError as the policy says; RelayError for a layout that nobody described.
   */
  async decodes(host: string, hash: string): Promise<boolean> {
    if (hash === this.#hash) return true;
    let drift = this.#drift.get(hash);
    if (drift === undefined) {
      const layout = await this.#described(hash);
      drift = layout === undefined ? "undescribed" : compareLayouts(this.#layout, layout);
      // a host may send any number of them
      if (this.#drift.size >= mostLayouts) this.#drift.clear();
      this.#drift.set(hash, drift);
    }
    if (drift === "undescribed") return false;
    if (drift.length === 0) return true;
    const effect = effectOf(drift);
    if (this.#policy === "decode-unaffected" && (effect === "neither" || effect === "encode")) return true;
    if (this.#policy === "skip") return false;
    throw new LayoutDriftError(host, this.#layout.name, drift);
  }

  /** The layout; undefined where there is none and that does not matter, since its records are passed over anyway. */
  async #described(hash: string): Promise<LayoutDescriptor | undefined> {
    try {
      return await this.#store.get(hash);
    } catch (error) {
      if (this.#policy === "skip" && isRingBufError(error, "ERR_RELAY_DRIFT")) return undefined;
      throw error;
    }
  }
}
