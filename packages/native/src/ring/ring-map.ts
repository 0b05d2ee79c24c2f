import type { RingBufMap, RingClaim, UserRingBufMap } from "@rbgen/runtime/backend";
import { claimMap } from "@rbgen/runtime/backend";
import { ClaimedMap, type KernelMap } from "../kernel/claimed-map.ts";
import { errnoName } from "../kernel/errno.ts";
import type { MapInfo } from "../kernel/map-commands.ts";
import type { OwnedDescriptor } from "../kernel/open-map.ts";
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
export interface KernelRing extends KernelMap {
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

abstract class NativeRing extends ClaimedMap<NativeRingClaim> {
  get flags(): number {
    return this.info.flags;
  }

  protected take(events: number, side: "consumer" | "producer"): RingClaim {
    return this.claimedBy((released) => {
      const fd = this.map.fd;
      const { id, name, maxEntries } = this.info;
      return new NativeRingClaim({
        fd,
        owner: this.map,
        mapId: id,
        name,
        events,
        map: () => new MappedRing(fd, maxEntries, side, (errno) => explainMapping(errno, name)),
        released,
      });
    });
  }

  protected handleOf(type: RingHandle["type"]): RingHandle {
    return { backend: "native", type, fd: this.map.fd, id: this.info.id };
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
