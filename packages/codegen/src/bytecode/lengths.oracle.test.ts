import { describeWith } from "@rbgen/testkit";
import { sendingHead } from "@rbgen/testkit/codegen/sending-programs";
import { compileBpf, withoutDebugInfo } from "@rbgen/testkit/compile";
import { expect, test } from "vitest";
import { readBtfModule } from "../btf/btf-module.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { inferRecords } from "../plan/sent.ts";

const texts = `struct text { __u32 len; __u16 small; __u8 tiny; __s8 low; char d[256]; };
  struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __type(key, __u32); __type(value, struct text); __uint(max_entries, 1); } texts SEC(".maps");
  static __noinline int shorter(void) { __u32 z = 0; struct text *r = bpf_map_lookup_elem(&texts, &z); if (r) r->len = 3; return 0; }
  static long again(__u32 i, void *c) { return shorter(); }
  struct text kept; static long reset(__u32 i, void *c) { kept.len = 3; return 0; }`;
const look = "__u32 z = 0; struct text *r = bpf_map_lookup_elem(&texts, &z); if (!r) return 0;";
const any = "bpf_get_prandom_u32()";
const some = `${look} __u32 n = ${any} & 127; r->len = n;`;
const output = (size: string): string => `bpf_ringbuf_output(&events, r, ${size}, 0);`;
const perf = (flags: string, size = "sizeof(*r)"): string => `bpf_perf_event_output(ctx, &perf, ${flags}, r, ${size});`;

/** How samples of `struct text` end, as the object tells, and what is warned of. */
function told(body: string, section: string, compiler: "clang" | "clang-19"): readonly string[] {
  const text = `#define PROGRAM_SECTION "${section}"\n${sendingHead}${texts}PROG(${body})`;
  const object = withoutDebugInfo(compileBpf(text, "little", [], compiler));
  const diagnostics: Diagnostic[] = [];
  const report = (one: Diagnostic): void => void diagnostics.push(one);
  const module = readBtfModule(object, { name: "a.bpf.o", path: "a.bpf.o" }, report);
  const { inferred } = inferRecords(module!, { types: [], all: false, maps: {} }, report);
  const tails = inferred.flatMap(({ annotations }) => [...annotations.values()].map((tags) => tags.join()));
  return [...tails, ...diagnostics.map(({ code, message }) => `${code} ${message.replace(/^\w+: /, "")}`)];
}

const unknown =
  "RB4010 how many bytes of struct text are sent is not known: a sample that lacks members before the array that ends it is refused";
const behind = (count: string): string =>
  `RB4010 behind struct text ${count} more are sent, of which it says nothing: they are not read`;

describeWith(["clang", "clang-19"], "the length of an object's samples", () => {
  const cases: readonly (readonly [title: string, body: string, expected: readonly string[], section?: string])[] = [
    ["is a member that the size reads", `${some} ${output("8 + r->len")}`, ["length=len"]],
    ["is a member that holds all of it", `${some} r->len = n + 8; ${output("n + 8")}`, ["length=len,total"]],
    [
      "is a member that other programs filled",
      `${look} if (r->len > 256) return 0; ${output("8 + r->len")}`,
      ["length=len"],
    ],
    [
      "is a smaller member that holds the number",
      `${look} __u32 n = ${any} & 127; r->small = n; ${output("8 + r->small")}`,
      ["length=small"],
    ],
    [
      "is what a helper says that it wrote",
      `${look} long n = bpf_probe_read_kernel_str(r->d, 256, ctx); if (n < 0 || n > 256) return 0; r->len = n; ${output("8 + n")}`,
      ["length=len"],
    ],
    [
      "is one less than what a helper says that it wrote, in 32 bits",
      `${look} long n = bpf_probe_read_kernel_str(r->d, 128, ctx); if (n < 1 || n > 127) return 0; r->len = n - 1; ${output("9 + r->len")}`,
      ["truncated"],
    ],
    [
      "is a member before what a helper writes as much of as a run decides",
      `${some} bpf_probe_read_kernel(r->d, n, ctx); ${output("8 + n")}`,
      ["length=len"],
    ],
    [
      "is no member behind where a helper writes as much as a run decides",
      `${some} bpf_probe_read_kernel(r, n, ctx); ${output("8 + n")}`,
      ["truncated"],
    ],
    [
      "is a narrow member of a signed number, where there is no room for more",
      `${look} int n = bpf_probe_read_kernel_str(r->d, 256, ctx); if (n <= 0) return 0; r->small = n; ${output("8 + n")}`,
      ["length=small"],
    ],
    [
      "is no member that is changed behind the size",
      `${some} __u32 s = 8 + r->len; r->len = 4; ${output("s")}`,
      ["truncated"],
    ],
    [
      "is no member that is wider than the size",
      `${look} r->len = ${any}; ${output("8 + (r->len & 255)")}`,
      ["truncated"],
    ],
    [
      "is no member that a helper writes",
      `${some} bpf_probe_read_kernel(&r->len, 4, ctx); ${output("8 + n")}`,
      ["truncated"],
    ],
    [
      "is no member of an element that is updated",
      `${some} static const struct text other; bpf_map_update_elem(&texts, &z, &other, 0); ${output("8 + n")}`,
      ["truncated"],
    ],
    [
      "is no member that a byte of the number is stored in",
      `${look} __u32 n = (${any} & 1) + 255; r->tiny = n; if (n > 256) return 0; ${output("8 + n")}`,
      ["truncated"],
    ],
    [
      "is a member that a number of as many bits is stored in",
      `${look} __u32 n = ${any} & 255; r->tiny = n; ${output("8 + n")}`,
      ["length=tiny"],
    ],
    [
      "is no member of a sign that the number has no room beside",
      `${look} __u32 n = ${any} & 255; r->low = n; ${output("8 + n")}`,
      ["truncated"],
    ],
    [
      "is a member of a sign that the number has room beside",
      `${look} __u32 n = ${any} & 127; r->low = n; ${output("8 + n")}`,
      ["length=low"],
    ],
    [
      "is a member that one less is stored in",
      `${look} __u64 n = ${any} & 127; r->len = n - 1; if (n < 1) return 0; ${output("7 + n")}`,
      ["length=len"],
    ],
    [
      "is not known where the number may be below 0",
      `${look} __u32 left = ${any} & 255; ${output("sizeof(*r) - left")}`,
      ["truncated", unknown],
    ],
    [
      "is no member of an element that a callback without it looks up",
      `${some} bpf_loop(2, again, (void *)0, 0); ${output("8 + n")}`,
      ["truncated"],
    ],
    ["is no member of an element that a function looks up", `${some} shorter(); ${output("8 + n")}`, ["truncated"]],
    [
      "is no member of a variable that a callback stores to",
      `__u32 n = ${any} & 127; kept.len = n; bpf_loop(2, reset, (void *)0, 0); bpf_ringbuf_output(&events, &kept, 8 + n, 0);`,
      ["truncated"],
    ],
    ["is at least the least of several", `${some} ${output(`${any} ? 8 + n : 264`)}`, ["truncated"]],
    ["is a constant", `${look} ${output("12")}`, ["truncated"]],
    ["is unknown where nothing says it", `${look} ${output(`${any} & 255`)}`, ["truncated", unknown]],
    ["is what a perf array is given", `${look} ${perf("BPF_F_CURRENT_CPU")}`, [], "tc"],
    ["is no processor's number", `${look} ${perf("bpf_get_smp_processor_id()")}`, [], "tc"],
    [
      "has bytes of the packet behind it",
      `${look} ${perf("BPF_F_CURRENT_CPU | (100ULL << 32)")}`,
      [behind("100 bytes")],
      "tc",
    ],
    [
      "has as many bytes of the packet behind it as a run knows",
      `${look} __u64 more = ${any} & 127; ${perf("BPF_F_CURRENT_CPU | (more << 32)")}`,
      [behind("bytes")],
      "xdp",
    ],
    [
      "is unknown where bytes of the packet stand behind an array",
      `${some} ${perf("BPF_F_CURRENT_CPU | (64ULL << 32)", "8 + n")}`,
      ["truncated", unknown],
      "tc",
    ],
    [
      "is what the packet's bytes make of it where they are the array",
      `${look} __u64 flags = BPF_F_CURRENT_CPU | ((__u64)((struct __sk_buff *)ctx)->len << 32); ${perf("flags", "8")}`,
      ["truncated"],
      "tc",
    ],
    [
      "may have bytes of the packet behind it where flags are not known",
      `${look} ${perf("bpf_ktime_get_ns()")}`,
      [behind("bytes")],
      "xdp",
    ],
    ["has none where there is no packet", `${look} ${perf("bpf_ktime_get_ns()")}`, [], "kprobe/f"],
    [
      "has bytes of the packet behind what tracing sends of it",
      `${look} bpf_skb_output(ctx, &perf, BPF_F_CURRENT_CPU | (64ULL << 32), r, sizeof(*r));`,
      [behind("64 bytes")],
      "fentry/f",
    ],
  ];
  for (const compiler of ["clang", "clang-19"] as const) {
    for (const [title, body, expected, section = "tracepoint/a/b"] of cases) {
      test(`${title}, by ${compiler}`, () => expect(told(body, section, compiler)).toEqual(expected));
    }
  }

  test.each([
    [
      "a pointer's size of a struct is none of its numbers",
      "struct outer { __u64 key; __u32 more[4], end; } o;",
      "&o, 8",
      [],
    ],
    ["a number is one where it is all that is there", "__u64 count;", "&count, 8", ["__u64"]],
    ["one of an array of numbers is one", "__u64 counts[4];", "&counts[2], 8", ["__u64"]],
    ["a struct that another begins with is one", "struct first { struct hdr h; long a; } o;", "&o, 8", ["struct hdr"]],
  ])("and the type of what is sent: %s", (_, definition, data, expected) => {
    const text = `${sendingHead}${definition} PROG(bpf_ringbuf_output(&events, ${data}, 0);)`;
    const module = readBtfModule(withoutDebugInfo(compileBpf(text)), { name: "a.bpf.o", path: "a.bpf.o" }, () => {});
    const { inferred } = inferRecords(module!, { types: [], all: false, maps: {} }, () => {});
    expect(inferred.flatMap(({ records }) => records)).toEqual(expected);
  });
});
