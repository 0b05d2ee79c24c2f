import type { SendingProgram } from "./program.ts";

/** Code that looks as if it sent, and does not. */
export const nowhere: readonly SendingProgram[] = [
  {
    title: "nowhere, behind a return",
    text: `PROG(struct exit x = { .hdr = { .kind = 2 }, .code = 8 }; bpf_ringbuf_output(&events, &x, sizeof(x), 0); return 0;
        { struct event e = {}; bpf_ringbuf_output(&others, &e, sizeof(e), 0); bpf_ringbuf_output(&events, &e, sizeof(e), 0); })`,
    sent: { events: "struct exit" },
    runs: [{ delivered: { events: [{ code: 8n }] } }],
  },
  {
    title: "nowhere, in a branch that is left out",
    text: `#define DEBUG 0
      PROG(struct event *e; struct exit x = {}; if (DEBUG) bpf_ringbuf_output(&others, &x, sizeof(x), 0); else x.code = 3;
        bpf_ringbuf_output(&events, &x, sizeof(x), 0);)`,
    sent: { events: "struct exit" },
    runs: [{ delivered: { events: [{ code: 3n }] } }],
  },
];
