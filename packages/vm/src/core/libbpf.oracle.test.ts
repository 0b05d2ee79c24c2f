import { readFileSync } from "node:fs";
import { type Btf, btfExtOf, type ElfFunction, functionsOf, parseBtf } from "@rbgen/btf";
import { describeWith } from "@rbgen/testkit";
import { compileBpf } from "@rbgen/testkit/compile";
import { coreObject, coreTargets } from "@rbgen/testkit/vm/core-sources";
import { type LibbpfRelocations, relocateByLibbpf } from "@rbgen/testkit/vm/libbpf-relocations";
import { expect, test } from "vitest";
import { CoreError } from "./core-error.ts";
import { patchInstruction } from "./patch.ts";
import { CoreResolver } from "./resolve.ts";

const unsigned = (value: bigint): bigint => BigInt.asUintN(64, value);

/** What libbpf calls the place of a value. */
const words = { immediate: "imm", offset: "off", immediate64: "imm64" } as const;
const bytesOfSize: Readonly<Record<number, number>> = { 0: 4, 8: 2, 16: 1, 24: 8 };

/** Relocates all of an object, and tells it as libbpf does. */
function relocate(btf: Btf, target: Btf): LibbpfRelocations {
  const patches: string[] = [];
  const elf = btf.elf!;
  const functions = functionsOf(elf);
  const resolver = new CoreResolver(btf, [target]);
  for (const { section, records } of btfExtOf(btf)!.relocations) {
    const code = new Uint8Array(elf.section(section)!.bytes);
    for (const [i, relocation] of records.entries()) {
      const { offset } = relocation;
      const within = (f: ElfFunction): boolean =>
        f.section.name === section && offset >= f.offset && offset < f.offset + f.bytes.length;
      const owner = functions.find(within)!;
      const where = `${owner.name} #${i}`;
      const slot = (offset - owner.offset) / 8;
      try {
        const opcode = code[offset]!;
        const patch = patchInstruction(code, offset, elf.endian, resolver.resolve(relocation));
        if (patch.kind === "poison") {
          expect(patch.reason).not.toBe("");
          // Of an immediate of 64 bits libbpf tells of the second half first.
          if (opcode === 0x18) patches.push(`${where} insn ${slot + 1} poison`);
          patches.push(`${where} insn ${slot} poison`);
          continue;
        }
        const { kind, before, after } = patch;
        patches.push(`${where} insn ${slot} ${words[kind]} ${unsigned(before)} -> ${unsigned(after)}`);
        if (kind === "offset" && code[offset] !== opcode) {
          const size = (of: number): number => bytesOfSize[of & 0x18]!;
          patches.push(`${where} insn ${slot} mem_sz ${size(opcode)} -> ${size(code[offset]!)}`);
        }
      } catch (error) {
        if (!(error instanceof CoreError)) throw error;
        return { patches, refused: where };
      }
    }
  }
  return { patches, refused: undefined };
}

const objects = [
  ["clang", []],
  ["clang-19", []],
  ["clang-19", ["-mcpu=v4"]],
] as const;
const compilers = ["clang", "clang-19"] as const;

describeWith(["clang", "clang-19", "gcc", "libbpf"], "CO-RE relocations as libbpf makes them", () => {
  const built = objects.map(([compiler, flags]) =>
    compileBpf(coreObject(compiler !== "clang"), "little", flags, compiler),
  );
  const cases = Object.keys(coreTargets).flatMap((name) => compilers.map((compiler) => ({ name, compiler })));

  test.each(cases)("against types that are $name, of $compiler", ({ name, compiler }) => {
    const target = compileBpf(coreTargets[name]!, "little", [], compiler);
    for (const object of built) {
      const libbpf = relocateByLibbpf(object, target);
      const ours = relocate(parseBtf(object), parseBtf(target));
      expect(ours).toEqual(libbpf);
      expect(ours.refused !== undefined).toBe(name === "disagreeing");
      if (ours.refused === undefined) expect(ours.patches.length).toBeGreaterThan(125);
    }
  });
});

describeWith(["clang", "clang-19", "gcc", "libbpf", "vmlinux"], "CO-RE relocations against the kernel", () => {
  const vmlinux = readFileSync("/sys/kernel/btf/vmlinux");
  const target = parseBtf(vmlinux);
  const source = `
    #define SEC(name) __attribute__((section(name), used))
    #pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
    struct list_head { struct list_head *next; };
    struct task_struct { int pid, tgid; char comm[16]; struct task_struct *real_parent; struct list_head tasks; unsigned in_execve : 1; int gone; };
    struct task_struct___old { long state; }; struct task_struct___new { unsigned __state; };
    struct sock_common { union { struct { unsigned skc_daddr, skc_rcv_saddr; }; }; unsigned short skc_family; };
    struct sock { struct sock_common __sk_common; unsigned sk_userlocks : 4; };
    struct rq { int nr_running; }; struct nothing_like_it { int a; };
    enum bpf_map_type { BPF_MAP_TYPE_RINGBUF = 1, BPF_MAP_TYPE_NONE_SUCH = 2 }; enum zone_type { ZONE_NORMAL };
    #pragma clang attribute pop
    #define field(what, kind) __builtin_preserve_field_info(what, kind)
    struct out { unsigned long long values[64]; };
    SEC("syscall") int ask(struct out *out) {
      struct task_struct *t = 0; struct sock *s = 0; int n = 0;
      out->values[0] = field(t->pid, 0); out->values[1] = field(t->comm, 1); out->values[2] = field(t->tasks.next, 0);
      out->values[3] = field(t->in_execve, 0); out->values[4] = field(t->in_execve, 4); out->values[5] = field(t->in_execve, 5);
      out->values[6] = field(t->gone, 2); out->values[7] = field(((struct task_struct___old *)t)->state, 2);
      out->values[8] = field(((struct task_struct___new *)t)->__state, 0); out->values[9] = field(s->__sk_common.skc_daddr, 0);
      out->values[10] = field(s->__sk_common.skc_family, 0); out->values[11] = field(s->sk_userlocks, 0); out->values[12] = field(s->sk_userlocks, 4);
      out->values[13] = __builtin_preserve_type_info(*(struct nothing_like_it *)0, 0); out->values[14] = __builtin_preserve_type_info(*(struct rq *)0, 1);
      out->values[15] = __builtin_btf_type_id(*(struct task_struct *)0, 1);
      out->values[16] = __builtin_preserve_enum_value(*(enum bpf_map_type *)BPF_MAP_TYPE_RINGBUF, 1);
      out->values[17] = __builtin_preserve_enum_value(*(enum bpf_map_type *)BPF_MAP_TYPE_NONE_SUCH, 0);
      out->values[18] = __builtin_preserve_enum_value(*(enum zone_type *)ZONE_NORMAL, 1);
      return 0;
    }
    char licence[] SEC("license") = "GPL";`;

  test.each(compilers)("give what libbpf gives to an object of %s", (compiler) => {
    const object = compileBpf(source, "little", [], compiler);
    const ours = relocate(parseBtf(object), target);
    expect(ours).toEqual(relocateByLibbpf(object, vmlinux));
    expect(ours.patches.length).toBeGreaterThan(17);
  });
});
