import { type Btf, resolve } from "@rbgen/btf";

/** Whether a function, by the id of its type, returns an integer of at most 64 bits or an enum; it does where no type is known. */
export function returnsInteger(btf: Btf, typeId: number | undefined): boolean {
  const type = typeId === undefined ? undefined : btf.typeById(typeId);
  if (type?.kind !== "func") return true;
  const result = resolve(type.proto.result);
  return result.kind === "enum" || result.kind === "enum64" || (result.kind === "int" && result.size <= 8);
}
