/** What every program starts with: libbpf's own headers, maps and records. */
export const sendingHead = `
#include <linux/bpf.h>
#include <linux/types.h>
#include <stddef.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#define RING(name) struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } name SEC(".maps")
char LICENSE[] SEC("license") = "GPL";
struct hdr { __u32 kind; __u32 pid; };
struct event { struct hdr hdr; char comm[16]; };
struct exit { struct hdr hdr; long code; };
struct line { __u32 length; char text[256]; };
RING(events);
RING(others);
struct { __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY); __uint(key_size, 4); __uint(value_size, 4); } perf SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __type(key, __u32); __type(value, struct line); __uint(max_entries, 1); } heap SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_USER_RINGBUF); __uint(max_entries, 4096); } cmds SEC(".maps");
#ifndef PROGRAM_SECTION
#define PROGRAM_SECTION "tracepoint/a/b"
#endif
#define PROG(...) SEC(PROGRAM_SECTION) int prog(void *ctx) { __VA_ARGS__ return 0; }
`;

/** One run of a program on the kernel, and what its maps then deliver. */
export interface ProgramRun {
  /** Values of `const volatile` variables. */
  readonly rodata?: Readonly<Record<string, number | boolean>>;
  /** What user space writes before the run, by map. */
  readonly written?: Readonly<Record<string, readonly unknown[]>>;
  /** Members of the records that come, by map; what a run decides by itself is left out. */
  readonly delivered: Readonly<Record<string, readonly unknown[]>>;
  /** Programs that are attached while the others run; they look at what this process does, and at nothing else. */
  readonly attached?: readonly string[];
  /** The packet that the others run on, and how many bytes of it the kernel puts behind what is sent. */
  readonly packet?: { readonly bytes: Uint8Array; readonly appended: number };
  /** The map of maps that a ring is a slot of, whose record it has. */
  readonly slotOf?: Readonly<Record<string, string>>;
}

/** A program that clang compiles, and what it sends on which map. */
export interface SendingProgram {
  readonly title: string;
  readonly text: string;
  /** Record types by map, with commas between several. */
  readonly sent: Readonly<Record<string, string>>;
  /** The same as an object alone tells, where that is less. */
  readonly byObject?: Readonly<Record<string, string>>;
  /** The same as an object with debug information tells, where that says what another is taken for by its size. */
  readonly byDebugInfo?: Readonly<Record<string, string>>;
  /** An object's sizes alone tell too little of it. */
  readonly sourceOnly?: true;
  /** Warnings of its source beside those of maps of which not all is known. */
  readonly warned?: readonly string[];
  /** The same of its object, where it is not known there that bytes are behind a record because the record is not. */
  readonly warnedByObject?: readonly string[];
  /** Maps whose records nothing tells apart, each with a warning (RB4008). */
  readonly untagged?: readonly string[];
  /** It has maps of the kind that libbpf 1.0 refuses. */
  readonly legacy?: true;
  /** Structs that {@link text} defines. */
  readonly structs?: readonly string[];
  /** What is found of arrays that are sent in part, by struct and member. */
  readonly length?: Readonly<Record<string, string>>;
  /** Absent where `BPF_PROG_TEST_RUN` has no run for such a program. */
  readonly runs?: readonly ProgramRun[];
  /** What an iterator writes for each of what it goes over, by its name: the record, and members of it. */
  readonly iterates?: Readonly<Record<string, { readonly record: string; readonly members: unknown }>>;
}

/** Keeps a program's records in its object's BTF, from which compilers drop what nothing refers to. */
export function anchorsOf({ structs = [] }: SendingProgram): string {
  return ["event", "exit", "line", ...structs]
    .map((name) => `const struct ${name} *keep_${name} __attribute__((unused));\n`)
    .join("");
}

/** A program as one source, the anchors behind what they name. */
export function sourceOf(program: SendingProgram, anchored = false): string {
  return sendingHead + program.text + (anchored ? `\n${anchorsOf(program)}` : "");
}
