import { errno } from "../errno.ts";
import { MapBase } from "./vm-map.ts";

/** A map whose elements programs do not change by their keys, nor look up unless it says so: helpers of its own, or user space, work on it. */
export abstract class OpaqueMap extends MapBase {
  lookup(_key: number, _cpu: number): number {
    return 0;
  }

  update(): number {
    return errno.EINVAL;
  }

  delete(): number {
    return errno.EINVAL;
  }
}
