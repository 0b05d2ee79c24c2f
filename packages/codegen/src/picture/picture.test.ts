import { bits, bytes, type Struct } from "@rbgen/btf";
import { expect, test } from "vitest";
import { MemoryHost } from "../cli/host/memory-host.ts";
import { runCommand } from "../cli/program.ts";
import { pictureOf, svgOf, svgText } from "./picture.ts";

async function svg(header: string, args = ""): Promise<MemoryHost & { code: number }> {
  const host = new MemoryHost({ files: { "/w/a.h": header } });
  const code = await runCommand(`layout a.h --svg ${args}`.trim().split(" "), host);
  return Object.assign(host, { code });
}

const tagged = `
enum kind { EXEC = 1, EXIT = 2 };
struct event {
	enum kind kind;
	unsigned char flag;
	unsigned long long stamp;
	unsigned int uid : 24, root : 1;
	union {
		struct { unsigned int ppid; } exec __attribute__((btf_decl_tag("rbgen:variant=EXEC")));
		unsigned long long exit[2] __attribute__((btf_decl_tag("rbgen:variant=EXIT")));
	} of __attribute__((btf_decl_tag("rbgen:tag=kind")));
	unsigned short length;
	char path[];
};`;

/** Attributes of every block of that path, in the order they are drawn. */
function blocks(text: string, path: string): readonly (readonly [kind: string, from: number, to: number])[] {
  return [...text.matchAll(/data-path="([^"]*)" data-kind="([^"]*)" data-from="(\d+)" data-to="(\d+)"/g)]
    .filter((match) => match[1] === path)
    .map((match) => [match[2]!, Number(match[3]), Number(match[4])]);
}

test("every member is drawn where it lies, and what no member has is a hole or padding", async () => {
  const { out, code } = await svg(tagged);
  expect(code).toBe(0);
  expect(blocks(out, "kind")).toEqual([["enum", 0, 32]]);
  expect(blocks(out, "stamp")).toEqual([["number", 64, 128]]);
  expect(blocks(out, "")).toContainEqual(["hole", 40, 64]);
  // Once in its bytes, and once in its storage unit.
  expect(blocks(out, "root")).toEqual([
    ["bit-field", 152, 153],
    ["bit-field", 152, 153],
  ]);
  expect(out).toContain("bits of the 4 bytes at 16, bit 0 first");
  expect(blocks(out, "path")).toEqual([["flexible", 336, 336]]);
});

test("arms of a union lie above each other, and the tag that means each is named", async () => {
  const { out } = await svg(tagged);
  const top = (path: string) => Number(new RegExp(`data-path="${path}".*?<rect [^>]* y="([\\d.]+)"`).exec(out)?.[1]);
  expect(top("of.exit")).toBeGreaterThan(top("of.exec.ppid"));
  expect(out).toContain("kind tells the arms of of: EXEC → exec, EXIT → exit");
  expect(out).toContain("ppid ← EXEC");
});

test("an order of members that is smaller is told, and none where there is none", async () => {
  const { out } = await svg("struct a { char x; long y; char z; };");
  expect(out).toContain("In this order it has 16 bytes, 8 bytes less: y, x, z");
  expect((await svg("struct a { long y; char x; char z; };")).out).not.toContain("In this order");
  expect((await svg("struct a { char x; long y; char z; } __attribute__((packed));")).out).not.toContain(
    "In this order",
  );
});

test("rows that one array fills are drawn once, so that a picture stays small", async () => {
  const { out } = await svg("struct a { int n; char data[1 << 20]; int m; };");
  expect(out).toContain("data goes on for 1048560 bytes, not drawn");
  expect(out.length).toBeLessThan(10_000);
});

test("names of a hostile input are text in the picture", () => {
  const name = '<script>alert("&")</script>\u0000\uffff\u202e';
  const int = { kind: "int", name: "<int>", size: bytes(4), signed: true, char: false, bool: false } as const;
  const type: Struct = {
    kind: "struct",
    name,
    size: bytes(4),
    members: [{ name, type: int, bitOffset: bits(0) }],
  };
  const text = svgText([pictureOf(name, type, "little")]);
  expect(text).not.toMatch(/<script|alert\("|[\0\uffff\u202e]/);
  expect(text).toContain("&lt;script&gt;alert(&quot;&amp;&quot;)");
  // Elements keep the text as it is: whoever makes nodes of them escapes nothing.
  expect(JSON.stringify(svgOf([pictureOf(name, type, "little")], false))).toContain("<script>");
});

test("a type of more members than a picture can show is an error that says so", async () => {
  const doubling = Array.from({ length: 16 }, (_, at) => `struct s${at + 1} { struct s${at} a, b; };`).join("\n");
  const { err, code, out } = await svg(`struct s0 { char c; };\n${doubling}`, "-t s16");
  expect([code, out]).toEqual([1, ""]);
  expect(err).toContain("more than 20000 members");
});

test("an input without a struct or union is an error, and --svg with --json is refused", async () => {
  const none = await svg("enum a { A };");
  expect([none.code, none.out]).toEqual([1, ""]);
  expect(none.err).toContain("no struct and no union to draw");
  expect((await svg("struct a { int x; };", "--json")).code).toBe(2);
});

test("what all arms of a union fill alike is drawn once, and what has too many rows is refused", async () => {
  const wide = await svg("union wide { char one[1000000000]; char other[1000000000]; };");
  expect([wide.code, wide.err]).toEqual([0, ""]);
  expect(wide.out).toContain("one goes on for");
  expect(wide.out.length).toBeLessThan(100_000);
  const members = Array.from({ length: 3000 }, (_, index) => `struct pair m${index};`).join(" ");
  const long = await svg(`struct pair { int a, b; char c[32]; }; struct long_one { ${members} };`, "--type long_one");
  expect(long.code).toBe(1);
  expect(long.err).toMatch(/RB3006.*4096 rows/);
});

test("labels of offsets that are long have room beside the bytes, in every picture of a drawing", async () => {
  const { out } = await svg("struct large { char a[4000000000]; int b; long c; }; struct small { int x; };");
  const left = Math.min(...[...out.matchAll(/<rect [^>]* x="([\d.]+)"/g)].map((match) => Number(match[1])));
  const labels = [...out.matchAll(/<text class="faint" x="12"[^>]*>(line \d+|\d+)</g)].map((match) => match[1]!);
  expect(labels).toContain("4000000000");
  expect(labels).toContain("line 62500000");
  for (const label of labels) expect(12 + label.length * 7.3).toBeLessThanOrEqual(left);
  const width = Number(/^<svg [^>]* width="(\d+)"/.exec(out)?.[1]);
  expect(left + 16 * 44).toBeLessThan(width);
  expect((await svg("struct small { int x; };")).out).toMatch(/^<svg [^>]*width="792"/);
});
