import type { Type } from "@rbgen/btf";
import { bare, type Call, type Expression, unknown } from "../body/tree.ts";
import { stripped } from "../type/ctype.ts";
import type { Aliases } from "./aliases.ts";
import type { Code } from "./code.ts";
import { Uncertain } from "./doubt.ts";
import type { Place, Root } from "./place.ts";
import type { Frame, Typing } from "./typing.ts";
import { writesOf } from "./writers.ts";

/** What is looked for in the memory that a function is handed. */
export interface Sought {
  readonly frame: Frame;
  readonly isName: (root: Root) => boolean;
  /** Whether an argument may point there that is not made of such names. */
  readonly mayBeBehind: (pointer: Expression) => boolean;
  readonly overlaps: (place: Place) => boolean;
}

/**
 * Looks at a call of a function whose body is not known.
 * @throws Uncertain where it may change what is sought
 */
export function handOver(
  call: Call,
  { isName, mayBeBehind, overlaps, frame }: Sought,
  aliases: Aliases,
  code: Code,
): void {
  const { functions, bodies, integers } = code;
  // What a function of the unit does by another pointer is looked at there.
  const isKnown = functions.bodyOf(call) !== undefined;
  const mayPoint = (arg: Expression): boolean => aliases.mayPoint(arg, isName) || (!isKnown && mayBeBehind(arg));
  if (!call.args.some(mayPoint)) return;
  const name = functions.calleeOf(call);
  const doubt = (): Uncertain => new Uncertain(`${name === "" ? "a function" : name} may change it`, call.pos);
  // A callback that is handed the record may do anything with it, and so may what calls itself, or is not understood.
  if ([...call.args, call.callee].some((arg) => functions.runs(arg))) throw doubt();
  for (const [index, arg] of call.args.entries()) {
    if (!mayPoint(arg) || leaves(call, index, name, code)) continue;
    const writes = writesOf(name, index);
    const place = bodies.places.behind(arg);
    if (place === undefined || !isName(place.root) || !name.startsWith("bpf_")) throw doubt();
    const bytes = writes.kind === "sized" ? integers.valueOf(call.args[writes.size] ?? unknown, frame) : undefined;
    const span = bytes === undefined ? Number.POSITIVE_INFINITY : Number(bytes) * 8;
    if (overlaps({ ...place, span })) throw doubt();
  }
}

/** Whether the function `name`, whose body is not known, leaves what its argument at `index` points to as it is. */
export function leaves(call: Call, index: number, name: string, { typing }: Code): boolean {
  const { kind } = writesOf(name, index);
  return kind === "nothing" || (kind === "unknown" && readsOnly(call, index, typing));
}

/** Whether a function declares that it leaves what the argument points to. */
function readsOnly(call: Call, index: number, typing: Typing): boolean {
  const callee = typing.typeOf(bare(call.callee));
  let proto = callee && stripped(callee);
  if (proto?.kind === "ptr") proto = stripped(proto.target);
  const parameter = proto?.kind === "func_proto" ? proto.params[index]?.type : undefined;
  const pointer = parameter && stripped(parameter);
  return pointer?.kind === "ptr" ? isConst(pointer.target) : pointer !== undefined && pointer.kind !== "int";
}

function isConst(type: Type): boolean {
  for (let at = type; ; ) {
    if (at.kind === "const") return true;
    if (at.kind !== "typedef" && at.kind !== "volatile" && at.kind !== "restrict" && at.kind !== "type_tag")
      return false;
    at = at.target;
  }
}
