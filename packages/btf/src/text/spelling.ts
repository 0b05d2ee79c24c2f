import type { Float, Int } from "../types.ts";

/** Words of C that no identifier can be, and names that compilers keep for themselves. */
const reserved: ReadonlySet<string> = new Set(
  (
    "auto break case char const continue default do double else enum extern float for goto if inline int long register " +
    "restrict return short signed sizeof static struct switch typedef union unsigned void volatile while _Alignas " +
    "_Alignof _Atomic _Bool _Complex _Generic _Imaginary _Noreturn _Static_assert _Thread_local asm typeof " +
    "__asm __asm__ __attribute __attribute__ __alignof __alignof__ __extension__ __float128 __inline __inline__ " +
    "__int128 __int128_t __uint128_t __builtin_va_list __const __const__ __label__ __restrict __restrict__ __signed " +
    "__signed__ __thread __typeof __typeof__ __volatile __volatile__ _Float16 __fp16 __bf16 __auto_type"
  ).split(" "),
);

/** Whether `name` can be the name of a type or member in C. */
export function isIdentifier(name: string): boolean {
  return /^[A-Za-z_$][\w$]*$/.test(name) && !reserved.has(name);
}

/** Whether a definition of `name` would clash with the language or the compiler. */
export function isReserved(name: string): boolean {
  return reserved.has(name);
}

/** Sizes of what the words of an integer type spell, where `long` and pointers are of 8 bytes. */
const spelled: Readonly<Record<string, number>> = {
  char: 1,
  "signed char": 1,
  "unsigned char": 1,
  short: 2,
  "unsigned short": 2,
  int: 4,
  "unsigned int": 4,
  long: 8,
  "unsigned long": 8,
  "long long": 8,
  "unsigned long long": 8,
  __int128: 16,
  "unsigned __int128": 16,
};

/** What an integer of some bytes is called where its own name is not one of C, or says another size. */
const bySize: Readonly<Record<number, string>> = { 1: "char", 2: "short", 4: "int", 8: "long long", 16: "__int128" };

/**
 * How C spells an integer type: in the usual order of words (`unsigned long`), whatever the compiler that wrote the BTF
 * called it (`long unsigned int`); an integer with a name of its own (`__ARRAY_SIZE_TYPE__`, Rust's `u32`) by its size.
 */
export function spellInt(int: Int): string {
  if (int.bool && int.size === 1) return "_Bool";
  const words = int.name.split(" ");
  const longs = words.filter((word) => word === "long").length;
  const has = (word: string): boolean => words.includes(word);
  const unsigned = has("unsigned");
  let base = "";
  if (has("__int128")) base = "__int128";
  else if (has("char")) base = has("signed") ? "signed char" : "char";
  else if (has("short")) base = "short";
  else if (longs > 0) base = longs > 1 ? "long long" : "long";
  else if (has("int") || int.name === "unsigned") base = "int";
  const name = unsigned ? `unsigned ${base}` : base;
  const known = words.every((word) => /^(?:unsigned|signed|char|short|int|long|__int128)$/.test(word));
  // BTF calls plain `char` unsigned or signed as the compiler likes: it is a type of its own.
  if (known && spelled[name] === int.size && (base === "char" || unsigned !== int.signed)) return name;
  const sized = bySize[int.size] ?? "int";
  if (sized === "char") return int.signed ? "signed char" : "unsigned char";
  return int.signed ? sized : `unsigned ${sized}`;
}

/** How C spells a floating-point type. */
export function spellFloat(float: Float): string {
  switch (float.size) {
    case 2:
      return "_Float16";
    case 4:
      return "float";
    case 8:
      return "double";
    default:
      return float.name.includes("128") ? "__float128" : "long double";
  }
}
