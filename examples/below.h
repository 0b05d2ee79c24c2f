/*
 * Of which processes the programs of these examples tell: those below `root`. What others of the machine do is dropped in
 * the kernel.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct task_struct {
	int tgid;
	struct task_struct *real_parent;
} __attribute__((preserve_access_index));

const volatile int root; /* 0: all processes */

static __always_inline int is_told_of(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	if (root == 0)
		return 1;
	for (int depth = 0; depth < 8; depth++) {
		task = BPF_CORE_READ(task, real_parent);
		if (BPF_CORE_READ(task, tgid) == root)
			return 1;
	}
	return 0;
}
