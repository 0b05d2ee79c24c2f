/** What the text is called that {@link newerHelpers} stands in. */
export const newerHelpersName = "<rbgen>/newer bpf_helpers.h";

/** Names and values of macros that take no arguments, as libbpf's bpf_helpers.h and, of `__arena`, the kernel's own sources have them. */
const words: readonly (readonly [name: string, attribute: string])[] = [
  ["__weak", "weak"],
  ["__noinline", "noinline"],
  ["__hidden", 'visibility("hidden")'],
  ["__kconfig", 'section(".kconfig")'],
  ["__ksym", 'section(".ksyms")'],
  ["__kptr", 'btf_type_tag("kptr")'],
  ["__kptr_untrusted", 'btf_type_tag("kptr_untrusted")'],
  ["__percpu_kptr", 'btf_type_tag("percpu_kptr")'],
  ["__uptr", 'btf_type_tag("uptr")'],
  ["__arena", "address_space(1)"],
  ...["ctx", "nonnull", "nullable", "trusted", "untrusted", "arena"].map((word): readonly [string, string] => [
    `__arg_${word}`,
    `btf_decl_tag("arg:${word}")`,
  ]),
];

/**
 * The loops of open-coded iterators. They go through the same values as libbpf's, whose iterators end by the `cleanup`
 * attribute: here nothing is left to end.
 */
const calls: readonly (readonly [name: string, parameters: string, body: string])[] = [
  ["___bpf_concat", "a, b", "a ## b"],
  ["___bpf_apply", "fn, n", "___bpf_concat(fn, n)"],
  ["__ulong", "name, val", "enum { ___bpf_apply(__unique_value, __COUNTER__) = val } name"],
  ["bpf_ksym_exists", "sym", "(!!(sym))"],
  [
    "bpf_for_each",
    "type, cur, args...",
    "for (struct bpf_iter_##type ___it, *___p = (bpf_iter_##type##_new(&___it, ##args), (void *)0); ((cur) = bpf_iter_##type##_next(&___it)); )",
  ],
  ["bpf_for", "i, start, end", "for ((i) = (start); (i) < (end) ? 1 : ((i) = 0, 0); (i)++)"],
  ["bpf_repeat", "N", "for (int ___i = 0; ___i < (N); ___i++)"],
];

/**
 * What bpf_helpers.h of a newer libbpf defines beside that of libbpf 1.1: sources that use it are compiled with a copy of
 * their own, which is not the one that the system has. It follows the header that was found, and defines what that did not.
 */
export const newerHelpers: string = [
  ...words.map(([name, attribute]) => [name, name, `__attribute__((${attribute}))`] as const),
  ...calls.map(([name, parameters, body]) => [name, `${name}(${parameters})`, body] as const),
]
  .map(([name, head, body]) => `#ifndef ${name}\n#define ${head} ${body}\n#endif\n`)
  .join("");

/** Whether `path` is libbpf's header, the system's or a copy. */
export function isHelpersHeader(path: string): boolean {
  return path === "bpf_helpers.h" || path.endsWith("/bpf_helpers.h");
}
