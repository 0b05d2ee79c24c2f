import { newerHelpers } from "./newer-helpers.ts";

/** Headers that a record header may ask for on a system that has none. Searched last; facts of the BPF target only. */

const stddef = `#pragma once
typedef __SIZE_TYPE__ size_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;
typedef __WCHAR_TYPE__ wchar_t;
typedef struct { long long __max_align_ll __attribute__((aligned(8))); long double __max_align_ld __attribute__((aligned(8))); } max_align_t;
#ifndef NULL
#define NULL ((void *)0)
#endif
#ifndef offsetof
#define offsetof(t, m) __builtin_offsetof(t, m)
#endif
`;

const stdbool = `#pragma once
#define bool _Bool
#define true 1
#define false 0
#define __bool_true_false_are_defined 1
`;

const widths = [8, 16, 32, 64];

function stdint(): string {
  const lines = ["#pragma once"];
  for (const width of widths) {
    for (const form of ["", "_least", "_fast"]) {
      const macro = `${form === "" ? "" : form.toUpperCase()}${width}`;
      lines.push(
        `typedef __INT${macro}_TYPE__ int${form}${width}_t;`,
        `typedef __UINT${macro}_TYPE__ uint${form}${width}_t;`,
      );
      lines.push(`#define INT${macro}_MAX __INT${macro}_MAX__`, `#define INT${macro}_MIN (-__INT${macro}_MAX__ - 1)`);
      lines.push(`#define UINT${macro}_MAX __UINT${macro}_MAX__`);
    }
    const suffix = width === 64 ? "L" : "";
    lines.push(`#define INT${width}_C(v) v${suffix === "" ? "" : `##${suffix}`}`);
    lines.push(`#define UINT${width}_C(v) v${width < 32 ? "" : `##U${suffix}`}`);
  }
  for (const name of ["PTR", "MAX"]) {
    const lower = name.toLowerCase();
    lines.push(`typedef __INT${name}_TYPE__ int${lower}_t;`, `typedef __UINT${name}_TYPE__ uint${lower}_t;`);
    lines.push(
      `#define INT${name}_MAX __INT${name}_MAX__`,
      `#define INT${name}_MIN (-__INT${name}_MAX__ - 1)`,
      `#define UINT${name}_MAX __UINT${name}_MAX__`,
    );
  }
  lines.push("#define INTMAX_C(v) v##L", "#define UINTMAX_C(v) v##UL");
  lines.push(
    "#define SIZE_MAX __SIZE_MAX__",
    "#define PTRDIFF_MAX __PTRDIFF_MAX__",
    "#define PTRDIFF_MIN (-__PTRDIFF_MAX__ - 1)",
  );
  return `${lines.join("\n")}\n`;
}

const limits = `#pragma once
#define CHAR_BIT 8
#define SCHAR_MAX 127
#define SCHAR_MIN (-128)
#define UCHAR_MAX 255
#define CHAR_MAX 127
#define CHAR_MIN (-128)
#define SHRT_MAX 32767
#define SHRT_MIN (-32768)
#define USHRT_MAX 65535
#define INT_MAX __INT_MAX__
#define INT_MIN (-__INT_MAX__ - 1)
#define UINT_MAX (__INT_MAX__ * 2U + 1U)
#define LONG_MAX __LONG_MAX__
#define LONG_MIN (-__LONG_MAX__ - 1L)
#define ULONG_MAX (__LONG_MAX__ * 2UL + 1UL)
#define LLONG_MAX __LONG_LONG_MAX__
#define LLONG_MIN (-__LONG_LONG_MAX__ - 1LL)
#define ULLONG_MAX (__LONG_LONG_MAX__ * 2ULL + 1ULL)
#define PATH_MAX 4096
#define NAME_MAX 255
`;

// The C library asks for the first name alone.
const stdarg = `#ifndef __GNUC_VA_LIST
#define __GNUC_VA_LIST
typedef __builtin_va_list __gnuc_va_list;
#endif
#ifdef __need___va_list
#undef __need___va_list
#elif !defined(__rbgen_stdarg)
#define __rbgen_stdarg
typedef __gnuc_va_list va_list;
#define va_start(list, last) __builtin_va_start(list, last)
#define va_end(list) __builtin_va_end(list)
#define va_arg(list, type) __builtin_va_arg(list, type)
#define va_copy(to, from) __builtin_va_copy(to, from)
#endif
`;

const asmTypes = `#pragma once
typedef signed char __s8;
typedef unsigned char __u8;
typedef signed short __s16;
typedef unsigned short __u16;
typedef signed int __s32;
typedef unsigned int __u32;
typedef signed long long __s64;
typedef unsigned long long __u64;
`;

const linuxTypes = `#pragma once
#include <asm/types.h>
typedef __u16 __le16;
typedef __u16 __be16;
typedef __u32 __le32;
typedef __u32 __be32;
typedef __u64 __le64;
typedef __u64 __be64;
typedef __u16 __sum16;
typedef __u32 __wsum;
typedef unsigned int __poll_t;
typedef __s64 __kernel_time64_t;
#define __bitwise
#define __bitwise__
#define __aligned_u64 __u64 __attribute__((aligned(8)))
#define __aligned_be64 __be64 __attribute__((aligned(8)))
#define __aligned_le64 __le64 __attribute__((aligned(8)))
`;

const bpfHelpers = `#pragma once
#define __uint(name, val) int (*name)[val]
#define __type(name, val) typeof(val) *name
#define __array(name, val) typeof(val) *name[]
#define SEC(name) __attribute__((section(name), used))
#define __always_inline inline __attribute__((always_inline))
#ifndef KERNEL_VERSION
#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))
#endif
#ifndef offsetof
#define offsetof(t, m) ((unsigned long)&((t *)0)->m)
#endif
#ifndef container_of
#define container_of(p, t, m) ((t *)((void *)(p) - offsetof(t, m)))
#endif
#define barrier() asm volatile("" ::: "memory")
enum libbpf_pin_type { LIBBPF_PIN_NONE, LIBBPF_PIN_BY_NAME };
enum libbpf_tristate { TRI_NO = 0, TRI_YES = 1, TRI_MODULE = 2 };
${newerHelpers}`;

const bpfTracing = `#pragma once
#define BPF_PROG(name, args...) name(unsigned long long *ctx, ##args)
#define BPF_PROG2(name, args...) name(unsigned long long *ctx, ##args)
#define BPF_KPROBE(name, args...) name(struct pt_regs *ctx, ##args)
#define BPF_KRETPROBE(name, args...) name(struct pt_regs *ctx, ##args)
#define BPF_KSYSCALL(name, args...) name(struct pt_regs *ctx, ##args)
#define BPF_UPROBE(name, args...) name(struct pt_regs *ctx, ##args)
#define BPF_URETPROBE(name, args...) name(struct pt_regs *ctx, ##args)
#define BPF_USDT(name, args...) name(struct pt_regs *ctx, ##args)
`;

const bpfEndian = `#pragma once
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define bpf_htons(x) __builtin_bswap16(x)
#define bpf_htonl(x) __builtin_bswap32(x)
#define bpf_cpu_to_be64(x) __builtin_bswap64(x)
#else
#define bpf_htons(x) (x)
#define bpf_htonl(x) (x)
#define bpf_cpu_to_be64(x) (x)
#endif
#define bpf_ntohs(x) bpf_htons(x)
#define bpf_ntohl(x) bpf_htonl(x)
#define bpf_be64_to_cpu(x) bpf_cpu_to_be64(x)
`;

const float = `#pragma once
#define FLT_RADIX __FLT_RADIX__
#define FLT_MANT_DIG __FLT_MANT_DIG__
#define DBL_MANT_DIG __DBL_MANT_DIG__
#define FLT_DIG __FLT_DIG__
#define DBL_DIG __DBL_DIG__
#define FLT_MAX __FLT_MAX__
#define DBL_MAX __DBL_MAX__
#define FLT_MIN __FLT_MIN__
#define DBL_MIN __DBL_MIN__
#define FLT_EPSILON __FLT_EPSILON__
#define DBL_EPSILON __DBL_EPSILON__
`;

const stdalign = `#pragma once
#define alignas _Alignas
#define alignof _Alignof
`;

/** Text by the name that an include asks for. */
export const shims: ReadonlyMap<string, string> = new Map([
  ["stddef.h", stddef],
  ["stdbool.h", stdbool],
  ["stdint.h", stdint()],
  ["stdarg.h", stdarg],
  ["limits.h", limits],
  ["float.h", float],
  ["stdalign.h", stdalign],
  ["stdnoreturn.h", "#pragma once\n#define noreturn _Noreturn\n"],
  ["asm/types.h", asmTypes],
  ["linux/types.h", linuxTypes],
  ["bpf/bpf_helpers.h", bpfHelpers],
  ["bpf/bpf_tracing.h", bpfTracing],
  ["bpf/bpf_core_read.h", "#pragma once\n"],
  ["bpf/bpf_endian.h", bpfEndian],
  // glibc takes the BPF target for a 32-bit one, whose list of functions without a body few machines have. It declares nothing.
  ["gnu/stubs-32.h", "#pragma once\n"],
]);
