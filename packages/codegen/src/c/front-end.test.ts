import { encodeBtf, formatType, type NamedType, parseBtf, type Struct } from "@rbgen/btf";
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { TypeModule } from "../module.ts";
import { type HeaderOptions, readHeader } from "./front-end.ts";

const plain: HeaderOptions = {
  endian: "little",
  includePaths: [],
  systemPaths: [],
  forcedIncludes: [],
  defines: [],
  undefines: [],
};

interface Result {
  readonly module: TypeModule;
  readonly diagnostics: readonly Diagnostic[];
}

function read(
  text: string,
  options: Partial<HeaderOptions> = {},
  files: Readonly<Record<string, string>> = {},
  path = "types.h",
): Result {
  const diagnostics: Diagnostic[] = [];
  const module = readHeader(
    { name: path, text },
    path,
    { read: (file) => files[file] },
    { ...plain, ...options },
    (diagnostic) => diagnostics.push(diagnostic),
  );
  return { module, diagnostics };
}

/** The struct `name` of a text without faults. */
function struct({ module, diagnostics }: Result, name: string): Struct {
  expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([]);
  const type = module.find(name)[0];
  if (type?.kind !== "struct") throw new Error(`no struct ${name}`);
  return type;
}

/** `name type @offset:width` of each member. */
function members(type: Struct): string[] {
  return type.members.map(
    ({ name, type: own, bitOffset, bitSize }) =>
      `${name} ${formatType(own)} @${bitOffset}${bitSize === undefined ? "" : `:${bitSize}`}`,
  );
}

function said({ diagnostics }: Result): string[] {
  return diagnostics.map(({ code, severity, message }) => `${severity} ${code} ${message}`);
}

test("vmlinux.h from the kernel's BTF has the guard of bpftool's, which headers ask for", () => {
  const text =
    '#ifdef __VMLINUX_H__\n#error before\n#endif\n#include "vmlinux.h"\n#ifndef __VMLINUX_H__\n#error behind\n#endif\n';
  const result = read(`${text}struct s { u32 a; };`);
  expect(result.diagnostics).toEqual([]);
  expect(result.module.constants).toEqual([]);
});

test("what encloses an error of the preprocessor is left out with all that needs it, and nothing else", () => {
  const result = read(
    `struct before { int a; };
     struct missing {
     #include "none.h"
     int a; };
     struct condition { int a;
     #if 5.4 > 3
     int b;
     #endif
     };
     struct stop { int a; struct { int b;
     #error unknown target
     }; };
     #define MAX(a, b) ((a) > (b) ? (a) : (b))
     struct call { int a[MAX(3)]; };
     enum e { A,
     #if (
     B,
     #endif
     C };
     typedef int array[
     #if (
     2
     #else
     3
     #endif
     ];
     typedef struct { int a;
     #if (
     #endif
     } named;
     struct user { struct missing m; };
     struct typed { array a; }; struct enumerated { enum e e; }; struct aliased { named n; };
     struct pointer { struct missing *m; };
     #if (
     #endif
     struct after { int a; };`,
  );
  expect([...result.module.types()].map(({ name }) => name)).toEqual(["before", "pointer", "after"]);
  expect(result.diagnostics.map(({ code }) => code)).toEqual([
    "RB1001",
    "RB1009",
    "RB1003",
    "RB1010",
    "RB1009",
    "RB1009",
    "RB1009",
    "RB1009",
  ]);
});

describe("a header without includes", () => {
  test("has everyday names, which come from the prelude", () => {
    const result = read(
      "struct event { __u64 ts; u32 pid; pid_t tid; __be16 port; bool ok; char comm[TASK_COMM_LEN]; size_t n; uint8_t b[NAME_MAX]; };",
    );
    const event = struct(result, "event");
    expect(members(event)).toEqual([
      "ts __u64 @0",
      "pid u32 @64",
      "tid pid_t @96",
      "port __be16 @128",
      "ok bool @144",
      "comm char[16] @152",
      "n size_t @320",
      "b uint8_t[255] @384",
    ]);
    const port = result.module.find("__be16")[0] as NamedType;
    expect(result.module.origin(port)).toEqual({ kind: "prelude" });
    expect(result.module.origin(event)).toEqual({ kind: "input" });
    expect(result.module.provenance).toEqual([]);
  });

  test("a missing name is reported once, with what would supply it, and costs only what needs it", () => {
    const result = read(
      "struct a { foo_t x; };\nstruct b { foo_t y; struct a z; };\nstruct c { u32 n; };\nstruct d { struct iphdr ip; pid_tt p; };",
    );
    expect([...result.module.types()].map(({ name }) => name)).toEqual(["c"]);
    expect(said(result)).toEqual([
      "error RB2002 type name 'foo_t' is not known",
      "error RB2004 member 'ip' needs struct iphdr, which is nowhere defined",
      "error RB2002 type name 'pid_tt' is not known",
    ]);
    expect(result.diagnostics[1]?.hint).toBe("#include <linux/ip.h> defines it");
    expect(result.diagnostics[2]?.hint).toBe("did you mean 'pid_t'?");
  });

  test("a struct that holds itself is told so, whatever the kernel has", () => {
    const result = read(
      "struct e { struct e x; };\nunion u { struct { union u y[2]; } in; };\nstruct p { struct p *next; };",
    );
    expect(said(result)).toEqual([
      "error RB2004 member 'x' needs struct e, which is not complete before its end",
      "error RB2004 an array's element needs union u, which is not complete before its end",
    ]);
    expect(result.diagnostics.map(({ hint }) => hint)).toEqual([
      "a struct cannot hold itself: let it hold a pointer to one",
      "a union cannot hold itself: let it hold a pointer to one",
    ]);
    expect([...result.module.types()].map(({ name }) => name)).toEqual(["p"]);
  });

  test("an enum whose enumerator is told of is not told of again where it is used", () => {
    const result = read("enum a { ONE = 1 };\nenum op { ONE = 2 };\nstruct s { enum op o; char c[sizeof(enum op)]; };");
    expect(said(result)).toEqual(["error RB2003 'ONE' is defined twice"]);
  });

  test("a name that only a function needs is a warning", () => {
    const result = read(
      "struct e { int a; };\nstatic inline foo_t *f(struct sk_buff *skb) { return 0; }\nint g(bar_t x);\nstruct h { int b; };",
    );
    expect([...result.module.types()].map(({ name }) => name)).toEqual(["e", "h"]);
    expect(said(result)).toEqual([
      "warning RB2002 type name 'foo_t' is not known: the function is left out",
      "warning RB2002 type name 'bar_t' is not known: the function is left out",
    ]);
  });

  test("a packed that nobody defines is not taken for a variable", () => {
    const result = read("struct e { char a; int b; } __packed;");
    expect(said(result)).toEqual(["error RB2002 '__packed' is no macro here, so that it would name a variable"]);
    expect(
      struct(read("#define __packed __attribute__((packed))\nstruct e { char a; int b; } __packed;"), "e").size,
    ).toBe(5);
  });
});

describe("includes", () => {
  test("glibc's headers need no 32-bit package", () => {
    const { module, diagnostics } = read(
      "#include <stdint.h>\nstruct event { uint64_t ts; };",
      { systemPaths: ["/usr/include"] },
      {
        "/usr/include/stdint.h": "#include <gnu/stubs.h>\ntypedef unsigned long long uint64_t;",
        "/usr/include/gnu/stubs.h": "#ifndef __x86_64__\n# include <gnu/stubs-32.h>\n#endif",
      },
    );
    expect([diagnostics, [...module.types()].map(({ name }) => name)]).toEqual([[], ["event"]]);
  });

  test("beside the includer, -iquote, -I, the system and built-in shims are searched in this order", () => {
    const files = {
      "dir/x.h": "#define X 1",
      "q/x.h": "#define X 2",
      "i/x.h": "#define X 3",
      "s/x.h": "#define X 4",
      "q/y.h": "#define Y 2",
      "i/y.h": "#define Y 3",
      "i/next.h": "#include_next <next.h>",
      "s/next.h": "#define NEXT 5",
    };
    const options = { quotePaths: ["q"], includePaths: ["i"], systemPaths: ["s"] };
    const value = (text: string): number =>
      struct(read(`${text}\nstruct s { char a[N]; };`, options, files, "dir/in.h"), "s").size;
    expect(value('#include "x.h"\n#define N X')).toBe(1);
    expect(value("#include <x.h>\n#define N X")).toBe(3);
    expect(value('#include "y.h"\n#define N Y')).toBe(2);
    expect(value("#include <next.h>\n#define N NEXT")).toBe(5);
    expect(value("#include <stdint.h>\n#define N UINT8_MAX")).toBe(255);
  });

  test("types of included files are found and are not the input's own", () => {
    const result = read(
      '#include "common.h"\nstruct event { struct header h; };',
      {},
      { "common.h": "#pragma once\nstruct header { int kind; };\n#define VERSION 3\n" },
    );
    expect([...result.module.types()].map(({ name }) => name)).toEqual(["event"]);
    const header = struct(result, "header");
    expect(result.module.origin(header)).toEqual({ kind: "include", file: "common.h" });
    expect(header.location).toMatchObject({ file: "common.h", line: 2, column: 8 });
    expect(result.module.constants).toEqual([]);
  });

  test("-include, -D and -U come before the file", () => {
    const options = { forcedIncludes: ["pre.h"], defines: ["N=3", "FLAG"], undefines: ["__bpf__"] };
    const result = read("#if FLAG && !defined(__bpf__)\nstruct s { word w[N]; };\n#endif", options, {
      "pre.h": "typedef short word;",
    });
    expect(struct(result, "s").size).toBe(6);
  });

  test("a file with a guard or #pragma once is read once", () => {
    const files = {
      "g.h": "#ifndef G\n#define G\nstruct g { int a; };\n#endif\n",
      "o.h": "#pragma once\nstruct o { int a; };\n",
    };
    expect(said(read('#include "g.h"\n#include "g.h"\n#include "o.h"\n#include "o.h"\n', {}, files))).toEqual([]);
  });

  test("a diagnostic shows how it was reached: macros from the outside in, includes from the nearest out", () => {
    const files = {
      "a.h": '#include "b.h"\n',
      "b.h": "#define FIELD(t) t field\n#define TWO(t) FIELD(t)\n\nstruct s { TWO(nope_t); };\n",
    };
    const { diagnostics } = read('#include "a.h"\n', {}, files);
    expect(diagnostics[0]?.message).toBe("type name 'nope_t' is not known");
    expect(diagnostics[0]?.span?.source.name).toBe("b.h");
    expect(diagnostics[0]?.trace?.map(({ message }) => message)).toEqual([
      "in file included from a.h:1:10",
      "in file included from types.h:1:10",
    ]);
    const inMacro = read("#define BAD int x : 99\n#define OUTER struct s { BAD; };\nOUTER\n").diagnostics[0];
    expect(inMacro?.trace?.map(({ message }) => message)).toEqual([
      "in expansion of macro 'OUTER', defined at types.h:2:9",
      "in expansion of macro 'BAD', defined at types.h:1:9",
    ]);
  });
});

describe("vmlinux.h and the kernel's BTF", () => {
  const source = `
    typedef unsigned int __u32; typedef __u32 u32; typedef long long weird_t;
    struct list_head { struct list_head *next, *prev; };
    struct inner { u32 a; weird_t w; };
    struct task { struct list_head list; struct inner in; struct other *o; enum state { S_RUN = 5, S_STOP } state; unsigned f : 3; };
    struct other { int x; };
  `;
  const kernel = parseBtf(encodeBtf(read(source).module.types(), { endian: "little" }));
  const explicit = { kernel: { btf: kernel, name: "vm.btf", explicit: true, hash: "sha256:00" } };

  test("only what is used is taken, by value as deep as needed, and provenance says so", () => {
    const result = read(
      '#include "vmlinux.h"\nstruct event { struct task task; weird_t w; char n[S_STOP]; struct other *p; };',
      explicit,
    );
    const event = struct(result, "event");
    expect(members(event)).toEqual([
      "task struct task @0",
      "w weird_t @384",
      "n char[6] @448",
      "p struct other * @512",
    ]);
    expect(members(struct(result, "task"))).toEqual([
      "list struct list_head @0",
      "in struct inner @128",
      "o struct other * @256",
      "state enum state @320",
      "f unsigned int @352:3",
    ]);
    expect(result.module.origin(struct(result, "inner"))).toEqual({ kind: "kernel", file: "vm.btf" });
    expect(result.module.origin(result.module.find("u32")[0] as NamedType)).toEqual({ kind: "prelude" });
    expect(result.module.provenance).toEqual(["kernel types from vm.btf, sha256:00"]);
  });

  test("sizes that are asked of the kernel's types are the kernel's, whether they are elements or stand alone", () => {
    const result = read(
      '#include "vmlinux.h"\nstruct event { char a[sizeof(struct list_head)]; int b[sizeof(struct inner[2]) + _Alignof(struct task)]; };',
      explicit,
    );
    expect(result.diagnostics).toEqual([]);
    expect(members(struct(result, "event"))).toEqual(["a char[16] @0", "b int[40] @128"]);
  });

  test("the running kernel is a warning that names the type, also without vmlinux.h", () => {
    const result = read("struct event { struct inner in; };", { kernel: { ...explicit.kernel, explicit: false } });
    expect(said(result)).toEqual(["warning RB2018 struct inner is taken from the running kernel (vm.btf)"]);
    expect([...result.module.types()].map(({ name }) => name)).toEqual(["event"]);
  });

  test("types that a caller asks for are told one by one, however many are allowed of the text's own", () => {
    const { module, diagnostics } = read('#include "vmlinux.h"\nstruct event { int pid; };', {
      kernel: { ...explicit.kernel, explicit: false },
      limits: { diagnostics: 2 },
    });
    const found = [...module.names()].flatMap((name) => module.find(name)).map(({ name }) => name);
    expect(found).toEqual(expect.arrayContaining(["event", "list_head", "inner", "task", "other", "weird_t"]));
    expect(new Set(diagnostics.map(({ code, severity }) => `${severity} ${code}`))).toEqual(
      new Set(["warning RB2018"]),
    );
    expect(diagnostics.length).toBeGreaterThan(3);
    expect(diagnostics.map(({ at, span }) => [at, span])).toEqual(diagnostics.map(() => ["types.h", undefined]));
    expect(module.constant?.("S_STOP")?.value).toBe(6n);
  });

  test("nothing is asked of the kernel that the header does not need", () => {
    const kernelOnDemand = {
      name: "vm.btf",
      explicit: false,
      get btf(): never {
        throw new Error("asked");
      },
      get hash(): never {
        throw new Error("asked");
      },
    };
    const result = read(
      '#include "vmlinux.h"\nstruct event { u32 a; char comm[16]; struct task *t; };\n#define LEN 16\n',
      { kernel: kernelOnDemand },
    );
    expect(struct(result, "event").size).toBe(32);
    expect(result.module.provenance).toEqual([]);
  });

  test("a vmlinux.h and the C library's headers may define the same names, as long as they agree", () => {
    const files = {
      "vmlinux.h":
        "typedef _Bool bool;\nenum { false = 0, true = 1 };\ntypedef signed long s64;\ntypedef struct { unsigned long fds_bits[16]; } __kernel_fd_set;\nstruct timespec { long tv_sec; long tv_nsec; };\nenum e { A, B };\n",
      "libc.h":
        "typedef long long s64;\ntypedef struct { unsigned long fds_bits[16]; } __kernel_fd_set;\nstruct timespec { long int tv_sec; long tv_nsec; };\nenum e { A, B };\n",
    };
    const text =
      '#include <stdbool.h>\n#include "vmlinux.h"\n#include "libc.h"\nstruct s { s64 a; bool b; __kernel_fd_set c; struct timespec d; };';
    expect(struct(read(text, {}, files), "s").size).toBe(160);
    expect(said(read('#include "vmlinux.h"\nstruct timespec { int tv_sec; long tv_nsec; };', {}, files))).toEqual([
      "error RB2003 struct timespec is defined twice, differently",
    ]);
  });
});

describe("what comments and attributes say", () => {
  test("comments become documentation, @rbgen lines and attributes become tags", () => {
    const event = struct(
      read(`
/* Licence of the file. */

/**
 * One exec.
 * @rbgen tag=kind
 */
struct event {
	__u32 kind;	/* what happened */
	/* the process
	 * that did it */
	__u32 pid;
	__u16 len; // of data
	// first line
	// second line
	__u8 data[] __attribute__((counted_by(len)));
} __attribute__((btf_decl_tag("rbgen:record")));
`),
      "event",
    );
    expect(event.doc).toBe("One exec.");
    expect(event.tags).toEqual(["rbgen:record", "rbgen:tag=kind"]);
    expect(event.members.map(({ doc }) => doc)).toEqual([
      "what happened",
      "the process\nthat did it",
      "of data",
      "first line\nsecond line",
    ]);
    expect(event.members[3]?.tags).toEqual(["rbgen:counted_by=len"]);
  });

  test("enumerators of an enum without a name are constants, once, and those of included files are not", () => {
    const { module, diagnostics } = read(
      `
#include "base.h"
enum {
  EXEC = 1,
  EXIT,
  /* a connection */
  CONNECT
};
#define EXEC EXEC
typedef enum { RED } color;
struct s { enum { INSIDE = 7 } kind; };
enum named { OTHER };
`,
      {},
      { "base.h": "enum { HIDDEN };" },
    );
    expect(diagnostics).toEqual([]);
    expect(module.constants).toMatchObject([
      { name: "EXEC", value: 1n },
      { name: "EXIT", value: 2n, enumerator: true },
      { name: "CONNECT", value: 3n, enumerator: true, doc: "a connection" },
      { name: "INSIDE", value: 7n, enumerator: true },
    ]);
  });

  test("object-like macros that are integers or strings are constants, in order, with their comments", () => {
    const { module, diagnostics } = read(`
enum { BASE = 40 };
#define LEN (BASE + 2) /* of a name */
#define NAME "ring" "buf"
#define MASK (~0ULL)
#define SIZE sizeof(struct s)
#define NEGATIVE ((int)-1)
#define CALL(x) x
#define CODE return 0
#define EMPTY
#define HALF 0.5
struct s { char a[12]; };
#define GONE 1
#undef GONE
#define LATE_USE LATER
#define LATER 'x'
`);
    expect(diagnostics).toEqual([]);
    expect(module.constants.map(({ name, value, doc }) => [name, value, doc])).toEqual([
      ["LEN", 42n, "of a name"],
      ["NAME", "ringbuf", undefined],
      ["MASK", 0xffffffffffffffffn, undefined],
      ["SIZE", 12n, undefined],
      ["NEGATIVE", -1n, undefined],
      ["LATE_USE", 120n, undefined],
      ["LATER", 120n, undefined],
      ["BASE", 40n, undefined],
    ]);
  });
});
