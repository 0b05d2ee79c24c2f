import { readFileSync, statSync } from "node:fs";
import { describeWith } from "@rbgen/testkit";
import { assertions } from "@rbgen/testkit/c/assertions";
import { compile, systemFolders } from "@rbgen/testkit/c/clang";
import { expect, test } from "vitest";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { TypeModule } from "../../module.ts";
import { readHeader } from "../front-end.ts";
import { newerHelpers } from "./newer-helpers.ts";

const includes = "#include <linux/types.h>\n#include <bpf/bpf_helpers.h>\n";
const source = `
struct node { __u32 a; };
typedef struct node __arena * __arg_arena node_t;
struct held { struct node __kptr *owned; struct node __uptr *user; node_t next; char rest[sizeof(node_t)]; };
extern int look(struct node *n __arg_trusted, void *ctx __arg_ctx) __ksym __weak;
struct { __uint(type, 27); __uint(max_entries, 4096); __ulong(map_extra, 1ULL << 44); } map SEC(".maps");
__hidden int sub(struct node *n __arg_nonnull)
{
	int i, sum = 0;

	bpf_for(i, 0, 10)
		sum += i;
	bpf_repeat(3)
		sum++;
	return bpf_ksym_exists(look) ? sum : n->a;
}
`;

function read(text: string): { module: TypeModule; said: readonly Diagnostic[] } {
  const said: Diagnostic[] = [];
  const module = readHeader(
    { name: "case.h", text },
    "case.h",
    {
      read: (path) =>
        statSync(path, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(path, "utf8") : undefined,
    },
    {
      ...{ endian: "little", includePaths: [], systemPaths: systemFolders },
      ...{ forcedIncludes: [], defines: [], undefines: [] },
    },
    (diagnostic) => said.push(diagnostic),
  );
  return { module, said };
}

describeWith(["clang", "libbpf"], "bpf_helpers.h of newer versions of libbpf", () => {
  test("clang takes what follows the system's header, and types are its own", async () => {
    const { module, said } = read(`${includes}${source}`);
    expect(said).toEqual([]);
    const claims = assertions([...module.types()], module.constants);
    const { messages } = await compile(`${includes}${newerHelpers}${source}\n${claims}\n`, "little", ["-fsyntax-only"]);
    expect(messages).toBe("");
  });
});
