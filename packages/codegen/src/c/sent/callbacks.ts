import type { Call, Expression } from "../body/tree.ts";

/** What a helper hands the function that it calls, by parameter: an argument of its own, or a value of the map that one is. */
interface Handed {
  readonly arguments: ReadonlyMap<number, number>;
  readonly values?: ReadonlyMap<number, number>;
}

/** Helpers that call functions, before they return or later (`include/uapi/linux/bpf.h`). */
const helpers: ReadonlyMap<string, Handed> = new Map<string, Handed>([
  ["bpf_loop", { arguments: new Map([[1, 2]]) }],
  ["bpf_for_each_map_elem", { arguments: new Map([[3, 2]]), values: new Map([[2, 0]]) }],
  ["bpf_find_vma", { arguments: new Map([[2, 3]]) }],
  // The value that the timer is a part of.
  ["bpf_timer_set_callback", { arguments: new Map([[2, 0]]) }],
  ["bpf_user_ringbuf_drain", { arguments: new Map([[1, 2]]) }],
]);

/** What a parameter of a callback is, by the call of the helper that runs it; undefined where that is not told. */
export type HandedTo =
  | { readonly kind: "argument"; readonly value: Expression }
  | { readonly kind: "value"; readonly map: Expression };

/** What the helper `name` hands its callback as `parameter` in `call`. */
export function handedTo(name: string, call: Call, parameter: number): HandedTo | undefined {
  const helper = helpers.get(name);
  const value = call.args[helper?.arguments.get(parameter) ?? -1];
  if (value !== undefined) return { kind: "argument", value };
  const map = call.args[helper?.values?.get(parameter) ?? -1];
  return map && { kind: "value", map };
}
