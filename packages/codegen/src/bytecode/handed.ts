import { type Btf, type Func, resolve, type Type } from "@rbgen/btf";
import type { Handed } from "./carried.ts";
import type { ObjectCode } from "./object-code.ts";

/**
 * What the functions that had a pointer in hand declare it to point to. Compilers drop arguments of static functions that nothing
 * uses, which moves those behind to lower registers: of one only the pointer at or behind the register counts, where there is just one.
 */
export function typesHanded(handed: readonly Handed[], code: ObjectCode, btf: Btf): readonly Type[] {
  return handed.flatMap(({ callee, register }) => {
    const name = code.nameOf(callee);
    const [func] = name === undefined ? [] : btf.findKind("func", name);
    const declared = func === undefined ? undefined : declaredAt(func, register);
    const pointer = declared === undefined ? undefined : resolve(declared);
    return pointer?.kind === "ptr" ? [pointer.target] : [];
  });
}

function declaredAt({ proto, linkage }: Func, register: number): Type | undefined {
  if (register === 0) return proto.result;
  const params = proto.params.slice(register - 1).map(({ type }) => type);
  if (linkage === "global") return params[0];
  const [pointer, ...others] = params.filter((type) => resolve(type).kind === "ptr");
  return others.length === 0 ? pointer : undefined;
}
