import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatType, parseBtf, type Struct } from "@rbgen/btf";
import { describeWith } from "@rbgen/testkit";
import { inScratchFolder } from "@rbgen/testkit/compile";
import { expect, test } from "vitest";
import { readHeader } from "../c/front-end.ts";
import { figuresOf } from "./figures.ts";
import { smallerOrder } from "./member-order.ts";

const vmlinux = "/sys/kernel/btf/vmlinux";

/** Structs that every kernel has, and each of which shows something: holes, bit-fields, unions, padding, many cache lines. */
const structs =
  `task_struct mm_struct vm_area_struct file inode dentry super_block address_space page folio sk_buff sock socket
tcp_sock inet_sock net_device net bio request request_queue gendisk module cred pid signal_struct sighand_struct
files_struct fs_struct nsproxy user_struct rq cfs_rq sched_entity hrtimer timer_list work_struct bpf_prog bpf_map
bpf_prog_aux perf_event cgroup`.split(/\s+/);

/** What pahole says of a type, in our terms. */
function paholeFigures(name: string): Record<string, number> {
  const text = execFileSync("pahole", ["-C", name, vmlinux], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  // Of what lies at the outermost level: anonymous types within are summed up by themselves, further in.
  const own = text.slice(text.lastIndexOf("\n\n\t/* size:"));
  const number = (pattern: RegExp): number => Number(pattern.exec(own)?.[1] ?? 0);
  return {
    size: number(/size: (\d+)/),
    cacheLines: number(/cachelines: (\d+)/),
    members: number(/members: (\d+)/),
    holes: number(/[ ,]holes: (\d+), sum holes/),
    holeBytes: number(/sum holes: (\d+)/),
    bitHoles: number(/bit holes: (\d+)/),
    bitHoleBits: number(/sum bit holes: (\d+) bits/),
    padding: number(/\/\* padding: (\d+)/),
    paddingBits: number(/bit_padding: (\d+) bits/),
    lastCacheLine: number(/last cacheline: (\d+) bytes/),
  };
}

describeWith(["pahole", "vmlinux"], "the figures of a picture", () => {
  test("are those that pahole states for forty structs of the kernel", () => {
    const btf = parseBtf(readFileSync(vmlinux));
    const found = structs.flatMap((name) => {
      const types = btf.find(name).filter((type): type is Struct => type.kind === "struct");
      return types.length === 1 ? [{ name, type: types[0]! }] : [];
    });
    expect(found.length).toBeGreaterThanOrEqual(40);
    const ours = found.map(({ name, type }) => {
      const { align: _, ...figures } = figuresOf(type);
      return [name, figures];
    });
    expect(ours).toEqual(found.map(({ name }) => [name, paholeFigures(name)]));
  });
});

const candidates = [
  "struct s { char a; long b; char c; };",
  "struct s { char a; int b : 3; long c; int d : 5; short e; };",
  "struct s { char a; unsigned long long b : 40; unsigned long long d; char e : 2; char c; };",
  "struct t { long x; char y; }; struct s { char a; struct t b; int c; char d[3]; double e; char f; };",
  "union u { int x; long y; }; struct s { char a; void *b; char c; union u d; short e; char data[]; };",
  "struct s { short a; int b; short c; int d; _Bool e : 1; _Bool f; long g; };",
];

describeWith(["gcc"], "the smaller order of members", () => {
  test.each(candidates)("has the size that gcc gives it: %s", (source) => {
    const module = readHeader(
      { name: "a.h", text: source },
      "a.h",
      { read: () => undefined },
      { endian: "little", includePaths: [], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] },
      ({ message }) => expect.unreachable(message),
    );
    const [type] = module.find("s") as [Struct];
    const order = smallerOrder(type);
    expect(order?.saved).toBeGreaterThan(0);
    const members = order!.members.map(
      ({ type, name, bitSize }) => `${formatType(type, name)}${bitSize === undefined ? "" : ` : ${bitSize}`};`,
    );
    const reordered = `${source.replace(/struct s .*/, "")} struct s { ${members.join(" ")} };`;
    inScratchFolder((folder) => {
      writeFileSync(join(folder, "a.c"), `${reordered}\n_Static_assert(sizeof(struct s) == ${order!.size}, "size");\n`);
      execFileSync("gcc", ["-fsyntax-only", join(folder, "a.c")]);
    });
  });
});
