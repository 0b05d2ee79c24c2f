import type { Picker } from "./arbitrary-program.ts";

/**
 * A random integer constant expression without undefined behaviour: operands of `+`, `-` and `*` are kept small, unless
 * they are unsigned, where they may wrap.
 */
export function constantExpression(pick: Picker, depth: number, types: readonly string[]): string {
  const below = (): string => constantExpression(pick, depth - 1, types);
  if (depth === 0) return leaf(pick, types);
  switch (pick.below(14)) {
    case 0:
      return `(${below()}) % 1000 + (${below()}) % 1000`;
    case 1:
      return `(${below()}) % 1000 - (${below()}) % 1000`;
    case 2:
      return `((${below()}) % 100) * ((${below()}) % 100)`;
    case 3:
      return `(${below()}) / ${pick.one(["3", "7u", "-5", "sizeof(int)", "11ll"])}`;
    case 4:
      return `(${below()}) % ${pick.one(["3", "7u", "-5", "sizeof(long)"])}`;
    case 5:
      return `((${below()}) & 0xff) << ${pick.below(20)}`;
    case 6:
      return `(${below()}) >> ${pick.below(31)}`;
    case 7:
      return `(${below()}) ${pick.one(["&", "|", "^"])} (${below()})`;
    case 8:
      return `(${below()}) ${pick.one(["<", ">", "<=", ">=", "==", "!="])} (${below()})`;
    case 9:
      return `(${below()}) ${pick.one(["&&", "||"])} (${below()})`;
    case 10:
      return `(${below()}) ? (${below()}) : (${below()})`;
    case 11:
      return `${pick.one(["~", "!", "+"])}(${below()})`;
    case 12:
      return `(${pick.one(["signed char", "unsigned char", "short", "unsigned short", "unsigned", "long long", "unsigned long", "_Bool", "__int128"])})(${below()})`;
    default:
      return `__builtin_choose_expr(${pick.below(2)}, ${below()}, ${below()})`;
  }
}

function leaf(pick: Picker, types: readonly string[]): string {
  switch (pick.below(6)) {
    case 0:
      return pick.one([
        "0xffffffffu",
        "0x8000000000000000ull",
        "4294967295",
        "0xffffffff",
        "037777777777",
        "0xffffffffffffffff",
        "123456789012ul",
        "0b1011",
      ]);
    case 1:
      return pick.one(["'a'", "'\\n'", "'\\x41'", "'\\377'", "'ab'", "L'x'", "'\\0'"]);
    case 2:
      return `sizeof(${pick.one(types).replace("(*)[3]", "*")})`;
    case 3:
      return `_Alignof(${pick.one(["char", "int", "long long", "__int128", "double", "void *"])})`;
    case 4:
      return pick.one([
        "__LINE__ * 0 + 3",
        "__CHAR_BIT__",
        'sizeof("four")',
        "sizeof 1u",
        "(int)2.75",
        "__builtin_offsetof(struct { char a; int b[3]; }, b[1])",
      ]);
    default:
      return `${pick.one(["", "-", ""])}${pick.below(1000)}${pick.one(["", "", "u", "l", "ul", "ll", "ULL"])}`;
  }
}

/** A random expression that `#if` takes too. */
export function conditionExpression(pick: Picker, depth: number): string {
  const below = (): string => conditionExpression(pick, depth - 1);
  if (depth === 0) {
    return pick.one([
      "0",
      "1",
      "3",
      "-1",
      "0xffffffffffffffffu",
      "defined(__bpf__)",
      "defined __x86_64__",
      "__LP64__",
      "'A'",
      "__STDC_VERSION__",
      "undefined_name",
      "__has_attribute(packed)",
      "(1 ? 2 : 1 / 0)",
    ]);
  }
  switch (pick.below(6)) {
    case 0:
      return `(${below()}) ${pick.one(["+", "-", "|", "&", "^"])} (${below()})`;
    case 1:
      return `(${below()}) ${pick.one(["<", ">", "<=", ">=", "==", "!="])} (${below()})`;
    case 2:
      return `(${below()}) ${pick.one(["&&", "||"])} (${below()})`;
    case 3:
      return `(${below()}) ? (${below()}) : (${below()})`;
    case 4:
      return `${pick.one(["~", "!", "-"])}(${below()})`;
    default:
      return `((${below()}) & 0xf) << ${pick.below(8)}`;
  }
}
