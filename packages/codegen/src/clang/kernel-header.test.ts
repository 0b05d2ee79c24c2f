import { encodeBtf, parseBtf } from "@rbgen/btf";
import { expect, test } from "vitest";
import { readHeader } from "../c/front-end.ts";
import { kernelHeader } from "./kernel-header.ts";

const options = { includePaths: [], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] };

function read(text: string) {
  const said: string[] = [];
  const module = readHeader(
    { name: "t.h", text },
    "t.h",
    { read: () => undefined },
    { endian: "little", ...options },
    ({ message }) => said.push(message),
  );
  return { module, said };
}

test("a kernel's BTF becomes a header with all that has a name, each enumerator once", () => {
  const { module } = read(`
    enum named { A = 1, B };
    struct s { enum { INNER = 5 } e; struct s *next; enum named n; };
    typedef struct { int x; } t;
    union u { struct s s; t t; };
    struct holder { enum { FREE = -7, ALSO = 9 } *only_pointed_at; };
  `);
  const types = [...module.types()];
  const holder = types.find(({ name }) => name === "holder");
  const pointer = holder?.kind === "struct" ? holder.members[0]?.type : undefined;
  const free = pointer?.kind === "ptr" ? [pointer.target] : [];
  const kept = types.filter((type) => type !== holder);
  const text = kernelHeader(parseBtf(encodeBtf([...kept, ...free], { endian: "little" })));
  const { module: again, said } = read(
    `${text}\n#ifdef __VMLINUX_H__\nstruct last { char c[B], d[INNER], f[-FREE], g[ALSO]; };\n#endif`,
  );
  expect(said).toEqual([]);
  expect([...again.types()].map(({ name }) => name)).toEqual(["named", "s", "t", "u", "last"]);
  expect(again.find("last")[0]).toMatchObject({ size: 2 + 5 + 7 + 9 });
  expect(text.match(/INNER/g)).toHaveLength(1);
});
