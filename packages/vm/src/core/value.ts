import { type BareType, type Btf, type CoreRelocation, type Endian, type Int, resolve, sizeOf } from "@rbgen/btf";
import { type Access, isOfEnumerator, isOfField } from "./access.ts";
import { isComposite, isEnum } from "./compatible.ts";
import { CoreError } from "./core-error.ts";

/** What a relocation gives in one set of types. */
export interface CoreValue {
  /** 64 bits, unsigned. */
  readonly value: bigint;
  /** Bytes and type of the member, of an offset to a whole one: a load or store that it is for takes as many. */
  readonly memory: { readonly size: number; readonly type: BareType } | undefined;
  /** Whether a compiler can have no other idea of the value: of bit-fields there are several. */
  readonly certain: boolean;
}

/**
 * What a relocation of this kind gives for an access in `types` (libbpf `bpf_core_calc_*_relo`).
 * @throws {@link CoreError} where the access has no such value; {@link BtfError} for types without a size.
 */
export function coreValue(kind: CoreRelocation["kind"], access: Access, types: Pick<Btf, "endian">): CoreValue {
  if (isOfField(kind)) return fieldValue(kind, access, types.endian);
  if (isOfEnumerator(kind)) return certain(kind === "enumval_exists" ? 1n : enumeratorValue(access));
  switch (kind) {
    case "type_size":
      return certain(BigInt(sizeOf(access.root)));
    case "type_id_local":
    case "type_id_target":
      return { ...certain(BigInt(access.root.id ?? 0)), certain: false };
    default:
      return certain(1n);
  }
}

function certain(value: bigint): CoreValue {
  return { value, memory: undefined, certain: true };
}

/** Of 32 bits it is sign-extended, as the kernel's structure holds it, whether the enum has a sign or not. */
function enumeratorValue({ steps: [step] }: Access): bigint {
  const value = step !== undefined && isEnum(step.type) ? step.type.values[step.index]?.value : undefined;
  if (step === undefined || value === undefined) throw new CoreError("an access without its enumerator");
  return BigInt.asUintN(64, step.type.kind === "enum" ? BigInt.asIntN(32, value) : value);
}

function fieldValue(kind: CoreRelocation["kind"], access: Access, endian: Endian): CoreValue {
  if (kind === "field_exists") return certain(1n);
  const step = access.steps.at(-1);
  if (step === undefined) throw new CoreError("an access of no steps");
  if (step.name === undefined) {
    const size = sizeOf(step.type);
    if (kind === "field_byte_size") return certain(BigInt(size));
    if (kind !== "field_byte_offset") throw new CoreError(`${kind} cannot be asked of an element of an array`);
    if (access.bitOffset % 8 !== 0) throw new CoreError("an element that begins within a byte");
    return { ...certain(BigInt(access.bitOffset / 8)), memory: { size, type: resolve(step.type) } };
  }
  const member = isComposite(step.type) ? step.type.members[step.index] : undefined;
  if (member === undefined) throw new CoreError("an access without its member");
  const type = resolve(member.type);
  const { bitOffset } = access;
  const size = sizeOf(type);
  const unit =
    member.bitSize === undefined
      ? { offset: Math.floor(bitOffset / 8), size }
      : bitFieldUnit(bitOffset, member.bitSize, size);
  const bitSize = member.bitSize ?? size * 8;
  const whole = member.bitSize === undefined;
  switch (kind) {
    case "field_byte_offset":
      return { value: BigInt(unit.offset), memory: whole ? { size, type } : undefined, certain: whole };
    case "field_byte_size":
      return { value: BigInt(unit.size), memory: undefined, certain: whole };
    case "field_signed":
      return certain((isEnum(type) || type.kind === "int") && type.signed ? 1n : 0n);
    case "field_lshift_u64": {
      const from = bitOffset - unit.offset * 8;
      const shift = endian === "little" ? 64 - (from + bitSize) : (8 - unit.size) * 8 + from;
      return { value: BigInt.asUintN(64, BigInt(shift)), memory: undefined, certain: whole };
    }
    default:
      return certain(BigInt.asUintN(64, BigInt(64 - bitSize)));
  }
}

/** The smallest integer, by its own alignment, that holds all of a bit-field and starts from its declared type. */
function bitFieldUnit(bitOffset: number, bitSize: number, declared: number): { offset: number; size: number } {
  if (declared === 0) throw new CoreError(`a bit-field at bit ${bitOffset} of a type that has no bytes`);
  for (let size = declared; size <= 8; size *= 2) {
    const offset = Math.floor(bitOffset / 8 / size) * size;
    if (bitOffset + bitSize - offset * 8 <= size * 8) return { offset, size };
  }
  throw new CoreError(`a bit-field at bit ${bitOffset} that no load of 64 bits reads`);
}

/**
 * Whether a load or store of `local` may become one of `target`, which has another size: pointers, and integers that are
 * extended with zeros.
 */
export function mayResize(local: BareType, target: BareType): boolean {
  if (local.kind === "ptr" && target.kind === "ptr") return true;
  return local.kind === "int" && target.kind === "int" && !extendsSign(local) && !extendsSign(target);
}

/** Whether the encoding of an integer is `BTF_INT_SIGNED` and nothing else, as old compilers flag characters, too. */
function extendsSign(type: Int): boolean {
  return type.encoding === undefined ? type.signed && !type.bool : type.encoding === 1;
}
