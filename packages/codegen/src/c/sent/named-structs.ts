import type { Type } from "@rbgen/btf";
import { stripped } from "../type/ctype.ts";
import type { Functions } from "./functions.ts";
import type { RecordHandles } from "./handles.ts";
import { toldTarget } from "./typing.ts";

/** The structs that the code takes the memory of a record for: what pointers to its start are declared as, cast to, and handed on as. */
export function namedStructs(record: RecordHandles, functions: Functions): readonly Type[] {
  const found = new Map<Type, Type>();
  const add = (pointer: Type | undefined): void => {
    const target = toldTarget(pointer);
    const plain = target && stripped(target);
    if (target !== undefined && (plain?.kind === "struct" || plain?.kind === "union")) found.set(plain, target);
  };
  for (const frame of record.frames) {
    for (const [root, start] of record.rootsIn(frame)) {
      if (start === 0 && typeof root !== "number" && "values" in root) add(root.type);
    }
    for (const { casts, args } of record.usesIn(frame)) {
      for (const { place, type } of casts) if (record.inRecord(place, frame) === 0) add(type);
      for (const { call, index, place } of args) {
        if (record.inRecord(place, frame) === 0) add(functions.bodyOf(call)?.parameters[index]?.type);
      }
    }
  }
  return [...found.values()];
}
