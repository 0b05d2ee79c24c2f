import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeWith } from "@rbgen/testkit";
import { btfSources } from "@rbgen/testkit/btf/objects";
import { type PaholeType, paholeTypes } from "@rbgen/testkit/btf/pahole";
import { compileBpf, inScratchFolder } from "@rbgen/testkit/compile";
import { expect, test } from "vitest";
import { type Btf, holesOf, type Member, paddingOf, parseBtf, type Struct, sizeOf, type Union } from "../index.ts";

/** The storage unit of a bit-field, in bytes. */
function unitOf(member: Member): { readonly start: number; readonly end: number } {
  const size = sizeOf(member.type);
  const start = Math.floor(member.bitOffset / 8 / size) * size;
  return { start, end: start + size };
}

/**
 * Whole bytes between two bits. What is unused in a storage unit of the bit-fields right before or after, pahole counts
 * as bits of them, not as a hole.
 */
function wholeBytes(type: Struct | Union, from: number, to: number): number {
  let start = Math.ceil(from / 8);
  let end = Math.floor(to / 8);
  const before = type.members.filter((member) => member.bitOffset < from);
  for (const member of before.reverse()) {
    if (member.bitSize === undefined) break;
    start = Math.max(start, unitOf(member).end);
  }
  for (const member of type.members.filter((other) => other.bitOffset >= to)) {
    if (member.bitSize === undefined) break;
    end = Math.min(end, unitOf(member).start);
  }
  return Math.max(0, end - start);
}

/** Our answer in pahole's terms: holes and padding in whole bytes. */
function asPahole(type: Struct | Union): PaholeType {
  const size = type.size * 8;
  const holes = holesOf(type).map(({ bitOffset, bitSize }) => wholeBytes(type, bitOffset, bitOffset + bitSize));
  return {
    kind: type.kind,
    name: type.name,
    size: type.size,
    holes: holes.filter((hole) => hole > 0),
    padding: type.kind === "union" ? 0 : wholeBytes(type, size - paddingOf(type), size),
  };
}

function differences(btf: Btf, theirs: readonly PaholeType[]): { compared: number; different: unknown[] } {
  const different: unknown[] = [];
  let compared = 0;
  for (const type of theirs) {
    const ours = btf.find(type.name).filter((other) => other.kind === type.kind) as (Struct | Union)[];
    // Of types that share a name pahole shows one.
    if (ours.length !== 1) continue;
    compared += 1;
    const mine = asPahole(ours[0]!);
    if (JSON.stringify(mine) !== JSON.stringify(type)) different.push({ mine, type });
  }
  return { compared, different };
}

describeWith(["pahole", "vmlinux"], "the kernel's structs", () => {
  test("have the sizes, holes and padding that pahole finds", () => {
    const vmlinux = "/sys/kernel/btf/vmlinux";
    const { compared, different } = differences(parseBtf(readFileSync(vmlinux)), paholeTypes(vmlinux));
    expect(compared).toBeGreaterThan(8_000);
    expect(different).toEqual([]);
  });
});

describeWith(["pahole", "clang", "gcc"], "structs of clang's objects", () => {
  test.each(Object.keys(btfSources))("%s: sizes, holes and padding are those that pahole finds", (name) => {
    const object = compileBpf(btfSources[name]!);
    inScratchFolder((folder) => {
      const path = join(folder, "object.o");
      writeFileSync(path, object);
      expect(differences(parseBtf(object), paholeTypes(path)).different).toEqual([]);
    });
  });
});
