import { expect, test } from "vitest";
import { example } from "./example.ts";
import { linksOf } from "./links.ts";
import { readSource } from "./read-source.ts";

test("each member of the example has its line of C, its bytes, and its lines of generated code", async () => {
  const { pictures, generated, diagnostics } = await readSource("types.h", example);
  expect(diagnostics).toEqual([]);
  const text = generated?.text ?? "";
  const lines = text.split("\n");
  const links = linksOf(pictures, "types.h", text);
  for (const [path, property] of [
    ["header", "header"],
    ["header.ts_ns", "tsNs"],
    ["cgroup", "cgroup"],
    ["is_root", "isRoot"],
    ["path", "path"],
  ]) {
    const link = links.find((one) => one.type === "struct event" && one.path === path);
    expect(link?.sourceLine, path).toBeGreaterThan(0);
    expect(link?.generatedLines.length, path).toBeGreaterThan(0);
    for (const line of link?.generatedLines ?? []) expect(lines[line - 1]).toContain(property);
  }
  expect(links.find(({ path }) => path === "is_root")).toMatchObject({ from: 408, to: 409 });
});

/** The same example, and members that C names only through what holds them. */
const anonymous = `#include <linux/types.h>
#include <rbgen.h>
enum kind { A = 1, B = 2 };
struct event {
	enum kind kind RB_TAG_MEMBER;
	__u32 code;
	union {
		struct {
			__u32 pid;
		} RB_VARIANT(A);
		struct {
			__u64 address;
		} RB_VARIANT(B);
	};
	struct {
		__u32 code;
	} named;
};
`;

test("an anonymous member has its line of C, its bytes, and the generated lines of what lies in it", async () => {
  const { pictures, generated } = await readSource("types.h", anonymous);
  const text = generated?.text ?? "";
  const lines = text.split("\n");
  const links = linksOf(pictures, "types.h", text).filter(({ type }) => type === "struct event");
  const at = (line: number) => links.find(({ sourceLine }) => sourceLine === line);
  const about = (line: number) => at(line)?.generatedLines.map((one) => lines[one - 1]);
  expect(at(7)).toMatchObject({ path: "", kind: "union", from: 64, to: 128 });
  expect(about(7)).toEqual([...(about(9) ?? []), ...(about(12) ?? [])]);
  expect(at(8)).toMatchObject({ path: "", kind: "struct", from: 64, to: 96 });
  expect(about(8)).toEqual(about(9));
  expect(about(9)?.[0]).toContain("`__u32 pid` at byte 8");
  expect(at(11)).toMatchObject({ path: "", kind: "struct", from: 64, to: 128 });
  expect(about(6)?.[0]).toContain("`__u32 code` at byte 4");
  expect(about(16)?.[0]).toContain("`__u32 code` at byte 0");
});

test("a member of a struct without a name has the generated lines of the type that is called by its place", async () => {
  const { pictures, generated } = await readSource("types.h", example);
  const links = linksOf(pictures, "types.h", generated?.text ?? "");
  const lines = (generated?.text ?? "").split("\n");
  const of = (path: string) =>
    links.find((one) => one.path === path)?.generatedLines.map((line) => lines[line - 1]?.trim());
  expect(of("what.exec.ppid")).toEqual([
    "/** `__u32 ppid` at byte 0. */ readonly ppid: number;",
    "ppid: view.getUint32(offset, true),",
  ]);
  expect(of("what")?.[0]).toContain("readonly exec: EventExec");
});
