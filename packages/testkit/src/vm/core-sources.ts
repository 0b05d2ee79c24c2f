/** Types of an object that asks a target for each of them, with `preserve_access_index`. */
const types = `
  typedef unsigned int u32; typedef unsigned long long u64; typedef unsigned short u16;
  struct inner { int a; unsigned long b; };
  enum colour { RED, GREEN = 5, BLUE = 3 };
  enum wide { SMALL, HUGE = 1ULL << 40 }; enum mood { SAD = -1, GLAD };
  union either { int one; u64 two; };
  typedef struct { int x; } named;
  struct unknown_here { int a; };
  typedef int (*callback)(struct inner *, u64);
  struct thing {
    u32 pid; u64 start; char comm[16]; struct inner in;
    struct { int deep; union { int left; short right; }; };
    u32 flags : 3, mode : 5; int negative : 7; u64 far : 40;
    struct thing *next; enum colour colour; u16 small; struct inner list[4]; int sign; union either either; float ratio; enum mood mood; int tail[];
  };`;

/**
 * The object: every kind of relocation of every sort of member, and loads and stores through them. Releases of clang before
 * 15 have no `type_matches`, and write enums of 64 bits and signs of enums wrong, which a loader refuses: `modern` asks for them.
 */
export function coreObject(modern: boolean): string {
  const members = [
    "pid",
    "start",
    "comm",
    "in",
    "deep",
    "left",
    "right",
    "next",
    "colour",
    "small",
    "list",
    "sign",
    "tail",
  ];
  const fields = ["flags", "mode", "negative", "far"];
  const reads: string[] = [];
  for (const member of members) for (const kind of [0, 1, 2]) reads.push(`field(t->${member}, ${kind})`);
  for (const member of fields) for (const kind of [0, 1, 2, 3, 4, 5]) reads.push(`field(t->${member}, ${kind})`);
  for (const path of ["in.b", "list[2]", "list[3].b", "comm[15]", "tail[7]", "either.two", "next->sign"]) {
    reads.push(`field(t->${path}, 0)`);
  }
  for (const member of ["sign", "small", "colour", "negative"]) reads.push(`field(t->${member}, 3)`);
  for (const member of ["sign", "small", "start"]) reads.push(`field(t->${member}, 4)`, `field(t->${member}, 5)`);
  const named = [
    "struct thing",
    "struct inner",
    "enum colour",
    "enum wide",
    "union either",
    "named",
    "struct unknown_here",
    "callback",
  ];
  for (const type of named) {
    reads.push(`__builtin_preserve_type_info(*(${type} *)0, 0)`, `__builtin_preserve_type_info(*(${type} *)0, 1)`);
    reads.push(`__builtin_btf_type_id(*(${type} *)0, 0)`, `__builtin_btf_type_id(*(${type} *)0, 1)`);
    if (modern) reads.push(`__builtin_preserve_type_info(*(${type} *)0, 2)`);
  }
  const values = [
    ["colour", "RED"],
    ["colour", "GREEN"],
    ["colour", "BLUE"],
  ];
  if (modern) {
    values.push(["wide", "SMALL"], ["wide", "HUGE"], ["mood", "SAD"], ["mood", "GLAD"]);
    reads.push("field(t->mood, 3)");
  }
  for (const [type, name] of values) {
    for (const kind of [0, 1]) reads.push(`__builtin_preserve_enum_value(*(enum ${type} *)${name}, ${kind})`);
  }
  return `
  #define SEC(name) __attribute__((section(name), used))
  #pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
  ${types}
  #pragma clang attribute pop
  #define field(what, kind) __builtin_preserve_field_info(what, kind)
  struct out { u64 values[256]; };
  static __attribute__((noinline)) int shared(struct thing *t) { return field(t->sign, 0) + field(t->pid, 1); }
  SEC("syscall") int ask(struct out *out) {
    struct thing *t = 0;
    ${reads.map((read, i) => `out->values[${i}] = ${read};`).join("\n    ")}
    return shared(t);
  }
  SEC("tp_btf/sched_switch") int loads(struct thing **context) {
    struct thing *t = *context;
    t->pid = 1; t->small = 2; t->sign = t->in.a;
    return t->pid + t->start + t->small + t->sign + t->in.a + t->list[1].b + (long)t->next + t->deep + t->right + t->colour;
  }
  char licence[] SEC("license") = "GPL";`;
}

/** Other ideas of the same types, by what is different: what kernels of other releases and configurations are like. */
export const coreTargets: Readonly<Record<string, string>> = {
  same: `${types} struct thing t; enum colour c; enum wide w; named n; struct unknown_here u; callback f;`,
  moved: `
    typedef unsigned int u32; typedef unsigned long long u64; typedef unsigned short u16; union either { u64 two, three; int one; };
    enum colour { BLUE = 7, RED = 1, YELLOW, GREEN }; enum mood { GLAD = -2, SAD = -5 }; enum wide { HUGE = 3ULL << 41, SMALL = 9 };
    struct inner { long before; unsigned long b; int a; }; typedef struct { long pad; int x; } named;
    struct thing { int tail_before[3]; struct thing *next; struct inner list[9]; struct { char pad; struct { struct inner in; int deep; }; u64 start; }; u32 pid; int sign;
      union { struct { short right; int left; }; u64 whole; }; u16 small; enum colour colour; char comm[32]; u64 far : 30, more : 10; int negative : 20; u32 mode : 9, flags : 2; union either either; int tail[]; };
    struct thing t; enum wide w; named n;`,
  flavoured: `
    typedef unsigned int u32; struct inner___new { int a; long b; }; enum colour___old { RED___x = 4, GREEN___y, PINK };
    struct thing___v2 { long pad; u32 pid; struct inner___new in; struct inner___new list[2]; enum colour___old colour; };
    struct thing_ { u32 pid; }; struct thing____x { u32 pid; };
    struct thing___v2 t; struct thing_ u; struct thing____x v;`,
  bits: `
    typedef unsigned int u32; typedef unsigned long long u64; struct inner { int a : 9; unsigned long b : 50; };
    struct thing { u32 pid : 20, pad : 5; u64 start : 44; u32 flags, mode; int negative; u64 far; int sign : 7, deep : 25; unsigned short small : 3; struct inner in; };
    struct thing t;`,
  resized: `
    typedef unsigned int u32; typedef unsigned long long u64; struct inner { long a; unsigned b; }; enum colour { RED = 1ULL << 33, GREEN = 2 }; enum wide { SMALL = -1LL, HUGE = -(1LL << 50) };
    struct thing { u64 pid; u32 start; char comm[4]; struct inner in; u32 small; long sign; struct thing *next; unsigned char colour; struct inner list[3]; long deep; int right; int tail[3]; };
    struct thing t; enum colour c; enum wide w;`,
  retyped: `
    struct thing { struct { int a; } pid; int *start; int comm; int in; float next; long colour; void *small; int list[4]; union { int x; } sign; void *deep; };
    union inner { int a; long b; }; struct either { int one; }; typedef long named; struct thing t; union inner i; struct either e; named n;`,
  absent: `struct other { int a; }; struct other o;`,
  declared: `struct thing; union either; struct holder { struct thing *t; union either *e; }; struct holder h;`,
  agreeing: `struct thing { long pad; unsigned pid; }; struct thing___two { long pad; unsigned pid; int sign; }; struct thing a; struct thing___two b;`,
  disagreeing: `struct thing { long pad; unsigned pid; }; struct thing___two { unsigned pid; }; struct thing a; struct thing___two b;`,
};
