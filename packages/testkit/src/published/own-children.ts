import { readFileSync } from "node:fs";
import { leavesOf, parseBtf } from "@rbgen/btf";

/** Byte offset of a member of the running kernel's task_struct. */
function offsetInTask(member: string): number {
  const [task] = parseBtf(readFileSync("/sys/kernel/btf/vmlinux")).find("task_struct");
  const leaf = task?.kind === "struct" ? leavesOf(task).find(({ path }) => path === member) : undefined;
  if (leaf === undefined) throw new Error(`this kernel's task_struct has no ${member}`);
  return leaf.bitOffset / 8;
}

/**
 * A program of a document, whose `on_exec` tells of what this process starts and of nothing else: tests of it attach, and
 * look at no one else's. Without CO-RE, for loaders that do not know the BTF of newer kernels.
 */
export function ofOwnChildren(source: string): string {
  const filtered = source.replace(
    /int on_exec\(void \*ctx\)\n\{\n((?:\t[^;(]*=[^;]*;\n)*)/,
    `int on_exec(void *ctx)
{
$1
	char *task = (char *)bpf_get_current_task();
	char *parent;
	int tgid;
	if (bpf_probe_read_kernel(&parent, sizeof(parent), task + ${offsetInTask("real_parent")}))
		return 0;
	if (bpf_probe_read_kernel(&tgid, sizeof(tgid), parent + ${offsetInTask("tgid")}) || tgid != ${process.pid})
		return 0;
`,
  );
  if (filtered === source) throw new Error("the program has no on_exec");
  return filtered;
}
