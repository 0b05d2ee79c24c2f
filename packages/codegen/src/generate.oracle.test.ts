import { expect, test } from "vitest";
import type { Diagnostic } from "./diagnostics/diagnostic.ts";
import { typeCheck } from "./emit/testing/type-check.ts";
import * as t from "./emit/testing/types.ts";
import { generate } from "./generate.ts";

const options = { types: [], all: false, maps: {}, int64: "bigint", case: "camel", version: "0.1.0" } as const;

test("a header of structs, arrays, strings, bit-fields, unions and enums becomes one file that compiles", async () => {
  const state = t.enumeration("tcp_state", { TCP_ESTABLISHED: 1n, TCP_SYN_SENT: 2n });
  const key = t.struct("flow_key", 12, [
    t.member("saddr", t.typedef("__be32", t.u32), 0),
    t.member("dport", t.typedef("__be16", t.u16), 4),
    t.member("ifindex", t.s32, 8),
  ]);
  const event = t.struct("tcp_event", 64, [
    t.member("ts_ns", t.typedef("__u64", t.u64), 0),
    t.member("pid", t.u32, 8),
    t.member("state", state, 12),
    t.member("comm", t.array(t.char, 16), 16),
    t.member("key", key, 32),
    t.bitField("retrans", t.u32, 352, 4),
    t.bitField("delta", t.s32, 356, 12),
    t.member("len", t.u16, 46),
    t.member("", t.union("", 8, [t.member("v4", t.u32, 0), t.member("v6", t.array(t.u16, 4), 0)]), 48),
    t.member("ok", t.bool, 56),
    t.member("data", t.array(t.u8, 0), 57),
  ]);
  const diagnostics: Diagnostic[] = [];
  const file = await generate(t.moduleOf([state, key, event]), options, (d) => diagnostics.push(d));
  expect(diagnostics.map((d) => d.code)).toEqual(["RB4005"]);
  expect(file?.records).toEqual(["tcp_event"]);
  expect(typeCheck({ "event.gen.ts": file!.text })).toEqual({ oldest: [], own: [] });
});
