/* All tasks at once, as an iterator writes them: its records lie on no map, one after another in what is read of its pin. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct task_struct {
	int pid;
	int tgid;
	char comm[16];
} __attribute__((preserve_access_index));

struct bpf_iter_meta {
	struct seq_file *seq;
} __attribute__((preserve_access_index));

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} __attribute__((preserve_access_index));

struct task { __u32 pid; __u32 process; char comm[16]; };

SEC("iter/task")
int tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *from = ctx->task;
	if (!from)
		return 0;
	struct task task = { .pid = from->pid, .process = from->tgid };
	bpf_probe_read_kernel_str(task.comm, sizeof(task.comm), from->comm);
	bpf_seq_write(ctx->meta->seq, &task, sizeof(task));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
