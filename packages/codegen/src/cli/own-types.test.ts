import { bits, bytes, encodeBtf, type Int } from "@rbgen/btf";
import { expect, test } from "vitest";
import { MemoryHost } from "./host/memory-host.ts";
import { runCommand } from "./program.ts";

const int: Int = { kind: "int", name: "int", size: bytes(4), signed: true, char: false, bool: false };
const named = (name: string, member: string) =>
  ({ kind: "struct", name, size: bytes(4), members: [{ name: member, type: int, bitOffset: bits(0) }] }) as const;

/** A kernel that has a type of each of these names. */
const kernel = encodeBtf([named("event", "of_the_kernel"), named("other", "of_the_kernel")], { endian: "little" });

test.each([
  ["a struct", "struct event { int own; };", "event"],
  ["a struct, by its tag", "struct event { int own; };", "struct event"],
  ["a typedef", "typedef struct { int own; } event;", "event"],
  ["a union", "union event { int own; };", "event"],
  ["what a glob means", "struct event { int own; };", "eve*"],
])("--type takes %s that the input defines, and not the kernel's of that name", async (_, text, name) => {
  const files = { "/w/a.h": `#include "vmlinux.h"\n${text}\nstruct user { struct other o; };\n`, "/w/vmlinux": kernel };
  const host = new MemoryHost({ files });
  expect(await runCommand(["a.h", "--vmlinux", "vmlinux", "--type", name, "-o", "-"], host)).toBe(0);
  expect(host.out).toContain("readonly own: number");
  expect(host.out).not.toContain("ofTheKernel");
  // What only the kernel has is found there.
  const other = new MemoryHost({ files });
  expect(await runCommand(["a.h", "--vmlinux", "vmlinux", "--type", "other", "-o", "-"], other)).toBe(0);
  expect(other.out).toContain("ofTheKernel");
});
