import { describeWith } from "@rbgen/testkit";
import { sendingHead } from "@rbgen/testkit/codegen/sending-programs";
import { compileBpf, withoutDebugInfo } from "@rbgen/testkit/compile";
import { expect, test } from "vitest";
import { readBtfModule } from "../btf/btf-module.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { generate } from "../generate.ts";
import type { SentMap } from "../module.ts";

const keep = (...names: readonly string[]): string =>
  names.map((name) => `const struct ${name} *keep_${name} __attribute__((unused));\n`).join("");

function sentBy(text: string): readonly SentMap[] {
  const module = readBtfModule(
    withoutDebugInfo(compileBpf(sendingHead + text)),
    { name: "a.bpf.o", path: "a.bpf.o" },
    (told) => {
      throw new Error(told.message);
    },
  );
  return module?.sent?.() ?? [];
}

const told = (all: readonly SentMap[]): Record<string, readonly string[]> =>
  Object.fromEntries(all.map(({ map, records }) => [map, records.map(({ type }) => type)]));

const users = `
struct cmd { __u32 op; __u32 arg; char text[8]; };
`;

/** What `rbgen` without an option says of an object, and whether it writes a file. */
async function generated(text: string): Promise<{ written: boolean; told: readonly Diagnostic[] }> {
  const diagnostics: Diagnostic[] = [];
  const report = (one: Diagnostic): void => void diagnostics.push(one);
  const module = readBtfModule(
    withoutDebugInfo(compileBpf(sendingHead + text)),
    { name: "a.bpf.o", path: "a.bpf.o" },
    report,
  );
  const options = { types: [], all: false, maps: {}, int64: "bigint", case: "camel", version: "1" } as const;
  const file = await generate(module!, options, report);
  return { written: file !== undefined, told: diagnostics };
}

/** A struct of the kernel's, as a program reads it. */
const kernels = `
struct request { int a; struct bio *bio; } __attribute__((preserve_access_index));
struct bio { long sector; } __attribute__((preserve_access_index));
`;
const reads = "struct request *request = ctx; __u64 sector = request->bio->sector;";

describeWith(["clang"], "an object that is too large to be followed", () => {
  test("may send anything on any map, and says so", () => {
    const levels = Array.from(
      { length: 6 },
      (_, i) =>
        `static __noinline int f${i + 1}(int n) { return ${Array.from({ length: 8 }, (_, k) => `f${i}(n + ${k})`).join(" + ")}; }`,
    );
    const [events] =
      sentBy(`struct exit last; static __noinline int f0(int n) { return bpf_get_prandom_u32() % (n + 1); } ${levels.join("\n")}
      PROG(last.code = f6(bpf_get_prandom_u32()); bpf_ringbuf_output(&events, &last, sizeof(last), 0);)`);
    expect(events?.records).toEqual([]);
    expect(events?.untold.map(({ limit }) => limit)).toEqual(["it takes more steps than are made"]);
  });
});

describeWith(["clang-19"], "an object that calls helpers by pointers", () => {
  test("may send on any map, and says why it is not followed", () => {
    const text = `${sendingHead}struct exit last; PROG(bpf_ringbuf_output(&events, &last, sizeof(last), 0); bpf_printk("sent");)`;
    const report: Diagnostic[] = [];
    const module = readBtfModule(
      compileBpf(text, "little", ["-O0"], "clang-19"),
      { name: "a.bpf.o", path: "a.bpf.o" },
      (one) => report.push(one),
    );
    const sent = module?.sent?.() ?? [];
    expect(sent.map(({ map, untold }) => [map, untold.map(({ limit }) => limit)])).toEqual(
      ["events", "others", "perf", "cmds"].map((map) => [map, ["where a jump or a call leads only a run knows"]]),
    );
    expect(report).toEqual([]);
  });
});

describeWith(["clang"], "what an object's code tells", () => {
  test("a record that BTF lacks is a warning for its map, and the object's maps and programs are written", async () => {
    const { written, told } = await generated(
      `${kernels}PROG(${reads} struct exit x = { .code = sector }; bpf_ringbuf_output(&events, &x, sizeof(x), 0);)`,
    );
    expect([written, told.map(({ code, severity }) => [code, severity])]).toEqual([true, [["RB4009", "warning"]]]);
  });

  test("a warning names each place that sends bytes of no known type, with its C line", async () => {
    const { told } =
      await generated(`PROG(__u64 now = bpf_ktime_get_ns(); bpf_ringbuf_output(&events, &now, sizeof(now), 0);
      struct exit *x = bpf_ringbuf_reserve(&events, sizeof(*x), 0); if (x) { x->code = now; bpf_ringbuf_submit(x, 0); }
      char raw[40]; bpf_get_current_comm(raw, 16); __u32 n = bpf_get_prandom_u32() & 31;
      bpf_ringbuf_output(&events, raw, 9 + n, 0);)`);
    // Of a macro that stands right behind the head.
    const line = sendingHead.split("\n").length;
    expect(told.map(({ code, message }) => [code, message])).toEqual([
      ["RB4009", "nothing says what events carries: 8 bytes are sent here without a type"],
    ]);
    expect(told[0]?.notes?.map((note) => note.replace(/at .*types/, "at types"))).toEqual([
      `16 bytes are reserved at types.bpf.c:${line}`,
      `bytes are sent at types.bpf.c:${line}`,
    ]);
  });

  test("types of the kernel's are not among the structs that might be named", async () => {
    const both = await generated(`${kernels}${keep("request")}PROG(${reads} bpf_printk("%d", sector);)`);
    expect(both.written).toBe(true);
    const { written, told } = await generated(
      `${kernels}struct own { int a; }; struct own here; PROG(${reads} here.a = sector; if (request->a) here.a = 1;)`,
    );
    expect(written).toBe(false);
    // Keys and values of maps may be meant.
    expect(told.map(({ code, notes }) => [code, notes])).toEqual([["RB4001", ["structs there: line, own"]]]);
  });

  test("records that share a ring are told apart by the constant that each stores, with what lies beside it", () => {
    const [events] = sentBy(`${keep("event", "exit")}
      PROG(struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0); if (!e) return 0;
        e->hdr.kind = 1; e->hdr.pid = 7; e->comm[0] = 'a'; bpf_ringbuf_submit(e, 0);)
      SEC("tracepoint/a/c") int other(void *ctx) { struct exit x = {}; x.hdr.kind = 2; x.hdr.pid = bpf_get_prandom_u32();
        x.code = bpf_ktime_get_ns(); bpf_ringbuf_output(&events, &x, sizeof(x), 0); return 0; }`);
    expect(events?.records.map(({ type, tag }) => [type, tag])).toEqual([
      ["struct event", { path: "hdr.kind", values: [1n] }],
      ["struct exit", { path: "hdr.kind", values: [2n] }],
    ]);
  });

  test("a sample that a function of its own reserves is followed to who fills it", () => {
    const [events] = sentBy(`${keep("event", "exit")}
      static __noinline void *room(void) { return bpf_ringbuf_reserve(&events, sizeof(struct event), 0); }
      PROG(struct event *e = room(); if (!e) return 0; e->hdr.pid = bpf_get_smp_processor_id(); bpf_ringbuf_submit(e, 0);)`);
    expect(events?.records).toMatchObject([{ type: "struct event", verb: "reserved", bySize: 24 }]);
    expect(events?.records[0]?.span?.source.name).toMatch(/types\.bpf\.c$/);
  });

  test("a call that the compiler made of two is at the last line before it that is known", () => {
    const [events] = sentBy(`struct exit last; struct exit other;
SEC("tracepoint/a/c") int fire(void *ctx) { last.code = bpf_ktime_get_ns();
  if (last.code > 5) { last.hdr.kind = 4;
    bpf_ringbuf_output(&events, &last, sizeof(last), 0); }
  else { last.hdr.kind = 8;
    bpf_ringbuf_output(&events, &last, sizeof(last), 0); }
  return 0; }`);
    expect(events?.records.flatMap(({ calls = [] }) => calls).map(({ at }) => at)).toEqual([undefined]);
  });

  test("what a drain's callback reads is what user space sends", () => {
    expect(
      told(
        sentBy(`${users}${keep("cmd", "event")}
          static long on_cmd(struct bpf_dynptr *p, void *c) { struct cmd cmd; if (bpf_dynptr_read(&cmd, sizeof(cmd), p, 0, 0)) return 1;
            bpf_printk("%d %d", cmd.op, cmd.arg); return 0; }
          PROG(bpf_user_ringbuf_drain(&cmds, on_cmd, (void *)0, 0);)`),
      ),
    ).toEqual({ cmds: ["struct cmd"] });
  });

  test("a global variable that is sent tells its type, without a size to compare", () => {
    expect(
      told(
        sentBy(
          `struct line last; struct line other; PROG(last.length = 4; bpf_ringbuf_output(&events, &last, sizeof(last), 0);)`,
        ),
      ),
    ).toEqual({ events: ["struct line"] });
  });

  test.each([
    [
      "another struct is as long",
      "struct twin { __u64 a; __u64 b; __u64 c; };",
      ["event", "twin"],
      ["struct event", "struct twin"],
    ],
    [
      "its members are elsewhere",
      "struct odd { char a[3]; char b[21]; } __attribute__((packed));",
      ["odd"],
      ["struct odd"],
    ],
    ["only the kernel's are as long", "struct bpf_fake { __u64 a[3]; };", ["bpf_fake"], []],
  ])("nothing is taken where %s", (_, definition, names, candidates) => {
    const [events] = sentBy(`${definition}${keep(...names)}
      PROG(struct event *e = bpf_ringbuf_reserve(&events, 24, 0); if (!e) return 0; e->hdr.pid = bpf_get_smp_processor_id();
        e->hdr.kind = bpf_get_prandom_u32(); bpf_ringbuf_submit(e, 0);)`);
    expect(events?.records).toEqual([]);
    expect(events?.untold.map((one) => [one.bytes, one.candidates])).toEqual([[24n, candidates]]);
  });

  const stores = `PROG(struct tick *t = bpf_ringbuf_reserve(&events, sizeof(*t), 0); if (!t) return 0;
    t->n = 1; t->when = bpf_ktime_get_ns(); t->k = 3; bpf_ringbuf_submit(t, 0);)`;
  const tick = "struct tick { __u64 n, when, k; };";

  test.each([
    [
      "a number of 8 bytes is stored where it has two of 4",
      "struct words { __u32 a[6]; };",
      keep("words"),
      ["struct words"],
    ],
    [
      "another function takes it for what it is",
      "struct taken { __u64 a[3]; }; __attribute__((noinline)) int take(struct taken *e) { return e ? e->a[1] : 0; }",
      'SEC("tc") int uses(void *ctx) { struct taken e = {}; e.a[0] = bpf_ktime_get_ns(); return take(&e); }',
      ["struct taken"],
    ],
    ["a variable is of its type", "struct state { __u64 a[3]; };", "struct state state;", ["struct state"]],
    [
      "a struct holds it",
      "struct part { __u64 a[3]; }; struct all { struct part p; char c; };",
      keep("all"),
      ["struct part"],
    ],
  ])("a struct of the same size is not taken where %s", (_, definition, uses, candidates) => {
    const [events] = sentBy(`${tick}${definition}${stores}${uses}`);
    expect(events?.records).toEqual([]);
    expect(events?.untold.map((one) => [one.bytes, one.candidates])).toEqual([[24n, candidates]]);
  });

  test.each([
    ["constants that are stored at once", "struct pair { __u32 a, b; };", "p->a = 1; p->b = 2;"],
    ["members that are copied at once", "struct pair { __u32 a, b; };", "*p = pairs[bpf_get_smp_processor_id() & 1];"],
    [
      "bytes of a member that lies anywhere",
      "struct pair { char c; __u64 at; __u32 b; } __attribute__((packed));",
      "p->c = 1; p->at = bpf_ktime_get_ns(); p->b = bpf_get_prandom_u32();",
    ],
  ])("%s are no reason against a struct", (_, definition, body) => {
    const [events] = sentBy(`${definition}${keep("pair")} struct pair pairs[2];
      PROG(struct pair *p = bpf_ringbuf_reserve(&events, sizeof(*p), 0); if (!p) return 0; ${body} bpf_ringbuf_submit(p, 0);)`);
    // Of 8 bytes one touch is too little to tell.
    const [record] = events?.records ?? [];
    const [untold] = events?.untold ?? [];
    expect(record?.type ?? untold?.candidates?.[0]).toBe("struct pair");
  });

  test("words of 8 bytes that a copy is made of are no reason against a struct, wherever they end in arrays", () => {
    const [events] =
      sentBy(`struct key { unsigned __int128 a; __u32 pid; char name[16]; __u16 port, more; }; struct copied { struct key key; __u8 state; };
      ${keep("copied")} struct key last;
      PROG(struct copied *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0); if (!e) return 0; e->key = last; e->state = bpf_get_prandom_u32(); bpf_ringbuf_submit(e, 0);)`);
    expect(events?.records.map(({ type }) => type)).toEqual(["struct copied"]);
  });

  test.each([
    ["text is written over its numbers", "bpf_get_current_comm(t, 16); t->k = bpf_ktime_get_ns();"],
    ["all of it is written at once, and nothing else", "bpf_probe_read_kernel(t, sizeof(*t), ctx);"],
  ])("a struct is not taken by its size where %s", (_, body) => {
    const [events] = sentBy(`struct other { __u64 a, b, c; };${tick}${keep("other")}
      PROG(struct tick *t = bpf_ringbuf_reserve(&events, sizeof(*t), 0); if (!t) return 0; ${body} bpf_ringbuf_submit(t, 0);)`);
    expect(events?.records).toEqual([]);
    expect(events?.untold.map((one) => [one.bytes, one.candidates])).toEqual([[24n, ["struct other"]]]);
  });

  test("a part of a sample, or of a longer struct that is declared there, is no struct by its size", () => {
    const [events, others] =
      sentBy(`${tick} struct half { __u64 a; __u32 b; };${keep("half")} struct whole { __u64 a; __u32 b, c; __u64 more[4]; };
      __noinline int fill(struct whole *w) { if (w) w->a = bpf_ktime_get_ns(); return 0; }
      PROG(struct tick *t = bpf_ringbuf_reserve(&events, sizeof(*t), 0); if (t) { t->n = bpf_ktime_get_ns(); t->when = bpf_ktime_get_ns();
          bpf_ringbuf_output(&others, t, 16, 0); bpf_ringbuf_submit(t, 0); }
        struct whole w = {}; fill(&w); bpf_ringbuf_output(&others, &w, 16, 0);)`);
    expect(events?.untold.map((one) => one.bytes)).toEqual([24n]);
    expect(others?.records).toEqual([]);
    expect(others?.untold.map((one) => one.bytes)).toEqual([16n, 16n]);
  });

  test("a map that only a run knows may be any, and one of another object is that", () => {
    const sent =
      sentBy(`extern void other(void); extern struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } far SEC(".maps");
      struct exit last; PROG(void *volatile map = &others; other(); bpf_ringbuf_output(map, &last, sizeof(last), 0);)
      SEC("tracepoint/a/c") int more(void *ctx) { bpf_ringbuf_output(&far, &last, sizeof(last), 0); return 0; }`);
    const why = ["which map is meant only a run knows"];
    const limits = Object.fromEntries(sent.map(({ map, untold }) => [map, untold.map(({ limit }) => limit)]));
    expect(limits).toEqual({ events: why, others: why, perf: why, cmds: why, far: why });
    expect(told(sent)["far"]).toEqual(["struct exit"]);
  });

  test("structs that are longer than what is sent are none of that size", () => {
    const [events] =
      sentBy(`struct long_one { __u64 a, b, c, d; }; struct words { __u32 a[6]; }; struct tall { __u64 a, b, c; };
      union { struct long_one l; struct words w; struct tall t; } room;
      PROG(room.t.a = 4; bpf_ringbuf_output(&events, &room, sizeof(room.w), 0);)`);
    expect(events?.untold.map((one) => [one.bytes, one.candidates])).toEqual([[24n, ["struct words", "struct tall"]]]);
  });

  test("one struct is not the record of two maps by its size", () => {
    const two = sentBy(`struct other { __u64 a, b, c; };${tick}${keep("other")}
      PROG(struct tick *t = bpf_ringbuf_reserve(&events, sizeof(*t), 0); if (t) { t->when = bpf_ktime_get_ns(); bpf_ringbuf_submit(t, 0); }
        struct other *o = bpf_ringbuf_reserve(&others, sizeof(*o), 0); if (o) { o->b = bpf_ktime_get_ns(); bpf_ringbuf_submit(o, 0); })`);
    expect(told(two)).toEqual({ events: [], others: [] });
    expect(two.flatMap(({ untold }) => untold.map((one) => one.candidates))).toEqual([
      ["struct other"],
      ["struct other"],
    ]);
  });

  test("a function that is handed a sample says what it is, whatever else is as long", () => {
    const [events, others] =
      sentBy(`${tick} struct twin { __u64 a, b, c; }; struct gone { __u64 a, b, c; };${keep("twin")}
      __noinline int fill(struct tick *t) { if (t) t->when = bpf_ktime_get_ns(); return 0; }
      static __noinline struct gone *room(void) { return bpf_ringbuf_reserve(&others, sizeof(struct gone), 0); }
      PROG(struct tick *t = bpf_ringbuf_reserve(&events, sizeof(*t), 0); if (t) { fill(t); bpf_ringbuf_submit(t, 0); }
        struct gone *g = room(); if (g) { g->a = bpf_ktime_get_ns(); bpf_ringbuf_submit(g, 0); })`);
    expect([events, others].map((one) => one?.records.map(({ type, bySize }) => [type, bySize]))).toEqual([
      [["struct tick", undefined]],
      [["struct gone", undefined]],
    ]);
  });

  test("an argument that the compiler dropped does not move the types of those behind it", () => {
    const [events] = sentBy(`${tick} struct twin { __u64 a, b, c; };
      static __noinline int fill(struct twin *gone, struct tick *t, int n) { t->when = bpf_ktime_get_ns(); t->n = n; return n * 3; }
      PROG(struct tick *t = bpf_ringbuf_reserve(&events, sizeof(*t), 0); if (!t) return 0; int k = fill((void *)0, t, bpf_get_prandom_u32());
        t->k = k; bpf_ringbuf_submit(t, 0);)`);
    expect(events?.records.map(({ type }) => type)).not.toContain("struct twin");
  });

  test.each([
    [
      "less than a number that a run knows",
      "bpf_get_prandom_u32() - 8UL",
      "struct line last;",
      [{ bytes: 0n, open: true }],
    ],
    [
      "one of two constants",
      "both ? sizeof(last) : sizeof(struct hdr)",
      "struct exit last; const volatile _Bool both;",
      [
        { bytes: 8n, open: false },
        { bytes: 16n, open: false },
      ],
    ],
    [
      "a constant and a number",
      "sizeof(__u32) + (bpf_get_prandom_u32() & 63)",
      "struct line last;",
      [{ bytes: 4n, open: true }],
    ],
    ["shorter than its members", "sizeof(struct hdr)", "struct exit last;", [{ bytes: 8n, open: false }]],
  ])("the size of a sample is what the code computes: %s", (_, size, variable, sizes) => {
    const [events] = sentBy(`${variable} PROG(__u64 size = ${size}; bpf_ringbuf_output(&events, &last, size, 0);)`);
    const sorted = [...(events?.records[0]?.sizes ?? []).flat()].sort((a, b) => (a.bytes < b.bytes ? -1 : 1));
    expect(sorted).toEqual(sizes);
  });

  test("samples that are shorter than the struct they begin with have no codec that wants all of it", async () => {
    const { told } = await generated(`struct exit last; const volatile _Bool both;
      PROG(bpf_ringbuf_output(&events, &last, both ? sizeof(last) : sizeof(struct hdr), 0);)`);
    expect(told.map(({ code, notes }) => [code, notes])).toEqual([
      ["RB4009", ["struct exit begins there, and is longer than what is known to be sent of it"]],
    ]);
  });

  test.each([
    [
      "a branch that no run takes",
      "PROG(struct exit x = { .code = 2 }; if (0) bpf_ringbuf_output(&others, &x, sizeof(x), 0);)",
    ],
    [
      "a function that nothing calls",
      "static int unused(void *p) { return bpf_ringbuf_output(&others, p, 16, 0); } PROG((void)unused;)",
    ],
    ["a map that is asked how full it is", "PROG(return bpf_ringbuf_query(&others, 0) > 8;)"],
    [
      "a map that only its own helper counts on",
      "PROG(return bpf_perf_event_read(&perf, 0) + bpf_map_delete_elem(&perf, &(__u32){ 0 });)",
    ],
  ])("%s sends nothing", (_, text) => {
    expect(sentBy(`struct exit last;${keep("exit")}${text}`)).toEqual([]);
  });

  test("one wrapper sends to two maps what each call gives it", () => {
    const maps = sentBy(`struct line line; struct exit last;
      static __noinline long put(void *map, void *data, __u64 size) { return bpf_ringbuf_output(map, data, size, 0); }
      PROG(put(&events, &line, sizeof(line)); put(&others, &last, sizeof(last));)`);
    expect(told(maps)).toEqual({ events: ["struct line"], others: ["struct exit"] });
  });

  test("a key of a map, and what contains no value of it, is no record by its size", () => {
    const [events] = sentBy(`struct key { __u32 a; __u32 b; __u64 c; };
      struct { __uint(type, BPF_MAP_TYPE_HASH); __type(key, struct key); __type(value, __u32); __uint(max_entries, 1); } seen SEC(".maps");
      PROG(struct exit *x = bpf_ringbuf_reserve(&events, sizeof(*x), 0); if (!x) return 0; x->code = bpf_ktime_get_ns(); bpf_ringbuf_submit(x, 0);)`);
    expect(events?.records).toEqual([]);
  });
});
