/** What a keyword is; GNU spellings share the code of the plain one. 0 is no keyword. */
export const VOID: number = 1;
export const CHAR: number = 2;
export const SHORT: number = 3;
export const INT: number = 4;
export const LONG: number = 5;
export const SIGNED: number = 6;
export const UNSIGNED: number = 7;
export const FLOAT: number = 8;
export const DOUBLE: number = 9;
export const BOOL: number = 10;
export const INT128: number = 11;
export const COMPLEX: number = 12;
export const UNSUPPORTED: number = 13;
export const HALF: number = 14;
export const STRUCT: number = 15;
export const UNION: number = 16;
export const ENUM: number = 17;
export const TYPEOF: number = 18;
export const AUTO_TYPE: number = 19;
export const ATOMIC: number = 20;
export const CONST: number = 21;
export const VOLATILE: number = 22;
export const RESTRICT: number = 23;
export const TYPEDEF: number = 24;
export const EXTERN: number = 25;
export const STATIC: number = 26;
export const AUTO: number = 27;
export const REGISTER: number = 28;
export const THREAD: number = 29;
export const INLINE: number = 30;
export const NORETURN: number = 31;
export const ALIGNAS: number = 32;
export const ATTRIBUTE: number = 33;
export const EXTENSION: number = 34;
export const STATIC_ASSERT: number = 35;
export const ASM: number = 36;
export const SIZEOF: number = 37;
export const ALIGNOF: number = 38;
export const PREFERRED_ALIGNOF: number = 39;
export const GENERIC: number = 40;
export const OFFSETOF: number = 41;
export const TYPES_COMPATIBLE: number = 42;
export const CHOOSE: number = 43;
export const CONSTANT_P: number = 44;
export const VA_ARG: number = 45;
export const DECLSPEC: number = 46;

const spellings: readonly (readonly [code: number, names: string])[] = [
  [VOID, "void"],
  [CHAR, "char"],
  [SHORT, "short"],
  [INT, "int"],
  [LONG, "long"],
  [SIGNED, "signed __signed __signed__"],
  [UNSIGNED, "unsigned"],
  [FLOAT, "float"],
  [DOUBLE, "double"],
  [BOOL, "_Bool"],
  [INT128, "__int128"],
  [COMPLEX, "_Complex __complex __complex__"],
  [UNSUPPORTED, "__float128 _Float16 _Decimal32 _Decimal64 _Decimal128 _Imaginary __bf16 _BitInt _ExtInt"],
  [HALF, "__fp16"],
  [STRUCT, "struct"],
  [UNION, "union"],
  [ENUM, "enum"],
  [TYPEOF, "typeof __typeof __typeof__ typeof_unqual __typeof_unqual __typeof_unqual__"],
  [AUTO_TYPE, "__auto_type"],
  [ATOMIC, "_Atomic"],
  [CONST, "const __const __const__"],
  [VOLATILE, "volatile __volatile __volatile__"],
  [RESTRICT, "restrict __restrict __restrict__ _Nonnull _Nullable _Null_unspecified"],
  [TYPEDEF, "typedef"],
  [EXTERN, "extern"],
  [STATIC, "static"],
  [AUTO, "auto"],
  [REGISTER, "register"],
  [THREAD, "_Thread_local __thread"],
  [INLINE, "inline __inline __inline__"],
  [NORETURN, "_Noreturn"],
  [ALIGNAS, "_Alignas"],
  [ATTRIBUTE, "__attribute__ __attribute"],
  [EXTENSION, "__extension__"],
  [STATIC_ASSERT, "_Static_assert"],
  [ASM, "asm __asm __asm__"],
  [SIZEOF, "sizeof"],
  [ALIGNOF, "_Alignof"],
  [PREFERRED_ALIGNOF, "__alignof __alignof__"],
  [GENERIC, "_Generic"],
  [OFFSETOF, "__builtin_offsetof"],
  [TYPES_COMPATIBLE, "__builtin_types_compatible_p"],
  [CHOOSE, "__builtin_choose_expr"],
  [CONSTANT_P, "__builtin_constant_p"],
  [VA_ARG, "__builtin_va_arg"],
  [DECLSPEC, "__declspec"],
];

/** All keywords, in the order of their interned ids: an interner is given them first. */
export const keywords: readonly string[] = spellings.flatMap(([, names]) => names.split(" "));

/** Code of the keyword with each of those ids. */
export const keywordCodes: Uint8Array = Uint8Array.from(
  spellings.flatMap(([code, names]) => names.split(" ").map(() => code)),
);
