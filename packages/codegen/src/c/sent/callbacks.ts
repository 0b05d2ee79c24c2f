import { type Body, bare, type Call, type Expression } from "../body/tree.ts";
import type { Functions } from "./functions.ts";
import type { Frame } from "./typing.ts";

/** Where a helper takes a function, and what it hands that, by parameter: an argument of its own, or a value of the map that one is. */
interface Handed {
  readonly callback: number;
  readonly arguments: ReadonlyMap<number, number>;
  readonly values?: ReadonlyMap<number, number>;
}

/** Helpers that call functions, before they return or later (`include/uapi/linux/bpf.h`). */
const helpers: ReadonlyMap<string, Handed> = new Map<string, Handed>([
  ["bpf_loop", { callback: 1, arguments: new Map([[1, 2]]) }],
  ["bpf_for_each_map_elem", { callback: 1, arguments: new Map([[3, 2]]), values: new Map([[2, 0]]) }],
  ["bpf_find_vma", { callback: 2, arguments: new Map([[2, 3]]) }],
  // The value that the timer is a part of.
  ["bpf_timer_set_callback", { callback: 1, arguments: new Map([[2, 0]]) }],
  ["bpf_user_ringbuf_drain", { callback: 1, arguments: new Map([[1, 2]]) }],
]);

/** Variables and parameters that one function is followed over. */
const mostCopies = 8;

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

/** Functions that a call hands a helper, and whether it hands it others, which are not told. */
export interface Callbacks {
  readonly bodies: readonly Body[];
  readonly open: boolean;
}

/** The functions that `call`, of what has no body, may run; without a `frame`, what parameters are is not told. */
export function callbacksOf(call: Call, frame: Frame | undefined, functions: Functions): Callbacks {
  const bodies = new Set<Body>();
  const taken = helpers.get(functions.calleeOf(call))?.callback;
  let open = false;
  const follow = (expression: Expression, at: Frame | undefined, copies: number): void => {
    const value = bare(expression);
    const body = functions.named(value);
    if (body !== undefined) bodies.add(body);
    else if (value.kind === "choice") {
      follow(value.then, at, copies);
      follow(value.otherwise, at, copies);
    } else if (value.kind === "name" && value.local !== undefined && copies < mostCopies) {
      const { local } = value;
      const given = local.parameter === undefined ? undefined : at?.call?.args[local.parameter];
      if (local.addressed === true || (local.parameter !== undefined && given === undefined)) open = true;
      if (given !== undefined) follow(given, at?.caller, copies + 1);
      for (const own of local.values) follow(own, at, copies + 1);
    } else open ||= value.kind !== "number";
  };
  for (const [index, arg] of call.args.entries()) {
    if (index === taken) follow(arg, frame, 0);
    else if (functions.runs(arg)) {
      const body = functions.named(arg);
      if (body === undefined) open = true;
      else bodies.add(body);
    }
  }
  return { bodies: [...bodies], open };
}
