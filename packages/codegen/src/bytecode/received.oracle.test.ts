import { describeWith } from "@rbgen/testkit";
import { sendingHead } from "@rbgen/testkit/codegen/sending-programs";
import { compileBpf } from "@rbgen/testkit/compile";
import { expect, test } from "vitest";
import { readBtfModule } from "../btf/btf-module.ts";

const users = `struct cmd { __u64 op, arg; }; const struct cmd *keep_cmd __attribute__((unused));
  struct op { __u32 op, length; }; const struct op *keep_op __attribute__((unused));`;

/** What user space sends to `cmds`, as a callback of a drain receives it: types, and bytes of which none is known. */
function received(callback: string, before = ""): readonly string[] {
  const text = `${sendingHead}${users}${before}
    static long on_cmd(struct bpf_dynptr *d, void *c) { ${callback} return 0; }
    SEC("syscall") int drain(void *ctx) { return bpf_user_ringbuf_drain(&cmds, on_cmd, (void *)0, 0); }`;
  const module = readBtfModule(compileBpf(text), { name: "a.bpf.o", path: "a.bpf.o" }, (told) => {
    throw new Error(told.message);
  });
  const cmds = module?.sent?.().find(({ map }) => map === "cmds");
  return [
    ...(cmds?.records ?? []).map(({ type, verb }) => `${verb} ${type}`),
    ...(cmds?.untold ?? []).map(({ bytes, verb }) => `${verb} ${bytes ?? "?"}`),
  ];
}

describeWith(["clang"], "what an object receives of a user ring", () => {
  test.each([
    [
      "the struct that is read into",
      'struct cmd s; bpf_dynptr_read(&s, sizeof(s), d, 0, 0); bpf_printk("%d", s.arg);',
      ["received struct cmd"],
    ],
    [
      "bytes, where a member is read into",
      'struct cmd s; bpf_dynptr_read(&s.arg, 8, d, 0, 0); bpf_printk("%d", s.arg);',
      ["received 8"],
    ],
    [
      "bytes, where reads begin behind the first byte",
      'struct cmd s; bpf_dynptr_read(&s, sizeof(s), d, 8, 0); bpf_printk("%d", s.arg);',
      ["received 16"],
    ],
    [
      "bytes, where a run decides from which byte on",
      'struct cmd s; bpf_dynptr_read(&s, sizeof(s), d, bpf_get_prandom_u32() & 7, 0); bpf_printk("%d", s.arg);',
      ["received 16"],
    ],
    [
      "a struct, and bytes behind it",
      'struct op h; struct cmd s; bpf_dynptr_read(&h, sizeof(h), d, 0, 0); bpf_dynptr_read(&s, sizeof(s), d, 8, 0); bpf_printk("%d %d", s.arg, h.op);',
      ["received struct op", "received 16"],
    ],
    [
      "a struct, of which a part is looked at again",
      'struct cmd *s = bpf_dynptr_data(d, 0, sizeof(*s)); __u64 *a = bpf_dynptr_data(d, 8, 8); if (s && a) bpf_printk("%d %d", s->op, *a);',
      ["received struct cmd"],
    ],
    ["something, where nothing is looked at", "", ["received ?"]],
  ])("is %s", (_, callback, expected) => {
    expect(received(callback)).toEqual(expected);
  });
});
