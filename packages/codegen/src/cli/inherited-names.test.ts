import fc from "fast-check";
import { expect, test } from "vitest";
import { MemoryHost } from "./host/memory-host.ts";
import { runCommand } from "./program.ts";

/** Names that every object, or every function, has. */
const inherited = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "prototype", "then"];

/** Positions by name space: names of one must differ. */
const spaces = [
  ["map", "variable", "fn", "One", "Two"],
  ["record", "other", "kind"],
  ["tag", "count", "bytes"],
] as const;

const arbitraryNames = fc
  .tuple(...spaces.map((space) => fc.shuffledSubarray(inherited, { minLength: space.length, maxLength: space.length })))
  .map(
    (names) =>
      new Map<string, string>(spaces.flatMap((space, at) => space.map((position, i) => [position, names[at]![i]!]))),
  );

const source = `
#include <linux/types.h>
#include <bpf/bpf_helpers.h>
static long (*bpf_ringbuf_output)(void *ringbuf, void *data, __u64 size, __u64 flags) = (void *) 130;
struct { __uint(type, 27); __uint(max_entries, 4096); } N_map_N SEC(".maps");
enum N_kind_N { N_One_N = 1, N_Two_N };
struct N_record_N { enum N_kind_N N_tag_N; __u32 N_count_N; char N_bytes_N[16]; };
struct N_other_N { enum N_kind_N N_tag_N; int N_count_N; };
int N_variable_N SEC(".data.N_variable_N");
SEC("tp/N_fn_N") int N_fn_N(void *ctx) {
  struct N_record_N a = { .N_tag_N = N_One_N };
  bpf_ringbuf_output(&N_map_N, &a, 8 + a.N_count_N, 0);
  struct N_other_N b = { .N_tag_N = N_Two_N };
  bpf_ringbuf_output(&N_map_N, &b, sizeof(b), 0);
  return 0;
}
`;
const changed = source.replace("int N_count_N; }", "long N_count_N; }").replace("= 1, N_Two_N", "= 1, N_Two_N = 3");

const renamed = (text: string, names: ReadonlyMap<string, string>): string =>
  text.replace(/N_([a-zA-Z]+)_N/g, (_, position: string) => names.get(position)!);

async function rbgen(args: string, files: Readonly<Record<string, string>>, config?: unknown) {
  const configs = { "/w/rbgen.config.ts": config };
  const withConfig = config === undefined ? files : { ...files, "/w/rbgen.config.ts": "" };
  const host = new MemoryHost({ files: withConfig, configs });
  const code = await runCommand(args === "" ? [] : args.split(" "), host);
  return Object.assign(host, { code });
}

const filesOf = (names: ReadonlyMap<string, string>) => ({
  "/w/a.bpf.c": renamed(source, names),
  "/w/b.bpf.c": renamed(changed, names),
});

test.each(["layout a.bpf.c --json --leaves", "list a.bpf.c --json", "list a.bpf.c", "diff a.bpf.c b.bpf.c --json"])(
  "names that every object has are names like others: rbgen %s",
  async (args) => {
    const identity = new Map(spaces.flat().map((position) => [position, `N_${position}_N`]));
    const plain = await rbgen(args, filesOf(identity));
    expect(plain.out).toContain("N_record_N");
    await fc.assert(
      fc.asyncProperty(arbitraryNames, async (names) => {
        const run = await rbgen(args, filesOf(names));
        const words = (text: string): string => text.replace(/ +/g, " ");
        expect([run.code, words(run.out)]).toEqual([plain.code, words(renamed(plain.out, names))]);
      }),
      { numRuns: 15 },
    );
  },
);

test("the configuration that annotate writes says the same of them as the program's code", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryNames, async (names) => {
      const files = filesOf(names);
      const { out } = await rbgen("annotate a.bpf.c", files);
      const config: unknown = new Function(
        out.replace(/^import.*$/m, "").replace("export default defineConfig(", "return ("),
      )();
      const plain = await rbgen("a.bpf.c -o a.ts", files);
      const fixed = await rbgen("", files, config);
      expect([plain.code, fixed.code]).toEqual([0, 0]);
      expect(fixed.text("/w/a.gen.ts")).toBe(plain.text("/w/a.ts"));
    }),
    { numRuns: 6 },
  );
});
