import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describeWith } from "@rbgen/testkit";
import { expect, test } from "vitest";
import { readBtfModule } from "../btf/btf-module.ts";
import { load } from "./testing/load.ts";
import { typeCheck } from "./testing/type-check.ts";

const include = fileURLToPath(new URL("../../include", import.meta.url));

const source = `
#include "rbgen.h"
typedef unsigned int u32;
typedef unsigned long long u64;
#define EV_OPEN (1 << 4)
enum kind { EV_EXEC = 3, EV_BIT = 4 };
struct hdr { u64 ts RB_KTIME; u32 type RB_TAG_MEMBER; u32 len; };
struct exec_event {
	struct hdr hdr;
	char comm[16] RB_BYTES;
	unsigned short port RB_ENDIAN(big);
	unsigned char how RB_ENUM(kind), ok RB_BOOL, delta RB_SIGNED, reserved[3] RB_SKIP;
	int id RB_NAME(processId) RB_UNSIGNED;
	u32 saddr RB_IPV4, dev RB_DEV, access RB_FLAGS(kind);
	unsigned char daddr[16] RB_IPV6, mac[6] RB_MAC, uuid[16] RB_UUID;
	int ret RB_ERRNO;
} RB_VARIANT(EV_EXEC, 7);
struct open_event { struct hdr hdr; u32 n; u32 args[8] RB_LENGTH(n); int got; u32 stack[4] RB_LENGTH_BYTES_CLAMPED(got + 4 - 2 * 2); } RB_VARIANT(EV_OPEN);
struct tlv { unsigned char n; char text[] RB_LENGTH(n); } __attribute__((packed));
struct tlv *keep_tlv;
struct fd_item { unsigned char kind, fd; } RB_VARIANT(1) RB_TAG_AT(kind);
struct name_item { unsigned char kind, n; char name[] RB_LENGTH(n); } RB_VARIANT(2);
struct fd_item *keep_fd_item;
struct name_item *keep_name_item;
struct mixed_event { struct hdr hdr; unsigned char n; char items[] RB_LIST(fd_item|name_item, 1) RB_LENGTH_ITEMS(n); } RB_VARIANT(13);
struct list_event { struct hdr hdr; unsigned short count; u32 total; char text[0] RB_LENGTH_TOTAL_FROM(total, total); char items[] RB_AFTER(text) RB_LIST(tlv, 1) RB_LENGTH_ITEMS(count); } RB_VARIANT(10);
#define WORD 4
struct word_event {
	struct hdr hdr;
	unsigned char words, rest;
	unsigned short at, len;
	u32 total[4] RB_LENGTH(words * WORD - rest, bytes);
	char cut[8] RB_LENGTH(hdr.len + 2, total=words, clamp);
} RB_VARIANT(11);
struct pair_event { struct hdr hdr; unsigned short at RB_DATALOC_OF(len, from=data, string), len; char data[]; } RB_VARIANT(default);
struct run_event { struct hdr hdr; unsigned short lens[3]; char a[0] RB_LENGTH(lens[0]); char b[0] RB_AFTER(a) RB_LENGTH(lens[1]); u32 d[0] RB_AFTER(b) RB_PRESENT(hdr.len & EV_OPEN); u32 c[] RB_AFTER_ALIGNED(d, 4) RB_LENGTH(lens[2]); } RB_VARIANT(9);
struct piece_event { struct hdr hdr; unsigned short n, lens[0] RB_LENGTH(n); char args[] RB_AFTER(lens) RB_LENGTHS(lens, clamp); } RB_VARIANT(12);
struct { int (*type)[27]; int (*max_entries)[4096]; } events __attribute__((section(".maps"), used));
RB_LOST_MAP(lost);
RB_RECORD(events, struct exec_event);
RB_RECORD(events, struct open_event);
RB_RECORD(events, struct run_event);
RB_RECORD(events, struct list_event);
RB_RECORD(events, struct word_event);
RB_RECORD(events, struct pair_event);
RB_RECORD(events, struct mixed_event);
RB_RECORD(events, struct piece_event);
enum kind keep_kind;
__attribute__((section("syscall"), used)) int produce(void *ctx) {
	struct exec_event *e = rb_reserve_or_count(&events, sizeof(*e), &lost);
	if (!e) return 0;
	e->hdr.type = EV_EXEC;
	((void (*)(void *, u64))132)(e, 0);
	return 0;
}
char _license[] __attribute__((section("license"), used)) = "GPL";
`;

describeWith(["clang"], "rbgen.h", () => {
  test("annotates an object so that its ring becomes a tagged stream, and compiles for BPF without a warning", async () => {
    const folder = mkdtempSync(join(tmpdir(), "rbgen-header-"));
    try {
      const input = join(folder, "probe.bpf.c");
      const output = join(folder, "probe.bpf.o");
      writeFileSync(input, source);
      const flags = [
        "-target",
        "bpf",
        "-g",
        "-O2",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-Wno-unused-parameter",
        "-I",
        include,
      ];
      execFileSync("clang", [...flags, "-c", input, "-o", output], { stdio: "pipe" });
      const module = readBtfModule(readFileSync(output), { name: "probe.bpf.o", path: output }, (diagnostic) => {
        throw new Error(diagnostic.message);
      });
      if (module === undefined) throw new Error("no module");
      const { text, codec, exports, records } = await load(module);
      expect(records).toEqual([
        ...[
          "exec_event",
          "open_event",
          "run_event",
          "list_event",
          "word_event",
          "pair_event",
          "mixed_event",
          "piece_event",
        ],
        ...["fd_item", "name_item", "tlv"],
      ]);
      expect(exports["maps"]).toMatchObject({ events: { name: "events", type: "ringbuf", codec: exports["events"] } });
      const bytes = new Uint8Array(128);
      const view = new DataView(bytes.buffer);
      const count = codec("events").encode({ kind: "open_event", hdr: { ts: 5n }, args: [1, 2] }, view);
      expect(codec("events").decode(view, 0, count)).toEqual({
        kind: "open_event",
        hdr: { ts: 5n, type: 16, len: 0 },
        n: 2,
        args: [1, 2],
        got: 0,
        stack: [],
        truncated: false,
      });
      const run = { kind: "run_event", a: "x", b: "yz", d: 8, c: [5] };
      expect(codec("events").decode(view, 0, codec("events").encode(run, view))).toMatchObject(run);
      const list = { kind: "list_event", count: 2, total: 6, text: "xy", items: [{ text: "a" }, { text: "" }] };
      expect(codec("events").decode(view, 0, codec("events").encode(list, view))).toMatchObject(list);
      const pieces = { kind: "piece_event", n: 2, lens: [2, 9], args: ["ls", "-l"], truncated: true };
      expect(codec("events").decode(view, 0, codec("events").encode(pieces, view))).toMatchObject(pieces);
      const mixed = {
        kind: "mixed_event",
        n: 2,
        items: [
          { $kind: "name_item", name: "ab" },
          { $kind: "fd_item", fd: 3 },
        ],
      };
      expect(codec("events").decode(view, 0, codec("events").encode(mixed, view))).toMatchObject(mixed);
      const words = {
        words: 8,
        rest: 24,
        hdr: { ts: 0n, type: 11, len: 32 },
        total: [5, 6],
        cut: "ab",
        truncated: true,
      };
      expect(codec("events").decode(view, 0, codec("events").encode({ kind: "word_event", ...words }, view))).toEqual({
        ...{ kind: "word_event", ...words, at: 0, len: 0 },
      });
      const pair = { kind: "pair_event", hdr: { ts: 0n, type: 99, len: 0 }, at: "name" };
      expect(codec("events").decode(view, 0, codec("events").encode(pair, view))).toEqual(pair);
      view.setUint32(8, 7, true);
      expect(codec("events").decode(view)).toMatchObject({ kind: "exec_event", comm: expect.any(Uint8Array) });
      expect(exports["Kind"]).toEqual({ EV_EXEC: 3, EV_BIT: 4 });
      const meant = { port: 443, how: 3, ok: true, delta: -1, processId: 2 ** 31, access: ["EV_BIT"] };
      const written = {
        saddr: "10.0.0.1",
        dev: { major: 8, minor: 1 },
        daddr: "::1",
        mac: "00:1b:21:3c:9d:f8",
        ret: "EPERM",
      };
      const length = codec("events").encode({ kind: "exec_event", ...meant, ...written }, view);
      expect(codec("events").decode(view, 0, length)).toMatchObject({
        ...{ ...meant, saddr: 0x0a000001, dev: 0x800001, ret: -1 },
        mac: Uint8Array.of(0, 0x1b, 0x21, 0x3c, 0x9d, 0xf8),
      });
      expect(typeCheck({ "probe.gen.ts": text })).toEqual({ oldest: [], own: [] });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("compiles to nothing for a compiler without decl tags", () => {
    const plain = execFileSync("clang", ["-E", "-P", "-I", include, "-D__has_attribute(x)=0", "-x", "c", "-"], {
      input: '#include "rbgen.h"\nstruct a { int n; char b[4] RB_BYTES RB_LENGTH(n); } RB_VARIANT(1);',
      encoding: "utf8",
      stdio: ["pipe", "pipe", "ignore"],
    });
    expect(plain.split("\n").filter((line) => line.includes("struct a"))).toEqual([
      "struct a { int n; char b[4] ; } ;",
    ]);
  });
});
