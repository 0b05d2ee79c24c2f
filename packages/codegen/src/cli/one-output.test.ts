import { bits, bytes, encodeBtf, type Int, type Struct } from "@rbgen/btf";
import { describe, expect, test } from "vitest";
import { MemoryHost } from "./host/memory-host.ts";
import { runCommand } from "./program.ts";

const int: Int = { kind: "int", name: "int", size: bytes(4), signed: true, char: false, bool: false };
const event: Struct = { kind: "struct", name: "event", size: bytes(4), members: [] };
const types = encodeBtf([{ ...event, members: [{ name: "x", type: int, bitOffset: bits(0) }] }], {
  endian: "little",
});

/** Inputs that all make `x.gen.ts`. */
const files = {
  "/w/x.h": "struct event { int x; };\n",
  "/w/x.bpf.c": "struct event { int x; };\n",
  "/w/x.bpf.o": types,
};
const names = ["x.h", "x.bpf.c", "x.bpf.o"];
const pairs = names.flatMap((first) =>
  names.filter((name) => name !== first).map((second) => [first, second] as const),
);

describe.each(pairs)("the output of %s", (first, second) => {
  test(`is left alone by a later run for ${second}, which says whose it is`, async () => {
    const host = new MemoryHost({ files });
    expect(await runCommand([first, "--all"], host)).toBe(0);
    const before = host.text("/w/x.gen.ts");
    expect(before).toContain(`from ${first}. Do not edit.`);
    expect(await runCommand([second, "--all"], host)).toBe(1);
    expect(host.err).toContain(`error RB5006: its output x.gen.ts is there already, generated from ${first}`);
    expect(host.text("/w/x.gen.ts")).toBe(before);
    // Its own run goes on, and --force makes it the other's.
    expect(await runCommand([first, "--all"], host)).toBe(0);
    expect(await runCommand([second, "--all", "--force"], host)).toBe(0);
    expect(host.text("/w/x.gen.ts")).toContain(`from ${second}. Do not edit.`);
  });

  test(`is not made together with that of ${second}, in one run`, async () => {
    const host = new MemoryHost({ files });
    expect(await runCommand([first, second, "--all"], host)).toBe(1);
    expect(host.err).toContain(`${second}: error RB5006: its output x.gen.ts is that of ${first} too`);
    expect(host.text("/w/x.gen.ts") ?? "").not.toContain(`from ${second}`);
  });
});
