import { describeWith } from "@rbgen/testkit";
import { annotatedFile, annotatedWays } from "@rbgen/testkit/codegen/annotated-proof";
import { sampleAnnotated } from "@rbgen/testkit/codegen/annotated-record";
import { sampleRecords } from "@rbgen/testkit/codegen/arbitrary-record";
import { choices, generated, headerModuleOf, optionsFor, throughBtf, throughHeader } from "@rbgen/testkit/codegen/ways";
import { expect, test } from "vitest";
import { readHeader } from "./c/front-end.ts";
import { type RecordPart, recordParts, usualParts } from "./emit/record-part.ts";
import { typeCheck } from "./emit/testing/type-check.ts";

const seed = Number(process.env["RBGEN_SEED"]);

/** Every choice of parts but that of all. */
const someParts: readonly (readonly RecordPart[])[] = Array.from({ length: 2 ** usualParts.length - 1 }, (_, choice) =>
  recordParts.filter((part, index) => part === "decode" || (choice >> (index - 1)) % 2 === 1),
);

/** What types a header may hold that no person would write: names that mean something elsewhere, and nothing at all. */
const hostile = `
#include <linux/types.h>
struct nothing {};
struct holder { struct nothing n; struct nothing m[3]; __u32 x; };
struct zero { __u32 z[0]; };
union top { __u32 a; float f; struct { __u16 lo, hi; }; };
struct names { int constructor, __proto__, toString, class, function, let, arguments, eval, view, offset, value, end, lease,
	bits0, undefined, NaN, kind, then, at, length, $bytes; __u8 data[4]; int copyDataTo, copy_data_to; };
struct late { int copy_raw_to; __u8 raw[2]; };
struct DataView { int x; }; struct Promise { struct DataView d; }; struct Array { int length; };
struct Uint8Array { int a; }; struct Object { int a; }; struct Error { int a; }; struct Number { int a; };
struct BigInt { __s64 a; __u64 b; }; struct uint32 { __u32 a; }; struct take_lease { struct uint32 at, length, lease; };
enum dup { A = 1, B = 1, C = -5, D = 0x7fffffff };
enum big { BIG = 0x8000000000000000ULL, SMALL = 0 };
enum neg { NEGATIVE = -0x7fffffffffffffffLL, P = 5 };
struct enums { enum dup d, ds[2]; enum big b; enum neg n; enum { ANON_A } anon; enum big bb : 40; enum neg nn : 50; };
struct __attribute__((packed)) odd { __u8 a; __be16 port; __be64 cookie; __le64 le; __be16 nested[2][2]; _Bool c : 1, d : 1; };
struct dims { __u8 a[1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][2]; int b[2][0]; };
struct anon { struct { struct { union { struct { int deep; }; long other; }; }; }; union { int p; int q; } u; struct { int x; } pts[2]; };
struct wide { unsigned __int128 w; __int128 s; long double ld; int (*cb)(void *, int); void (*arr[2])(void); };
typedef struct { int x; } lower_typedef;
struct flexible { int n; struct { __u16 len; __u8 body[]; } tail; };
`;

describeWith(["clang"], `files generated from random records (RBGEN_SEED=${seed})`, () => {
  test("type-check under plain strict on TypeScript 5.4, and under every flag of this repository", async () => {
    const files: Record<string, string> = {};
    for (const [index, choice] of choices.entries()) {
      const records = sampleRecords(100, seed + index * 100, "r", { alignInt128: false });
      files[`btf-${index}.gen.ts`] = (await throughBtf(records, "little", choice)).text;
      files[`header-${index}.gen.ts`] = (await throughHeader(records, "big", choice)).text;
    }
    const annotated = sampleAnnotated(60, seed, "a", 0);
    const module = readHeader(
      { name: "types.h", text: hostile },
      "types.h",
      { read: () => undefined },
      { endian: "little", includePaths: [], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] },
      (diagnostic) => expect(diagnostic).toBeUndefined(),
    );
    for (const choice of choices) {
      files[`hostile-${choice.case}-${choice.int64}.gen.ts`] = await generated(module, {
        ...optionsFor([], choice),
        all: true,
      });
    }
    files["annotated.gen.ts"] = await annotatedFile(annotated, annotatedWays[0]!, "little");
    // What one record imports and leaves unused, another one of its file may use.
    for (let index = 0; index < 20; index++) {
      const alone = sampleAnnotated(1, seed + index, `b${index}`, 0);
      files[`annotated-${index}.gen.ts`] = await annotatedFile(alone, annotatedWays[0]!, "little");
    }
    expect(typeCheck(files)).toEqual({ oldest: [], own: [] });
  });

  test("so do those that have but some parts of each record", async () => {
    const annotated = sampleAnnotated(40, seed, "p", 0);
    const records = sampleRecords(40, seed, "q", { alignInt128: false });
    const files: Record<string, string> = {};
    for (const only of someParts) {
      const name = only.join("-");
      files[`annotated-${name}.gen.ts`] = await annotatedFile(annotated, annotatedWays[0]!, "little", { only });
      const module = headerModuleOf(records, "big");
      files[`records-${name}.gen.ts`] = await generated(module, {
        ...optionsFor(
          records.map(({ tag }) => tag),
          { case: "camel", int64: "bigint" },
        ),
        columns: false,
        only,
      });
    }
    expect(typeCheck(files)).toEqual({ oldest: [], own: [] });
  });
});
