import { expect, test } from "vitest";
import { readSent as read } from "./testing/read-sent.ts";

test.each<[string, string, string | undefined]>([
  ["the size reads it", "r.len = n; bpf_ringbuf_output(&events, &r, 8 + r.len, 0);", "len"],
  [
    "a variable holds the size, and it stays",
    "r.len = n; __u32 s = 8 + r.len; bpf_ringbuf_output(&events, &r, s, 0);",
    "len",
  ],
  [
    "it is changed after the size was computed",
    "r.len = n; __u32 s = 8 + r.len; r.len = 4; bpf_ringbuf_output(&events, &r, s, 0);",
    undefined,
  ],
  [
    "it grows after the size was computed",
    "r.len = n; __u32 s = 8 + r.len; r.len += 8; bpf_ringbuf_output(&events, &r, s, 0);",
    undefined,
  ],
  ["only the size is masked", "r.len = n; bpf_ringbuf_output(&events, &r, 8 + (r.len & 255), 0);", undefined],
  [
    "it was read before its only store",
    "__u32 s = 8 + r.len; r.len = n; bpf_ringbuf_output(&events, &r, s, 0);",
    undefined,
  ],
  ["a number was read before it", "__u32 m = r.len; r.len = n; bpf_ringbuf_output(&events, &r, 8 + m, 0);", undefined],
  ["a number was read behind it", "r.len = n; __u32 m = r.len; bpf_ringbuf_output(&events, &r, 8 + m, 0);", "len"],
  [
    "a helper may change it behind that",
    "r.len = n; __u32 m = r.len; change(&r.len); bpf_ringbuf_output(&events, &r, 8 + m, 0);",
    undefined,
  ],
  [
    "it is changed behind the store",
    "r.len = n; if (ctx) r.len = 3; bpf_ringbuf_output(&events, &r, 8 + n, 0);",
    undefined,
  ],
  [
    "it is stored on one path only",
    "r.len = 0; if (ctx) r.len = n; bpf_ringbuf_output(&events, &r, 8 + n, 0);",
    undefined,
  ],
  [
    "memory is cleared behind it",
    "r.len = n; __builtin_memset(&r, 0, 8); bpf_ringbuf_output(&events, &r, 8 + n, 0);",
    undefined,
  ],
  [
    "it is stored on both paths",
    "if (ctx) r.len = n; else r.len = n; bpf_ringbuf_output(&events, &r, 8 + n, 0);",
    "len",
  ],
  ["a wrapper is handed the size", "r.len = n; put(&r, 8 + r.len);", "len"],
  ["a wrapper changes it behind that", "r.len = n; put_more(&r, 8 + r.len);", undefined],
  [
    "it is known by a number that a mask leaves as it is",
    "r.len = n; bpf_ringbuf_output(&events, &r, 8 + (n & ~0ULL), 0);",
    "len",
  ],
  ["a mask leaves all of it", "r.len = n; bpf_ringbuf_output(&events, &r, 8 + (r.len & 0xffffffff), 0);", "len"],
  [
    "a variable is cut to what there is room for",
    "if (n > 256) n = 256; r.len = n; bpf_ringbuf_output(&events, &r, 8 + n, 0);",
    "len",
  ],
  [
    "a variable that was cut is set anew behind the store",
    "if (n > 256) n = 256; r.len = n; if (ctx) n = 3; bpf_ringbuf_output(&events, &r, 8 + n, 0);",
    undefined,
  ],
  [
    "a variable that was cut is cut again behind the store",
    "r.len = n; if (n > 256) n = 256; bpf_ringbuf_output(&events, &r, 8 + n, 0);",
    undefined,
  ],
  [
    "a variable that was cut is handed to a function that may change it",
    "if (n > 256) n = 256; r.len = n; change(&n); bpf_ringbuf_output(&events, &r, 8 + n, 0);",
    undefined,
  ],
  [
    "a variable that was cut is set by what is not understood",
    "if (n > 256) n = 256; r.len = n; n @ 3; bpf_ringbuf_output(&events, &r, 8 + n, 0);",
    undefined,
  ],
  [
    "it is stored before a variable is counted on",
    "r.len = n++; bpf_ringbuf_output(&events, &r, 8 + n, 0);",
    undefined,
  ],
  [
    "it is stored by way of a member of fewer bytes",
    "r.len = r.few = n; bpf_ringbuf_output(&events, &r, 8 + n, 0);",
    undefined,
  ],
  ["it is stored by way of a bit-field", "r.len = r.bits = n; bpf_ringbuf_output(&events, &r, 8 + n, 0);", undefined],
  [
    "it is stored by way of a variable of the file",
    "r.len = last = n; bpf_ringbuf_output(&events, &r, 8 + n, 0);",
    undefined,
  ],
  ["it holds more than whether there are any", "r.has = n; bpf_ringbuf_output(&events, &r, 8 + n, 0);", undefined],
  ["it was masked before it is stored", "n &= 255; r.len = n; bpf_ringbuf_output(&events, &r, 8 + r.len, 0);", "len"],
])("a member is the length of the sample only where it is: %s", (_, body, expected) => {
  const { lengths } = read(
    `struct text { __u32 len; __u8 few; _Bool has; __u16 bits : 3; char d[300]; };
      static __u8 last;
      extern void change(__u32 *n);
      static long put(struct text *t, __u64 size) { return bpf_ringbuf_output(&events, t, size, 0); }
      static long put_more(struct text *t, __u64 size) { t->len++; return bpf_ringbuf_output(&events, t, size, 0); }
      SEND { struct text r; __u32 n = bpf_loop(0, 0, ctx, 0); ${body} return 0; }`,
  );
  expect([...new Set(lengths)]).toEqual([expected]);
});

test.each<[string, string, string, string | undefined]>([
  ["all of a number of its own width", "__u8 len; char d[];", "__u8 n = bpf_loop(0, 0, ctx, 0);", "len"],
  ["the lower bits of a number alone", "__u8 len; char d[];", "__u32 n = bpf_loop(0, 0, ctx, 0);", undefined],
  [
    "the lower bits of a number that is no greater",
    "__u8 len; char d[255];",
    "__u32 n = bpf_loop(0, 0, ctx, 0);",
    "len",
  ],
  [
    "the lower bits of a number that may be greater",
    "__u8 len; char d[256];",
    "__u32 n = bpf_loop(0, 0, ctx, 0);",
    undefined,
  ],
])("a member is the length where it holds %s", (_, members, variable, expected) => {
  const { lengths } = read(
    `struct text { ${members} }; SEND { struct text *r = bpf_map_lookup_elem(&others, ctx); ${variable} r->len = n; bpf_ringbuf_output(&events, r, 1 + n, 0); return 0; }`,
  );
  expect(lengths).toEqual([expected]);
});

test.each<[string, string, string, readonly string[]]>([
  ["has none", "tc", "0xffffffffULL", ["24"]],
  ["has as many as its flags say", "tc", "0xffffffffULL | (100ULL << 32)", ["124"]],
  ["has as many as a variable of constants says", "xdp", "(ctx ? 0ULL : 64ULL) << 32 | 3", ["24", "88"]],
  ["has as many as a run knows", "tc", "((__u64)*(int *)ctx << 32) | 0xffffffffULL", ["24+"]],
  ["has none where the flags are a number of a processor", "tc", "cpu()", ["24"]],
  ["has none where a mask leaves none", "tc", "time() & 0xffffffff", ["24"]],
  ["may have some where flags are not known", "xdp", "time()", ["24+"]],
  ["has none where there is no packet", "kprobe/f", "time()", ["24"]],
])("a sample of a perf event array has bytes of a packet behind it: it %s", (_, section, flags, expected) => {
  const { sizes } = read(`static __u64 (*time)(void) = (void *)5; static __u32 (*cpu)(void) = (void *)8;
    SEC("${section}") int prog(void *ctx) { struct event e = {}; bpf_perf_event_output(ctx, &events, ${flags}, &e, sizeof(e)); return 0; }`);
  expect(sizes).toEqual(expected);
});

const lines = `
struct line { __u32 length; __u32 pid; char text[64]; };
struct { __uint(type, 6); __uint(max_entries, 1); __type(key, __u32); __type(value, struct line); } room SEC(".maps");
static long put(struct line *e, __u8 n) { return bpf_ringbuf_output(&events, e, sizeof(struct hdr) + n, 0); }
`;

test.each<[string, string, string | undefined]>([
  ["a variable of fewer bytes", "__u8 n = e->length; SENT(n);", undefined],
  ["a parameter of fewer bytes", "put(e, e->length);", undefined],
  ["a cast", "SENT((__u8)e->length);", undefined],
  ["a variable of as few bytes with a sign", "signed char n = e->length; SENT(n);", undefined],
  ["half of it", "__u16 n = e->length; SENT(n);", undefined],
  ["a variable of as many bytes", "__u32 n = e->length; SENT(n);", "length"],
  ["a variable of more bytes", "__u64 n = (int)e->length; SENT(n);", "length"],
  ["a variable that the member is cut to", "__u8 n = (long)ctx; e->length = n; SENT(n);", "length"],
  [
    "a variable of which more is cut off than there is room for",
    "__u32 n = (long)ctx; e->length = (__u8)n; SENT(n);",
    "length",
  ],
  [
    "a variable of which the member has other bytes",
    "__u8 n = (long)ctx; __u32 m = n; e->length = m; __u8 o = m + 1; SENT(o);",
    undefined,
  ],
])("a length is told where its bits are all of the member's: %s", (_, body, path) => {
  const { lengths } = read(`${lines}
    #define SENT(n) bpf_ringbuf_output(&events, e, sizeof(struct hdr) + (n), 0)
    SEND { __u32 z = 0; struct line *e = bpf_map_lookup_elem(&room, &z); if (!e) return 0; ${body} return 0; }`);
  expect(lengths).toEqual([path]);
});

test("a member that a cast cut may be shorter than what is sent of an array that has room for more", () => {
  const { lengths } = read(`struct long_line { __u32 length; char text[1024]; };
    SEND { struct long_line e; __u32 n = (__u32)(long)ctx; e.length = (__u8)n; bpf_ringbuf_output(&events, &e, 4 + n, 0); return 0; }`);
  expect(lengths).toEqual([undefined]);
});

test("a member with a sign is no length that is told of a number without one which it has no room for", () => {
  const { lengths } = read(`struct signed_line { signed char length; char pad[3]; char text[200]; };
    SEND { struct signed_line e; __u32 n = (__u32)(long)ctx; e.length = n; bpf_ringbuf_output(&events, &e, 4 + n, 0); return 0; }`);
  expect(lengths).toEqual([undefined]);
});

test.each([
  ["for", "for (; n; n = 0) bpf_ringbuf_output(&events, &e, n, 0);"],
  ["while", "while (n) { bpf_ringbuf_output(&events, &e, n, 0); n = 0; }"],
  ["do", "do { bpf_ringbuf_output(&events, &e, n, 0); n = 0; } while (n);"],
])("the size that ends a loop of %s is not one that is sent", (_, loop) => {
  const { sizes } = read(`SEND { struct event e; __u32 n = sizeof(e); ${loop} return 0; }`);
  expect(sizes).toEqual(["24"]);
});

test("a size is what the variable holds where it is sent", () => {
  const { sizes } = read(`SEND { struct event e; __u32 n = sizeof(e); bpf_ringbuf_output(&events, &e, n, 0);
    n = 8; if (ctx) n = 16; bpf_ringbuf_output(&events, &e, n, 0); return 0; }`);
  expect(sizes.sort()).toEqual(["16", "24", "8"]);
});

test.each([
  ["as many records as a run decides", "n * sizeof(struct one)", "?"],
  ["as many by a variable", "bytes", "?"],
  ["one record", "sizeof(struct one)", "struct one"],
  ["one record and as many items", "sizeof(struct one) + n * sizeof(struct one)", "struct one"],
])("records of an array that are sent are no one record: %s", (_, size, expected) => {
  const { sent } = read(`struct one { __u32 a, b; __u64 c; }; struct all { struct one v[8]; };
    struct { __uint(type, 6); __uint(max_entries, 1); __type(key, __u32); __type(value, struct all); } room SEC(".maps");
    SEND { struct all *e = bpf_map_lookup_elem(&room, ctx); __u32 n = bpf_loop(0, 0, ctx, 0) & 7; __u64 bytes = sizeof(struct one) * n;
      bpf_ringbuf_output(&events, e->v, ${size}, 0); return 0; }`);
  expect(sent).toEqual({ events: expected });
});
