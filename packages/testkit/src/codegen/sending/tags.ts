import type { SendingProgram } from "./program.ts";

/** Records that a member tells apart, and those that none does. */
export const tags: readonly SendingProgram[] = [
  {
    title: "two records with a tag in the header that both begin with",
    text: `static __always_inline void fill(struct hdr *h, __u32 kind) { h->kind = kind; h->pid = 12; }
      PROG(struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0); if (e) { fill(&e->hdr, 1); __builtin_memset(e->comm, 0, 16); e->comm[0] = 'q'; bpf_ringbuf_submit(e, 0); }
        struct exit x = {}; fill(&x.hdr, 2); x.code = 99; bpf_ringbuf_output(&events, &x, sizeof(x), 0);)`,
    sent: { events: "struct event, struct exit" },
    runs: [
      {
        delivered: {
          events: [
            { kind: "event", comm: "q" },
            { kind: "exit", code: 99n },
          ],
        },
      },
    ],
  },
];
