import type { Type } from "@rbgen/btf";
import { expect, test } from "vitest";
import { contextForm, readForm } from "./context-form.ts";

const u32 = { kind: "int", name: "__u32", size: 4, signed: false, char: false, bool: false } as unknown as Type;
const char = { kind: "int", name: "char", size: 1, signed: true, char: true, bool: false } as unknown as Type;
const text = { kind: "array", element: char, index: u32, count: 16 } as unknown as Type;
const kind = {
  kind: "enum",
  name: "kind",
  size: 4,
  signed: false,
  values: [{ name: "EXEC", value: 1n }],
} as unknown as Type;
const inner = { kind: "struct", name: "", size: 4, members: [{ name: "deep", type: u32, bitOffset: 0 }] };
const type = {
  kind: "struct",
  name: "args",
  size: 32,
  members: [
    { name: "pid", type: u32, bitOffset: 0 },
    { name: "flag", type: u32, bitOffset: 32, bitSize: 3 },
    { name: "kind", type: kind, bitOffset: 64 },
    { name: "", type: inner, bitOffset: 96 },
    { name: "comm", type: text, bitOffset: 128 },
    { name: "__data_loc_file", type: u32, bitOffset: 256 },
  ],
} as never;
const formOf = (section: string, context: object | undefined) => contextForm({ section, context: context as never });

test("members of a struct are fields as C declares them, and what is typed is read by their types", () => {
  const form = formOf("syscall", { kind: "bytes", type, params: undefined });
  expect(form.fields.map(({ declaration }) => declaration)).toEqual([
    "__u32 pid",
    "__u32 flag:3",
    "enum kind kind",
    "__u32 deep",
    "char comm[16]",
    "char file[]",
  ]);
  expect(readForm(form, {}, "")).toEqual({});
  const typed = { pid: "0x7", flag: " 3 ", kind: "EXEC", deep: "-1", comm: "sh", file: "/bin/sh" };
  expect(readForm(form, typed, "")).toEqual({
    context: { pid: 7n, flag: 3n, kind: 1n, deep: -1n, comm: "sh", file: "/bin/sh" },
  });
  expect(() => readForm(form, { pid: "seven" }, "")).toThrow("__u32 pid: “seven” is no integer");
});

test("arguments go by their place, and a program that looks at more than was typed finds zeros", () => {
  const raw = formOf("raw_tp/sys_enter", { kind: "arguments", type: undefined, params: undefined });
  expect(readForm(raw, { 1: "5" }, "")).toEqual({ context: [0, 5n, ...new Array(10).fill(0)] });
  const exit = formOf("fexit/f", { kind: "arguments", type: undefined, params: [{ name: "a", type: u32 }] });
  expect(exit.fields.map(({ declaration }) => declaration)).toEqual(["__u32 a", "what it returned"]);
  expect(readForm(exit, { ret: "-2" }, "")).toEqual({ context: { args: [0], ret: -2n } });
  const probe = formOf("kprobe/f", { kind: "registers", type: undefined, params: undefined });
  expect(readForm(probe, { 0: "1" }, "")).toEqual({ context: { args: [1n, 0, 0, 0, 0, 0] } });
  expect(readForm(probe, {}, "")).toEqual({});
});

test("a program of packets is given one in hex", () => {
  const form = formOf("xdp", { kind: "xdp", type: undefined, params: undefined });
  expect(form.packet).toBe(true);
  expect(readForm(form, {}, "01 02")).toEqual({ data: Uint8Array.of(1, 2) });
  expect(() => readForm(form, {}, "0g")).toThrow("packet: “g” is no hex digit");
});
