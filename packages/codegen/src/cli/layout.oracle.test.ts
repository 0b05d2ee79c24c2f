import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWith } from "@rbgen/testkit";
import { type BpftoolType, bpftoolDump } from "@rbgen/testkit/btf/bpftool";
import { compileBpf } from "@rbgen/testkit/compile";
import { expect, test } from "vitest";
import type { CompositeLayout, EnumLayout, MemberLayout, TypeLayout } from "../layout/document.ts";
import { realHost } from "./host/machine.ts";
import { runCommand } from "./program.ts";

/** Runs `rbgen layout` in this process on the real machine. */
async function layout(...args: readonly string[]): Promise<string> {
  const out: string[] = [];
  const err: string[] = [];
  const stream = (to: string[]) => ({ isTTY: false, columns: 100, write: (text: string) => void to.push(text) });
  const code = await runCommand(["layout", ...args], { ...realHost(), stdout: stream(out), stderr: stream(err) });
  expect(err.join("")).toBe("");
  expect(code).toBe(0);
  return out.join("");
}

/** Named structs, unions and enums of a dump as the document should list them. */
function expected(dump: readonly BpftoolType[]) {
  const byId = new Map(dump.map((type) => [type.id, type]));
  const listed: { name: string; type: BpftoolType }[] = [];
  const hidden = new Set<unknown>();
  for (const type of dump) {
    if (isLaid(type) && type.name !== "(anon)") listed.push({ name: String(type.name), type });
    if (type.kind !== "TYPEDEF") continue;
    const target = byId.get(Number(type["type_id"]));
    if (target !== undefined && isLaid(target) && target.name === "(anon)" && !hidden.has(target)) {
      hidden.add(target);
      listed.push({ name: String(type.name), type: target });
    }
  }
  return listed;
}

function isLaid(type: BpftoolType): boolean {
  return ["STRUCT", "UNION", "ENUM", "ENUM64"].includes(String(type.kind));
}

/** What both tell of a type, in one form. Enumerators by their low 64 bits: bpftool extends the sign of some. */
function ours(type: TypeLayout) {
  if (type.kind === "enum") {
    const mask = type.size === 8 ? (1n << 64n) - 1n : (1n << 32n) - 1n;
    const values = (type as EnumLayout).values.map(({ name, value }) => [name, String(BigInt(value) & mask)]);
    return { name: type.name, kind: "enum", size: type.size, values };
  }
  const { members } = type as CompositeLayout;
  return {
    name: type.name,
    kind: type.kind,
    size: type.size,
    members: members.map((member: MemberLayout) => [
      member.name ?? "(anon)",
      member.bitOffset,
      member.bitfield ? member.bitSize : 0,
    ]),
  };
}

function theirs({ name, type }: { name: string; type: BpftoolType }) {
  const size = Number(type["size"]);
  if (String(type.kind).startsWith("ENUM")) {
    const mask = size === 8 ? (1n << 64n) - 1n : (1n << 32n) - 1n;
    const values = (type["values"] as { name: string; val: string }[]) ?? [];
    return {
      name,
      kind: "enum",
      size,
      values: values.map((value) => [value.name, String(BigInt(value.val) & mask)]),
    };
  }
  const members = (type["members"] as { name: string; bits_offset: number; bitfield_size?: number }[]) ?? [];
  return {
    name,
    kind: String(type.kind).toLowerCase(),
    size,
    members: members.map((member) => [member.name, Number(member.bits_offset), Number(member.bitfield_size ?? 0)]),
  };
}

const source = `
typedef unsigned long long u64; typedef unsigned int u32; typedef unsigned char u8;
enum small { A = -1, B = 7 };
struct key { u8 family; u32 addr[4]; } __attribute__((packed));
typedef struct { u64 a : 3; u64 b : 40; int c : 7; } bits_t;
union any { u64 u; double d; struct { u32 lo, hi; }; };
struct event { u64 ts; struct key key; bits_t bits; union any any; enum small small; const char *volatile name; int m[2][3]; u8 tail[]; };
struct event *event_anchor;
`;

describeWith(["bpftool", "vmlinux"], "layout --json of the running kernel", () => {
  test("lists every type with the sizes and offsets that bpftool reads", async () => {
    const path = "/sys/kernel/btf/vmlinux";
    const document = JSON.parse(await layout(path, "--json")) as { types: TypeLayout[] };
    const wanted = expected(bpftoolDump(path));
    expect(wanted.length).toBeGreaterThan(5000);
    expect(document.types.map(ours)).toEqual(wanted.map(theirs));
  });
});

describeWith(["clang", "gcc", "bpftool"], "layout --json of an object", () => {
  test.each(["little", "big"] as const)("in %s-endian is what bpftool reads", async (endian) => {
    const folder = mkdtempSync(join(tmpdir(), "rbgen-layout-"));
    try {
      const path = join(folder, "types.o");
      writeFileSync(path, compileBpf(source, endian));
      const document = JSON.parse(await layout(path, "--json")) as { target: unknown; types: TypeLayout[] };
      expect(document.target).toEqual({ endian, pointerSize: 8 });
      expect(document.types.map(ours)).toEqual(expected(bpftoolDump(path)).map(theirs));
      expect(document.types.map((type) => type.name).sort()).toEqual(["any", "bits_t", "event", "key", "small"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** A line of a picture: offset in bits and size in bytes of a member (a bit-field's without, its unit is a choice), or a hole. */
type Row = readonly [place: number, size: number] | readonly [bit: number] | string;

/** Members, holes and sizes of each struct and union in a picture, by its first line. */
function rowsOf(picture: string): Map<string, Row[][]> {
  const found = new Map<string, Row[][]>();
  let rows: Row[] | undefined;
  let name = "";
  for (const line of picture.split("\n")) {
    const start = /^((?:struct|union) \w+) \{/.exec(line);
    if (start !== null) {
      name = start[1]!;
      rows = [];
    } else if (rows !== undefined && line.startsWith("}")) {
      // Holes around bit-fields are counted in different units.
      const kept = rows.some((row) => row.length === 1) ? rows.filter((row) => !isHole(row)) : rows;
      found.set(name, [...(found.get(name) ?? []), kept]);
      rows = undefined;
    } else if (rows !== undefined) {
      const member = /\/\*\s+(\d+)(?::\s*(\d+))?\s+(\d+) \*\//.exec(line);
      const hole = /XXX (\d+ bytes?) hole/.exec(line);
      const size = /^\t\/\* size: (\d+),/.exec(line);
      if (member?.[2] !== undefined) rows.push([Number(member[1]) * 8 + Number(member[2])]);
      else if (member !== null) rows.push([Number(member[1]) * 8, Number(member[3])]);
      else if (hole !== null) rows.push(`hole ${hole[1]}`);
      else if (size !== null) rows.push(`size ${size[1]}`);
      // It opens what a pointer to a struct without a name points to, as if it were a member.
      if (/^\t+\} \*/.test(line)) rows.push("pointer to an anonymous struct");
    }
  }
  return found;
}

function isHole(row: Row): boolean {
  return typeof row === "string" && row.startsWith("hole");
}

describeWith(["pahole", "vmlinux"], "the picture of the running kernel's types", () => {
  test("has the offsets, sizes and holes that pahole prints", async () => {
    const path = "/sys/kernel/btf/vmlinux";
    const truth = rowsOf(
      execFileSync("pahole", [path], { encoding: "utf8", maxBuffer: 1 << 30, stdio: ["ignore", "pipe", "ignore"] }),
    );
    const drawn = rowsOf(await layout(path));
    let compared = 0;
    const differing: string[] = [];
    for (const [name, [rows]] of truth) {
      if (name.startsWith("union") || rows!.includes("pointer to an anonymous struct")) continue;
      compared += 1;
      const same = (drawn.get(name) ?? []).some((candidate) => JSON.stringify(candidate) === JSON.stringify(rows));
      if (!same) differing.push(name);
    }
    expect(differing).toEqual([]);
    expect(compared).toBeGreaterThan(5000);
  });
});
