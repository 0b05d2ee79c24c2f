import { describeWith } from "@rbgen/testkit";
import { sendingHead } from "@rbgen/testkit/codegen/sending-programs";
import { compileBpf } from "@rbgen/testkit/compile";
import { expect, test } from "vitest";
import { readBtfModule } from "../btf/btf-module.ts";

const start = `e.hdr.kind = 1; x.hdr.kind = 2; e.hdr.pid = x.hdr.pid = ${"bpf_get_prandom_u32()"}; void *p, *m = &events; __u64 n; int c = bpf_get_prandom_u32() & 1;`;
const send = "bpf_ringbuf_output(m, p, n, 0);";

/** Records with the sizes of their samples and the values of their tag, by map. */
function told(
  body: string,
  flags: readonly string[],
  compiler: "clang" | "clang-19",
): Record<string, readonly string[]> {
  const text = `${sendingHead}struct event e; struct exit x; PROG(${start} ${body})`;
  const module = readBtfModule(
    compileBpf(text, "little", flags, compiler),
    { name: "a.bpf.o", path: "a.bpf.o" },
    (one) => {
      throw new Error(one.message);
    },
  );
  return Object.fromEntries(
    (module?.sent?.() ?? []).map(({ map, records, untold }) => [
      map,
      [
        ...records.map(({ type, sizes = [], tag }) =>
          `${type} ${[...new Set(sizes.flat().map(({ bytes }) => bytes))].sort().join("|")} ${tag?.values ?? ""}`.trim(),
        ),
        ...untold.map(() => "?"),
      ].sort(),
    ]),
  );
}

const cases: readonly (readonly [
  title: string,
  body: string,
  expected: Readonly<Record<string, readonly string[]>>,
])[] = [
  [
    "by one branch go together",
    `if (c) { p = &e; n = sizeof(e); } else { p = &x; n = sizeof(x); } ${send}`,
    { events: ["struct event 24 1", "struct exit 16 2"] },
  ],
  [
    "by several branches on one number go together",
    `p = c ? (void *)&e : (void *)&x; bpf_printk("%p", p); n = c ? sizeof(e) : sizeof(x); ${send}`,
    { events: ["struct event 24 1", "struct exit 16 2"] },
  ],
  [
    "with a map go together",
    `if (c) { p = &e; n = sizeof(e); } else { p = &x; n = sizeof(x); } bpf_printk("%p", p); if (!c) m = &others; ${send}`,
    { events: ["struct event 24"], others: ["struct exit 16"] },
  ],
  [
    "before a loop go together in it",
    `if (c) { p = &e; n = sizeof(e); } else { p = &x; n = sizeof(x); } for (int i = 0; i < (int)(bpf_get_prandom_u32() & 7); i++) ${send}`,
    { events: ["struct event 24 1", "struct exit 16 2"] },
  ],
  [
    "by branches on two numbers may be any pair",
    `int d = bpf_get_prandom_u32() & 1; p = c ? (void *)&e : (void *)&x; n = d ? sizeof(e) : sizeof(x); ${send}`,
    { events: ["struct event 16|24 1", "struct exit 16|24 2"] },
  ],
];

describeWith(["clang", "clang-19"], "pointers and sizes that an object's code chooses", () => {
  for (const [compiler, ...flags] of [
    ["clang", "-O2"],
    ["clang", "-O1"],
    ["clang-19", "-O2", "-mcpu=v4"],
    ["clang-19", "-Os"],
  ] as const) {
    test.each(cases)(`%s, by ${compiler} ${flags.join(" ")}`, (_, body, expected) => {
      expect(told(body, flags, compiler)).toEqual(expected);
    });
  }

  test("are of no known record where more is chosen than is kept apart", () => {
    const chosen = Array.from(
      { length: 70 },
      (_, i) => `case ${i}: p = &e${i}; n = sizeof(struct event) + ${i}; break;`,
    );
    const records = Array.from({ length: 70 }, (_, i) => `struct event e${i}; char room${i}[16];`);
    const text = `${sendingHead}${records.join("")} PROG(void *p; __u64 n;
      switch (bpf_get_prandom_u32() & 127) { ${chosen.join("")} default: return 0; } bpf_ringbuf_output(&events, p, n, 0);)`;
    const module = readBtfModule(compileBpf(text), { name: "a.bpf.o", path: "a.bpf.o" }, () => {});
    const [events] = module?.sent?.() ?? [];
    expect(events?.untold.length).toBeGreaterThan(0);
    // What is told beside it is as long as what goes with it.
    const sizes = (events?.records ?? []).flatMap(({ sizes = [] }) => sizes.flat());
    expect(sizes.every(({ bytes }) => bytes >= 24n && bytes < 24n + 70n)).toBe(true);
  });
});
