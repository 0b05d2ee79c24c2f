import ts from "typescript";
import { expect, test } from "vitest";
import { readHeader } from "../c/front-end.ts";
import { load } from "./testing/load.ts";

/** What TypeScript's language service shows of every documented name, and the tags that it takes out of it. */
function hovers(text: string): { name: string; shown: string; tags: readonly string[] }[] {
  const file = "/file.ts";
  const host: ts.LanguageServiceHost = {
    getScriptFileNames: () => [file],
    getScriptVersion: () => "1",
    getScriptSnapshot: (name) => (name === file ? ts.ScriptSnapshot.fromString(text) : undefined),
    getCurrentDirectory: () => "/",
    getCompilationSettings: () => ({ noLib: true }),
    getDefaultLibFileName: () => "lib.d.ts",
    fileExists: (name) => name === file,
    readFile: (name) => (name === file ? text : undefined),
  };
  const service = ts.createLanguageService(host);
  const found: { name: string; shown: string; tags: readonly string[] }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertySignature(node) || ts.isPropertyAssignment(node) || ts.isInterfaceDeclaration(node)) {
      const info = service.getQuickInfoAtPosition(file, node.name.getStart());
      found.push({
        name: node.name.getText(),
        shown: ts.displayPartsToString(info?.documentation),
        tags: (info?.tags ?? []).map((tag) => tag.name),
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  return found;
}

const header = `/**
 * enum verdict - what was decided
 * @V_DROP: thrown away
 */
enum verdict {
	V_PASS, /* let through, see @V_DROP */
	V_DROP,
};
/**
 * struct event - one exec
 * @ts: nanoseconds
 *      since boot
 * @deprecated: not a member
 */
struct event {
	unsigned long long ts;
	int pid; /* who: @root has 0, {@link x} */
	enum verdict verdict; /* @deprecated use ts */
};
`;

async function generated(text: string): Promise<string> {
  const module = readHeader(
    { name: "a.h", text },
    "a.h",
    { read: () => undefined },
    { endian: "little", includePaths: [], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] },
    () => {},
  );
  return (await load(module)).text;
}

/** The comments on one line that `matching` is found in; what they are of may stand behind them. */
function commentsOf(text: string, matching: RegExp): (string | undefined)[] {
  const all = [...text.matchAll(/^ *\/\*\* (.*) \*\/(?:$| readonly )/gm)].map(([, comment = ""]) => comment);
  return all.filter((comment) => matching.test(comment));
}

test("a constant of an enum without a name is shown as one, and what Doxygen calls brief without its command", async () => {
  const text = await generated(`
enum {
  ANON_A = 1, /*!< \\brief the first */
  ANON_B,
};
/** @brief one exec */
struct event {
  int pid; /*!< \\brief who */
  enum { INSIDE_A = 7 } kind;
};
`);
  expect(commentsOf(text, /ANON|INSIDE|pid/)).toEqual([
    "`enum { ANON_A }`. the first",
    "`enum { ANON_B }`.",
    "`enum { INSIDE_A }`.",
    "`int pid` at byte 0. who",
  ]);
  expect(text).toMatch(/`struct event`: 8 bytes\.[\s*]+one exec/);
  expect(text).not.toMatch(/[\\@]brief|`enum ANON_|`enum INSIDE_/);
});

test("text in an array whose length says more than its first NUL is told how to be read whole", async () => {
  const text = await generated(`
struct event { unsigned size; char args[64]; /* @rbgen length=size */ char comm[16]; };
struct whole { unsigned size; char args[64]; /* @rbgen length=size; bytes */ };
`);
  expect(commentsOf(text, /^`char /)).toEqual([
    "`char args[64]` at byte 4, as many elements as `size` says, up to the first NUL (of several texts the first: with the annotation `strings` it is all of them).",
    "`char comm[16]` at byte 68, up to the first NUL.",
    "`char args[64]` at byte 4, as many elements as `size` says, may be sent shorter.",
  ]);
});

test("the whole documentation of every member is shown, and no text of C is a tag", async () => {
  const module = readHeader(
    { name: "a.h", text: header },
    "a.h",
    { read: () => undefined },
    { endian: "little", includePaths: [], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] },
    () => {},
  );
  const { text } = await load(module);
  const all = hovers(text);
  expect(all.flatMap(({ tags }) => tags)).toEqual([]);
  const shown = (name: string): string | undefined => all.find((entry) => entry.name === name)?.shown;
  expect(shown("ts")).toBe("`unsigned long long ts` at byte 0. nanoseconds since boot");
  expect(shown("pid")).toBe("`int pid` at byte 8. who: \\@root has 0, {\\@link x}");
  expect(shown("verdict")).toBe("`enum verdict verdict` at byte 12. \\@deprecated use ts");
  expect(shown("Event")).toBe("`struct event`: 16 bytes.\n\nstruct event - one exec \\@deprecated: not a member");
  expect(shown("V_PASS")).toBe("let through, see \\@V_DROP");
  expect(shown("V_DROP")).toBe("thrown away");
  expect(text).toContain("/** `enum verdict`: 4 bytes, unsigned. enum verdict - what was decided */");
});
