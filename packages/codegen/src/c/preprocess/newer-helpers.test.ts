import { expect, test } from "vitest";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { readHeader } from "../front-end.ts";
import { readSent } from "../sent/testing/read-sent.ts";

/** As much of the header of libbpf 0.5 as matters here. */
const older = `#ifndef __BPF_HELPERS__
#define __BPF_HELPERS__
#define SEC(NAME) __attribute__((section(NAME), used))
#define __weak __attribute__((weak))
#endif
`;

function read(text: string): { types: readonly string[]; said: readonly string[] } {
  const files: Readonly<Record<string, string>> = { "lib/bpf/bpf_helpers.h": older };
  const said: Diagnostic[] = [];
  const module = readHeader(
    { name: "probe.bpf.c", text },
    "probe.bpf.c",
    { read: (path) => files[path] },
    { endian: "little", includePaths: ["lib"], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] },
    (diagnostic) => said.push(diagnostic),
  );
  return { types: [...module.types()].map(({ name }) => name), said: said.map(({ message }) => message) };
}

const uses = `
struct node { unsigned a; };
typedef struct node __arena * __arg_arena node_t;
struct held { struct node __kptr *owned; struct node __uptr *user; struct node __percpu_kptr *percpu; node_t next; };
extern int look(struct node *n __arg_trusted, void *ctx __arg_ctx, struct node *other __arg_nullable) __ksym __weak;
__hidden int sub(struct node *n __arg_nonnull, void *any __arg_untrusted) { return n->a; }
struct { __ulong(map_extra, 1); __ulong(map_flags, 2); } map;
`;

test("an older bpf_helpers.h is followed by what newer ones define", () => {
  expect(read(`#include <bpf/bpf_helpers.h>\n${uses}`)).toEqual({ types: ["node", "node_t", "held"], said: [] });
});

test("where nothing includes bpf_helpers.h, none of its words are known", () => {
  expect(read(uses).said[0]).toBe("expected ';' after the declaration, but '*' stands here");
});

test("what a source defines for itself counts, and nothing is said of it", () => {
  const own = `#include <bpf/bpf_helpers.h>
#include <bpf/bpf_helpers.h>
#define __uptr __attribute__((btf_type_tag("mine")))
#ifndef __arg_trusted
#define __arg_trusted nonsense
#endif
struct s { int __uptr *p; };
int f(struct s *p __arg_trusted);`;
  expect(read(own)).toEqual({ types: ["s"], said: [] });
});

test.each(["bpf_for(i, 0, 3)", "bpf_repeat(3)", "bpf_for_each(num, p, 0, 3)"])(
  "what is sent inside of %s is found",
  (loop) => {
    const { sent, limits, diagnostics } = readSent(`struct bpf_iter_num { __u64 state; };
int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
SEND { int i = 0, *p; ${loop} { struct event e = { .hdr = { .pid = i } }; bpf_ringbuf_output(&events, &e, sizeof(e), 0); } return 0; }`);
    expect({ sent, limits, diagnostics }).toEqual({
      sent: { events: "struct event" },
      limits: { events: "" },
      diagnostics: [],
    });
  },
);
