import type { RingBufMap, RingClaim, UserRingBufMap } from "@rbgen/runtime/backend";
import { claimMap } from "@rbgen/runtime/backend";
import { littleEndian } from "../kernel/attributes.ts";
import { errnoName, kernelError, ringError } from "../kernel/errno.ts";
import { explainPin } from "../kernel/explain.ts";
import { type MapInfo, pin } from "../kernel/map-commands.ts";
import { OpenMap, type OwnedDescriptor } from "../kernel/open-map.ts";
import { NativeRingClaim } from "./ring-claim.ts";
import { MappedRing } from "./ring-memory.ts";
import { EPOLLIN, EPOLLOUT } from "./wake-ups.ts";

/** What is posted to another thread of this process to attach there: the id guards against a descriptor closed and reused. */
export interface RingHandle {
  /** Which backend takes it. */
  readonly backend: "native";
  /** What kind of map it is. */
  readonly type: "ringbuf" | "user_ringbuf";
  /** The descriptor, which the map keeps open. */
  readonly fd: number;
  /** The kernel's number of the map, by which it is known again. */
  readonly id: number;
}

/** What a ring of the kernel has beyond the seam. */
export interface KernelRing {
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
  /** What another thread opens the map by; it may be posted to a worker. */
  handle(): RingHandle;
}

/** A BPF_MAP_TYPE_RINGBUF of the kernel. */
export interface NativeRingBufMap extends KernelRing, RingBufMap {
  /** What `attachRingBuf` of another thread takes; it may be posted to a worker. */
  handle(): RingHandle;
}

/** A BPF_MAP_TYPE_USER_RINGBUF of the kernel. */
export interface NativeUserRingBufMap extends KernelRing, UserRingBufMap {
  /** What `attachUserRingBuf` of another thread takes; it may be posted to a worker. */
  handle(): RingHandle;
}

abstract class NativeRing {
  readonly info: MapInfo;
  readonly #map: OpenMap;
  /** Weak: a reader that is forgotten gives its map free when it is collected. */
  #claim: WeakRef<NativeRingClaim> | undefined;
  /** Its claim is being told. */
  #closing = false;

  constructor(descriptor: OwnedDescriptor, info: MapInfo) {
    this.#map = new OpenMap(descriptor, info);
    this.info = info;
  }

  get name(): string {
    return this.info.name;
  }
  get maxEntries(): number {
    return this.info.maxEntries;
  }
  get flags(): number {
    return this.info.flags;
  }
  get endian(): "little" | "big" {
    return littleEndian ? "little" : "big";
  }
  get id(): number {
    return this.info.id;
  }
  get fd(): number {
    return this.#map.fd;
  }
  get closed(): boolean {
    return !this.#map.open;
  }

  pin(path: string): void {
    const result = pin(this.#map.fd, path);
    if (result < 0) throw kernelError(result, "BPF_OBJ_PIN", explainPin(result, path));
  }

  close(): void {
    if (!this.#map.open || this.#closing) return;
    this.#closing = true;
    const claim = this.#claim?.deref();
    this.#claim = undefined;
    try {
      claim?.terminate();
    } finally {
      this.#map.close();
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  protected take(events: number, side: "consumer" | "producer"): RingClaim {
    if (this.#closing) throw ringError("ERR_RINGBUF_CLOSED", `map "${this.info.name}" is closed`);
    const fd = this.#map.fd;
    const claim = new NativeRingClaim({
      fd,
      owner: this.#map,
      mapId: this.info.id,
      name: this.info.name,
      events,
      map: () => new MappedRing(fd, this.info.maxEntries, side, (errno) => explainMapping(errno, this.info.name)),
      released: () => {
        this.#claim = undefined;
      },
    });
    this.#claim = new WeakRef(claim);
    return claim;
  }

  protected handleOf(type: RingHandle["type"]): RingHandle {
    return { backend: "native", type, fd: this.#map.fd, id: this.info.id };
  }
}

/** Why mmap refused (kernel/bpf/syscall.c `bpf_map_mmap`), as far as a map that passed the checks at opening can still be. */
function explainMapping(errno: number, name: string): string {
  switch (errnoName(errno)) {
    case "EPERM":
      return `map "${name}" was frozen (BPF_MAP_FREEZE) and cannot be mapped writable`;
    case "EACCES":
    case "EINVAL":
      return `the descriptor of map "${name}" does not allow both reading and writing`;
    case "ENOMEM":
    case "EAGAIN":
      return `no address space or locked memory left for map "${name}" (ulimit -v, ulimit -l)`;
    default:
      return `map "${name}" cannot be mapped`;
  }
}

class RingBuf extends NativeRing implements NativeRingBufMap {
  readonly type = "ringbuf";

  handle(): RingHandle {
    return this.handleOf("ringbuf");
  }

  [claimMap](): RingClaim {
    return this.take(EPOLLIN, "consumer");
  }
}

class UserRingBuf extends NativeRing implements NativeUserRingBufMap {
  readonly type = "user_ringbuf";

  handle(): RingHandle {
    return this.handleOf("user_ringbuf");
  }

  [claimMap](): RingClaim {
    return this.take(EPOLLOUT, "producer");
  }
}

/** The map behind `descriptor`. */
export function ringBufOf(descriptor: OwnedDescriptor, info: MapInfo): NativeRingBufMap {
  return new RingBuf(descriptor, info);
}

/** The map behind `descriptor`. */
export function userRingBufOf(descriptor: OwnedDescriptor, info: MapInfo): NativeUserRingBufMap {
  return new UserRingBuf(descriptor, info);
}
