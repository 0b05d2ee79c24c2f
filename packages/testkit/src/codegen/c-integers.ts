import type { CInt } from "./c-type.ts";

/** Integers of up to 64 bits, in the spellings that headers use. */
export const integers: readonly CInt[] = [
  ...["__u8", "unsigned char"].map((text): CInt => ({ kind: "int", text, size: 1, signed: false })),
  ...["__s8", "signed char"].map((text): CInt => ({ kind: "int", text, size: 1, signed: true })),
  { kind: "int", text: "char", size: 1, signed: true, char: true },
  ...["__u16", "unsigned short"].map((text): CInt => ({ kind: "int", text, size: 2, signed: false })),
  ...["__s16", "short"].map((text): CInt => ({ kind: "int", text, size: 2, signed: true })),
  ...["__u32", "unsigned int", "volatile __u32"].map((text): CInt => ({ kind: "int", text, size: 4, signed: false })),
  ...["__s32", "int"].map((text): CInt => ({ kind: "int", text, size: 4, signed: true })),
  ...["__u64", "unsigned long", "unsigned long long"].map(
    (text): CInt => ({ kind: "int", text, size: 8, signed: false }),
  ),
  ...["__s64", "long", "volatile long long"].map((text): CInt => ({ kind: "int", text, size: 8, signed: true })),
];
/** Integers of 128 bits. */
export const wide: readonly CInt[] = [
  { kind: "int", text: "__int128", size: 16, signed: true },
  { kind: "int", text: "unsigned __int128", size: 16, signed: false },
];
/** Integers whose name promises a byte order. */
export const ordered: readonly CInt[] = (["be", "le"] as const).flatMap((order) =>
  ([2, 4, 8] as const).map(
    (size): CInt => ({
      kind: "int",
      text: `__${order}${size * 8}`,
      size,
      signed: false,
      order: order === "be" ? "big" : "little",
    }),
  ),
);
/** Integers of one byte: arrays of them are text or bytes. */
export const bytes: readonly CInt[] = integers.filter((type) => type.size === 1);
