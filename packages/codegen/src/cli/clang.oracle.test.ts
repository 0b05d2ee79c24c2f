import { describeWith } from "@rbgen/testkit";
import { expect, test } from "vitest";
import type { MemberLayout, TypeLayout } from "../layout/document.ts";
import { realHost } from "./machine.ts";
import { runCommand } from "./program.ts";

async function layout(header: string, frontend: string): Promise<TypeLayout[]> {
  const out: string[] = [];
  const stdout = { isTTY: false, columns: 100, write: (text: string) => void out.push(text) };
  const code = await runCommand(["layout", header, "--json", "--frontend", frontend], { ...realHost(), stdout });
  const document = JSON.parse(out.join("")) as { types: TypeLayout[]; diagnostics: unknown };
  expect(document.diagnostics).toEqual([]);
  expect(code).toBe(0);
  return document.types;
}

/** What BTF can hold of a layout: no alignment, no unnamed bit-fields. */
function inBtf(type: TypeLayout) {
  if (type.kind !== "struct" && type.kind !== "union") return type;
  const { align: _align, packed: _packed, ...rest } = type;
  return { ...rest, members: named(type.members) };
}

function named(members: readonly MemberLayout[]): MemberLayout[] {
  return members
    .filter((member) => member.name !== null || !member.bitfield)
    .map((member) => (member.members === undefined ? member : { ...member, members: named(member.members) }));
}

describeWith(["clang", "libbpf"], "--frontend clang", () => {
  test.each([
    "/usr/include/linux/bpf.h",
    "/usr/include/linux/tcp.h",
    "/usr/include/linux/nl80211.h",
    "/usr/include/linux/if_link.h",
  ])("lists the same types with the same layouts as the built-in front-end: %s", async (header) => {
    const own = await layout(header, "builtin");
    const clang = await layout(header, "clang");
    expect(own.length).toBeGreaterThan(5);
    expect(clang.map(inBtf)).toEqual(own.map(inBtf));
  });
});
