import { readFileSync } from "node:fs";
import { type Btf, BtfError, encodeBtf, parseBtf } from "@rbgen/btf";
import { describe, expect, test } from "vitest";
import { type DiagnosticCode, diagnosticCodes } from "../diagnostics/codes.ts";
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

interface Fixture {
  readonly text: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly options?: Partial<HeaderOptions>;
  /** Text that the caret range covers. */
  readonly caret?: string;
}

function read({ text, files = {}, options = {} }: Fixture): {
  readonly module: TypeModule;
  readonly diagnostics: readonly Diagnostic[];
} {
  const diagnostics: Diagnostic[] = [];
  const host = { read: (path: string) => files[path] };
  const module = readHeader({ name: "fixture.h", text }, "fixture.h", host, { ...plain, ...options }, (diagnostic) =>
    diagnostics.push(diagnostic),
  );
  return { module, diagnostics };
}

/** BTF of kernels that hold what the texts define. */
function kernel(...texts: readonly string[]): Btf {
  return parseBtf(
    encodeBtf(
      texts.flatMap((text) => [...read({ text }).module.types()]),
      { endian: "little" },
    ),
  );
}

const list = "struct list_head { struct list_head *next, *prev; };";
const broken = {
  name: "broken",
  explicit: true,
  get btf(): Btf {
    throw new BtfError("header", "the magic number is wrong");
  },
};

const fixtures: Readonly<Record<string, Fixture>> = {
  RB1001: { text: '#include "records/common.h"\n', caret: '"records/common.h"' },
  RB1002: { text: '#include "a.h"\n', files: { "a.h": '#include "a.h"\n' } },
  RB1003: { text: "#error name a target\n", caret: "error" },
  RB1004: { text: "#warning deprecated\n" },
  RB1005: { text: "struct s { int pid; /* the process\n};\n" },
  RB1006: { text: 'const char *name = "probe;\n' },
  RB1007: { text: "#define 16 LEN\n", caret: "16" },
  RB1008: { text: "#ifdef A\nstruct s { int a; };\n", caret: "ifdef" },
  RB1009: { text: "#if 5.4 >= 5\n#endif\n", caret: "5.4" },
  RB1010: { text: "#define MAX(a, b) a\nint x[MAX(3)];\n", caret: "MAX" },
  RB1011: { text: "#define LEN 16\n#define LEN 32\n", caret: "LEN" },
  RB1012: { text: "#define BAD(a) a##+\nint x = BAD(1);\n", caret: "BAD" },
  RB1013: {
    text: `#define D0 x\n${Array.from({ length: 40 }, (_, i) => `#define D${i + 1} D${i} D${i}`).join("\n")}\nD40\n`,
    options: { limits: { expansionTokens: 1000 } },
  },
  RB1014: { text: Array.from({ length: 200 }, (_, i) => `struct s${i} { int : 99; };`).join("\n") },
  RB1015: { text: "#inclde <linux/types.h>\n" },
  RB1016: { text: "#line seven\nstruct s { int a; };\n" },
  RB1017: { text: "#pragma pack(3)\nstruct s { int a; };\n" },
  RB2001: { text: "struct s { int pid int tid; };\n" },
  RB2002: { text: "struct s { pid64_t pid; };\n", caret: "pid64_t" },
  RB2003: { text: "struct s { int a; };\nstruct s { long a; };\n" },
  RB2004: { text: "struct s { struct task_struct task; };\n", caret: "task" },
  RB2005: { text: "int n;\nstruct s { char name[n]; };\n", caret: "n" },
  RB2006: { text: "struct s { char a[sizeof(int) & 1.5]; };\n", caret: "&" },
  RB2007: { text: "struct s { unsigned int flags : 40; };\n", caret: "flags" },
  RB2008: { text: "struct s { int f(void); };\n", caret: "f" },
  RB2009: { text: "struct s { char a; int b; } __attribute__((ms_struct));\n", caret: "ms_struct" },
  RB2010: { text: "struct s { int a; } __attribute__((aligned(3)));\n" },
  RB2011: { text: 'struct s { int a; };\n_Static_assert(sizeof(struct s) == 8, "size");\n' },
  RB2012: { text: `struct s { ${"struct { ".repeat(300)}int a; ${"}; ".repeat(300)} };\n` },
  RB2013: { text: "struct s { _Float16 f; };\n", caret: "_Float16" },
  RB2014: { text: "struct s { unsigned double d; };\n", caret: "unsigned double" },
  RB2015: { text: "struct s { int a; long a; };\n", caret: "a" },
  RB2016: { text: "struct s { char data[]; int len; };\n", caret: "data" },
  RB2017: { text: "struct s { char a[1ULL << 60]; };\n" },
  RB2018: {
    text: "struct s { struct list_head list; };\n",
    options: { kernel: { btf: kernel(list), name: "running", explicit: false } },
  },
  RB2019: {
    text: "struct s { struct dup d; };\n",
    options: {
      kernel: { btf: kernel("struct dup { int a; };", "struct dup { long b; };"), name: "vmlinux", explicit: true },
    },
  },
  RB2020: { text: 'struct { int type; } events __attribute__((section(".maps")));\n', caret: "events" },
  RB2021: { text: "enum big { A = -1, B = 0xffffffffffffffff };\n" },
  RB2022: { text: "struct s { char comm[COMM_LENGTH]; };\n", caret: "COMM_LENGTH" },
  RB2023: { text: "struct s { char a[08]; };\n", caret: "08" },
  RB2024: { text: "struct s { struct list_head list; };\n", options: { kernel: broken } },
  RB2025: { text: "struct s { float at __attribute__((vector_size(12))); };\n", caret: "__attribute__" },
};

const own = (Object.keys(diagnosticCodes) as DiagnosticCode[]).filter((code) => /^RB[12]/.test(code));

describe("the codes of the C front-end", () => {
  test.each(own)("%s is raised by its fixture, at the place that it is about", (code) => {
    const fixture = fixtures[code];
    expect(fixture).toBeDefined();
    const { diagnostics } = read(fixture as Fixture);
    const found = diagnostics.find((diagnostic) => diagnostic.code === code);
    expect(found, diagnostics.map(({ code: other, message }) => `${other} ${message}`).join("\n")).toBeDefined();
    expect(found?.span).toBeDefined();
    if (fixture?.caret !== undefined)
      expect(found?.span?.source.text.slice(found.span.start, found.span.end)).toBe(fixture.caret);
  });

  test.each(own)("%s raises nothing but itself", (code) => {
    const { diagnostics } = read(fixtures[code] as Fixture);
    const others = diagnostics
      .filter((diagnostic) => diagnostic.code !== code)
      .map(({ code: other, message }) => `${other} ${message}`);
    // The limit on diagnostics is reached by others, and an endless comment swallows the brace.
    if (code !== "RB1014" && code !== "RB1005" && code !== "RB1006" && code !== "RB2024") expect(others).toEqual([]);
  });

  test.each(own)("a struct that %s is about is left out, where it is an error", (code) => {
    const { module, diagnostics } = read(fixtures[code] as Fixture);
    const error = diagnostics.some((diagnostic) => diagnostic.code === code && diagnostic.severity === "error");
    if (error && code.startsWith("RB2") && code !== "RB2011") expect(module.find("s")).toEqual([]);
  });

  test.each(own)("%s has a page that shows it and says what to do", (code) => {
    const page = readFileSync(new URL(`../../../../docs/diagnostics/${code}.md`, import.meta.url), "utf8");
    expect(page).toContain(`# ${code}: ${diagnosticCodes[code]}`);
    expect(page).toContain("**Why.**");
    expect(page).toContain("**What to do.**");
  });
});
