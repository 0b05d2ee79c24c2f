import type { StackTraceMap } from "../maps/stack-trace-map.ts";
import { MapElements } from "./map-elements.ts";

/** Stacks that programs kept by `bpf_get_stackid`, by the id that it gave. */
export class VmStackTraces extends MapElements<StackTraceMap> {
  /** Ids that there are, in their order. */
  get ids(): readonly number[] {
    this.check();
    return this.map.ids;
  }

  /** Frames of a stack, innermost first; undefined for an id that there is not. */
  get(id: number): readonly bigint[] | undefined {
    this.check();
    return this.map.at(id);
  }

  /** Whether there was such a stack. */
  delete(id: number): boolean {
    this.check();
    const there = this.map.remove(id);
    if (there) this.deleted(id);
    return there;
  }
}
