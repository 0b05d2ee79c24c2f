import type { Diagnostic } from "../../../diagnostics/diagnostic.ts";
import { readHeader } from "../../front-end.ts";

const head = `
#include <linux/types.h>
#include <bpf/bpf_helpers.h>
#define RING(name) struct { __uint(type, 27); __uint(max_entries, 4096); } name SEC(".maps")
static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *) 1;
static long (*bpf_perf_event_output)(void *ctx, void *map, __u64 flags, void *data, __u64 size) = (void *) 25;
static void *(*bpf_ringbuf_reserve)(void *ringbuf, __u64 size, __u64 flags) = (void *) 131;
static long (*bpf_ringbuf_output)(void *ringbuf, void *data, __u64 size, __u64 flags) = (void *) 130;
static void (*bpf_ringbuf_submit)(void *data, __u64 flags) = (void *) 132;
static long (*bpf_user_ringbuf_drain)(void *map, void *callback_fn, void *ctx, __u64 flags) = (void *) 209;
static long (*bpf_loop)(__u32 nr, void *callback_fn, void *ctx, __u64 flags) = (void *) 181;
struct bpf_dynptr { __u64 :64; __u64 :64; };
static long (*bpf_ringbuf_reserve_dynptr)(void *ringbuf, __u32 size, __u64 flags, struct bpf_dynptr *ptr) = (void *) 198;
static long (*bpf_dynptr_read)(void *dst, __u32 len, const struct bpf_dynptr *src, __u32 offset, __u64 flags) = (void *) 201;
static long (*bpf_dynptr_write)(const struct bpf_dynptr *dst, __u32 offset, void *src, __u32 len, __u64 flags) = (void *) 202;
static void *(*bpf_dynptr_data)(const struct bpf_dynptr *ptr, __u32 offset, __u32 len) = (void *) 203;
#define SEND SEC("tp/x") int prog(void *ctx)
struct hdr { __u32 kind; __u32 pid; };
struct event { struct hdr hdr; char comm[16]; };
struct exit { struct hdr hdr; int code; };
RING(events);
RING(others);
`;

/** What is read of the programs of a source. */
export interface Read {
  readonly sent: Record<string, string>;
  readonly tags: Record<string, string>;
  /** Why the code is not followed to its end, by map. */
  readonly limits: Record<string, string>;
  /** Members that the sizes of samples are computed from. */
  readonly lengths: (string | undefined)[];
  /** Lengths of samples: "16", or "16+" where a run adds to it. */
  readonly sizes: string[];
  /** The helpers that carry the records. */
  readonly places: string[];
  readonly diagnostics: Diagnostic[];
}

/** Reads `text` behind declarations of maps, records and helpers. */
export function readSent(text: string): Read {
  const diagnostics: Diagnostic[] = [];
  const module = readHeader(
    { name: "probe.bpf.c", text: head + text },
    "probe.bpf.c",
    { read: () => undefined },
    { endian: "little", includePaths: [], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] },
    (diagnostic) => diagnostics.push(diagnostic),
  );
  const all = module.sent?.() ?? [];
  const told = all.map(({ map, records, untold }) => [
    map,
    [...records.map(({ type }) => type), ...untold.map(() => "?")].sort().join(", "),
  ]);
  const tags = all.flatMap(({ records }) =>
    records.flatMap(({ type, tag }) => (tag === undefined ? [] : [[type, `${tag.path}=${tag.values.join()}`]])),
  );
  const limits = all.map(({ map, untold }) => [map, untold.flatMap(({ limit }) => limit ?? []).join(", ")]);
  return {
    sent: Object.fromEntries(told),
    tags: Object.fromEntries(tags),
    limits: Object.fromEntries(limits),
    lengths: all.flatMap(({ records }) =>
      records.flatMap(({ sizes = [] }) => sizes.flat().map((size) => size.length?.path)),
    ),
    sizes: all.flatMap(({ records }) =>
      records.flatMap(({ sizes = [] }) => sizes.flat().map(({ bytes, open }) => `${bytes}${open ? "+" : ""}`)),
    ),
    places: all.flatMap(({ records }) =>
      records.map(({ span }) =>
        span === undefined ? "" : (/^\w*/.exec(span.source.text.slice(span.start))?.[0] ?? ""),
      ),
    ),
    diagnostics,
  };
}
