import { type Attachable, attachView } from "@rbgen/runtime/codegen/v1";
import { expect, test } from "vitest";
import { load } from "../emit/testing/load.ts";
import * as t from "../emit/testing/types.ts";
import type { MapTag } from "./map-tag.ts";

const header = t.struct("hdr", 8, [t.member("type", t.u32, 0), t.member("at", t.u32, 4)]);
const open = t.struct("open", 12, [t.member("hdr", header, 0), t.member("fd", t.s32, 8)]);
const exit = t.struct("exit", 12, [t.member("hdr", header, 0), t.member("code", t.s32, 8)]);
const fork = t.struct("fork", 16, [t.member("hdr", header, 0), t.member("kind", t.u64, 8)]);
const module = t.moduleOf([open, exit, fork]);

const tag = (values: Readonly<Record<string, string>>): MapTag => ({
  path: "hdr.type",
  values: new Map(Object.entries(values).map(([name, value]) => [name, [value]])),
});
const bytes = (...words: number[]): DataView => new DataView(Uint32Array.of(...words).buffer);

const two = {
  maps: { files: "open,exit", tasks: "exit,open" },
  tags: new Map([
    ["files", tag({ open: "1", exit: "2" })],
    ["tasks", tag({ open: "11", exit: "12" })],
  ]),
};

test("a struct is read by the constants of the map that carries it", async () => {
  const loaded = await load(module, two);
  const [files, tasks] = [loaded.codec("files"), loaded.codec("tasks")];
  expect(files.decode(bytes(1, 0, 5))).toEqual({ kind: "open", hdr: { type: 1, at: 0 }, fd: 5 });
  expect(tasks.decode(bytes(11, 0, 5))).toEqual({ kind: "open", hdr: { type: 11, at: 0 }, fd: 5 });
  expect(tasks.decode(bytes(1, 0, 5))).toMatchObject({ kind: "unknown", tag: 1 });
  expect(files.decode(bytes(12, 0, 5))).toMatchObject({ kind: "unknown", tag: 12 });
});

test("a struct is written with the constants of the map that carries it, and with no other ones", async () => {
  const loaded = await load(module, two);
  for (const [name, own, other] of [
    ["files", 1, 11],
    ["tasks", 11, 1],
  ] as const) {
    const codec = loaded.codec(name);
    const target = bytes(9, 9, 9);
    expect(codec.encode({ kind: "open", fd: 7 }, target)).toBe(12);
    expect(codec.decode(target)).toEqual({ kind: "open", hdr: { type: own, at: 0 }, fd: 7 });
    expect(codec.encode({ kind: "open", hdr: { type: own } }, target)).toBe(12);
    expect(() => codec.encode({ kind: "open", hdr: { type: other } }, target)).toThrow("hdr.type: does not say open");
  }
});

test("a writer of a map sets the constant of that map", async () => {
  const loaded = await load(module, two);
  for (const [name, type] of [
    ["files", 2],
    ["tasks", 12],
  ] as const) {
    const codec = loaded.codec(name);
    const target = bytes(9, 9, 9, 9);
    const writer = codec.createWriter() as Attachable & { exit: { code: number } };
    writer[attachView](new DataView(target.buffer, 4), 0, 12);
    writer.exit.code = 3;
    expect([...new Uint32Array(target.buffer)]).toEqual([9, type, 0, 3]);
  }
});

test("the codec of a struct that maps tell differently takes any tag", async () => {
  const codec = (await load(module, two)).codec("open");
  const target = bytes(9, 9, 9);
  for (const type of [1, 11, 77]) {
    codec.encode({ hdr: { type }, fd: 7 }, target);
    expect(codec.decode(target)).toEqual({ kind: "open", hdr: { type, at: 0 }, fd: 7 });
  }
  codec.encode({ fd: 7 }, target);
  expect(target.getUint32(0, true)).toBe(0);
});

test("the codec of a struct that all maps tell alike says its tag, and takes any other that it decodes", async () => {
  const values = tag({ open: "1", exit: "2" });
  const tags = new Map([
    ["files", values],
    ["tasks", values],
  ]);
  const { codec } = await load(module, { ...two, tags });
  const target = bytes(9, 9, 9);
  codec("open").encode({ fd: 7 }, target);
  expect(target.getUint32(0, true)).toBe(1);
  codec("open").encode({ hdr: { type: 2 } }, target);
  expect(codec("open").decode(target)).toMatchObject({ kind: "open", hdr: { type: 2 } });
  expect(() => codec("files").encode({ kind: "open", hdr: { type: 2 } }, target)).toThrow(
    "hdr.type: does not say open",
  );
});

test("a map that carries nothing but a struct takes what another map would not", async () => {
  const loaded = await load(module, {
    maps: { alone: "open", files: "open,exit" },
    tags: new Map([["files", tag({ open: "1", exit: "2" })]]),
  });
  const target = bytes(9, 9, 9);
  loaded.codec("open").encode({ hdr: { type: 5 } }, target);
  expect(target.getUint32(0, true)).toBe(5);
  expect(() => loaded.codec("files").encode({ kind: "open", hdr: { type: 5 } }, target)).toThrow("does not say open");
});

test("structs of several maps have one property that tells them apart, also where only one of the maps needs another name", async () => {
  const loaded = await load(module, {
    maps: { files: "open,exit", tasks: "exit,fork" },
    tags: new Map([
      ["files", tag({ open: "1", exit: "2" })],
      ["tasks", tag({ exit: "2", fork: "3" })],
    ]),
  });
  const [files, tasks] = [loaded.codec("files"), loaded.codec("tasks")];
  const [opened, exited] = [bytes(1, 0, 5), bytes(2, 0, 6)];
  expect(files.decode(opened)).toMatchObject({ $kind: "open" });
  for (const codec of [files, tasks]) {
    const value = codec.decode(exited) as object;
    expect(value).toMatchObject({ $kind: "exit", code: 6 });
    const target = bytes(9, 9, 9);
    codec.encode(value, target);
    expect(target).toEqual(exited);
  }
});
