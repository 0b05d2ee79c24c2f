import type { TypeModule } from "../../module.ts";
import * as t from "./types.ts";

// Structs with tags that others hold: twice, deeper, in arrays, and as variants of a ring.

const tag = (text: string): { tags: string[] } => ({ tags: [`rbgen:${text}`] });

// struct addr { u16 family; union { u32 v4; u8 v6[16]; } told by family; }, twice in struct conn
const addr = t.struct("addr", 20, [
  t.member("family", t.u16, 0),
  t.member(
    "",
    t.union("", 16, [
      t.member("v4", t.u32, 0, tag("variant=2")),
      t.member("v6", t.array(t.u8, 16), 0, tag("variant=10")),
    ]),
    4,
    tag("tag=family"),
  ),
]);
const conn = t.struct("conn", 48, [t.member("ts", t.u64, 0), t.member("src", addr, 8), t.member("dst", addr, 28)]);
const inArrays = t.struct("many", 44, [t.member("n", t.u32, 0), t.member("list", t.array(addr, 2), 4)]);
const deeper = t.struct("deeper", 56, [t.member("pid", t.u32, 0), t.member("conn", conn, 8)]);
const variant = (name: string, value: number) =>
  t.struct(name, 8, [t.member("type", t.u32, 0), t.member("x", t.u32, 4)], {
    tags: ["rbgen:record=ring", "rbgen:tag=type", `rbgen:variant=${value}`],
  });
const [first, second] = [variant("first", 1), variant("second", 2)];
const holder = t.struct("holder", 16, [t.member("a", first, 0), t.member("b", second, 8)]);
// struct body { u32 type, pad; union { u64 num; struct { u16 n; u8 d[] counted by n } text } told by type }
const counted = t.struct("counted", 2, [t.member("n", t.u16, 0), t.member("d", t.array(t.u8, 0), 2, tag("length=n"))]);
const body = t.struct("body", 16, [
  t.member("type", t.u32, 0),
  t.member(
    "",
    t.union("", 8, [t.member("num", t.u64, 0, tag("variant=0")), t.member("text", counted, 0, tag("variant=1"))]),
    8,
    tag("tag=type"),
  ),
]);
const out = t.struct("out", 24, [t.member("id", t.u32, 0), t.member("body", body, 8)]);
// struct arg { u8 type, len; union { u64 num; char text[8] as long as len } told by type }
const arg = t.struct("arg", 16, [
  t.member("type", t.u8, 0),
  t.member("len", t.u8, 1),
  t.member(
    "",
    t.union("", 8, [
      t.member("num", t.u64, 0, tag("variant=0")),
      t.member("text", t.array(t.char, 8), 0, tag("variant=1;length=len")),
    ]),
    8,
    tag("tag=type"),
  ),
]);
const call = t.struct("call", 24, [t.member("nr", t.u32, 0), t.member("arg", arg, 8)]);
const all = [addr, conn, inArrays, deeper, first, second, holder, counted, body, out, arg, call];

export const contained: TypeModule = t.moduleOf(all);
