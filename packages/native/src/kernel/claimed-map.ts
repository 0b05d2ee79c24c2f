import type { Claim } from "@rbgen/runtime/backend";
import { machineEndian } from "./attributes.ts";
import { kernelError, ringError } from "./errno.ts";
import { explainPin } from "./explain.ts";
import { type MapInfo, pin } from "./map-commands.ts";
import { OpenMap, type OwnedDescriptor } from "./open-map.ts";

/** What a map of the kernel has beyond the seam. */
export interface KernelMap {
  /** The kernel's description of it. */
  readonly info: MapInfo;
  /** The kernel's id of the map, as bpftool shows it. */
  readonly id: number;
  /** The map's descriptor, for calls that take one; it stays the map's own. */
  readonly fd: number;
  /** Whether it was closed, by itself or with its object. */
  readonly closed: boolean;
  /**
   * Gives the map a path on a BPF file system, by which other processes open it and which keeps it alive.
   * @throws RingBufError EEXIST, EPERM where `path` is not on a BPF file system, EACCES, ENOENT.
   */
  pin(path: string): void;
}

/** An open map that one reader or writer at a time claims. */
export abstract class ClaimedMap<Claimed extends Claim> implements KernelMap {
  readonly info: MapInfo;
  protected readonly map: OpenMap;
  /** Weak: a reader that is forgotten gives its map free when it is collected. */
  #claim: WeakRef<Claimed> | undefined;
  /** Its claim is being told. */
  #closing = false;

  constructor(descriptor: OwnedDescriptor, info: MapInfo) {
    this.map = new OpenMap(descriptor, info);
    this.info = info;
  }

  get name(): string {
    return this.info.name;
  }
  get maxEntries(): number {
    return this.info.maxEntries;
  }
  get endian(): "little" | "big" {
    return machineEndian;
  }
  get id(): number {
    return this.info.id;
  }
  get fd(): number {
    return this.map.fd;
  }
  get closed(): boolean {
    return !this.map.open;
  }

  pin(path: string): void {
    const result = pin(this.map.fd, path);
    if (result < 0) throw kernelError(result, "BPF_OBJ_PIN", explainPin(result, path));
  }

  close(): void {
    if (!this.map.open || this.#closing) return;
    this.#closing = true;
    const claim = this.#claim?.deref();
    this.#claim = undefined;
    try {
      claim?.terminate();
    } finally {
      this.map.close();
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * What `make` claims the map with; it calls `released` when it has given the map back.
   * @throws RingBufError ERR_RINGBUF_CLOSED; what `make` throws
   */
  protected claimedBy(make: (released: () => void) => Claimed): Claimed {
    if (this.#closing) throw ringError("ERR_RINGBUF_CLOSED", `map "${this.info.name}" is closed`);
    const claim = make(() => {
      this.#claim = undefined;
    });
    this.#claim = new WeakRef(claim);
    return claim;
  }
}
