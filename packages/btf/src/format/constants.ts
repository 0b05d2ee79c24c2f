/** Numbers of BTF's format: kernel `include/uapi/linux/btf.h`. */

/** First two bytes of BTF, in the file's byte order. */
export const magic = 0xeb9f;

/** Length of the header of version 1 before the layout section was added to it. */
export const headerLength = 24;

/** Length of the header with `layout_off` and `layout_len`. */
export const headerLengthWithLayout = 32;

/** `BTF_KIND_*`. */
export const kindNumber = {
  void: 0,
  int: 1,
  ptr: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  fwd: 7,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  func: 12,
  func_proto: 13,
  var: 14,
  datasec: 15,
  float: 16,
  decl_tag: 17,
  type_tag: 18,
  enum64: 19,
} as const;

/** Kinds by number: `kindName[4]` is `"struct"`. */
export const kindName: readonly (keyof typeof kindNumber)[] = Object.keys(kindNumber) as (keyof typeof kindNumber)[];

/** The last kind that this package knows. */
export const lastKind = 19;

/** Words (32 bits) after the common three of each known kind: once per type. */
export const extraWords: Uint8Array = Uint8Array.of(0, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0);

/** Words per element of each known kind, of which a type has as many as its `vlen` says. */
export const elementWords: Uint8Array = Uint8Array.of(0, 0, 0, 0, 3, 3, 2, 0, 0, 0, 0, 0, 0, 2, 0, 3, 0, 0, 0, 3);

/** `vlen` in a type's `info`: 16 bits of old, 24 since kernel 7.1; what was added had to be 0. */
export const vlenMask = 0xffffff;

/** Bits of the kind in `info`: 5 of old, 7 since kernel 7.1. */
export const kindMask = 0x7f;

export const kindShift = 24;

/** `BTF_INT_SIGNED` and `BTF_INT_BOOL`. */
export const intSigned = 1;
export const intBool = 4;

/** Values of a `BTF_KIND_VAR`'s and `BTF_KIND_FUNC`'s linkage, by number. */
export const linkages: readonly ["static", "global", "extern"] = ["static", "global", "extern"];

/** Largest bit offset that a member of a struct with bit-fields can have. */
export const maxBitfieldOffset = 0xffffff;
