/* Iterators over tasks, symbols and control groups, in records and in lines. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct task_struct {
	int pid;
	int tgid;
} __attribute__((preserve_access_index));

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 session_id;
	__u64 seq_num;
} __attribute__((preserve_access_index));

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} __attribute__((preserve_access_index));

struct kernfs_node {
	__u64 id;
} __attribute__((preserve_access_index));

struct cgroup {
	struct kernfs_node *kn;
} __attribute__((preserve_access_index));

struct bpf_iter__cgroup {
	struct bpf_iter_meta *meta;
	struct cgroup *cgroup;
} __attribute__((preserve_access_index));

struct bpf_iter__ksym {
	struct bpf_iter_meta *meta;
	struct kallsym_iter *ksym;
} __attribute__((preserve_access_index));

struct sample {
	int pid, seq;
	__u64 value;
	char comm[16];
};

SEC("iter/task") int tasks(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	struct sample sample = { .seq = 7 };

	if (!task)
		return 0;
	sample.pid = task->pid;
	sample.value = task->tgid;
	bpf_seq_write(context->meta->seq, &sample, sizeof(sample));
	return 0;
}

SEC("iter/task") int lines(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	static const char format[] = "%d %d\n";
	__u64 arguments[2];

	if (!task)
		return 0;
	arguments[0] = task->pid;
	arguments[1] = task->tgid;
	bpf_seq_printf(context->meta->seq, format, sizeof(format), arguments, sizeof(arguments));
	return 0;
}

SEC("iter/ksym") int symbols(struct bpf_iter__ksym *context)
{
	struct sample sample = { .value = 3 };

	if (!context->ksym)
		return 0;
	sample.pid = context->meta->seq_num;
	bpf_seq_write(context->meta->seq, &sample, sizeof(sample));
	return 0;
}

SEC("iter/cgroup") int groups(struct bpf_iter__cgroup *context)
{
	struct cgroup *cgroup = context->cgroup;
	struct sample sample = {};

	if (!cgroup)
		return 0;
	sample.value = cgroup->kn->id;
	bpf_seq_write(context->meta->seq, &sample, sizeof(sample));
	return 0;
}

/* A record that ends too early. */
SEC("iter/task") int broken(struct bpf_iter__task *context)
{
	__u64 word = 0;

	bpf_seq_write(context->meta->seq, &word, context->task ? 8 : 4);
	return 0;
}
