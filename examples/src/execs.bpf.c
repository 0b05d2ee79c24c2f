/* Executions, over a perf event array, each as long as its arguments: the header lies in ../include, and no flag names it. */
#include <linux/bpf.h>
#include <stddef.h>
#include <bpf/bpf_helpers.h>
#include "exec_event.h"

#define EVENT_SIZE(e) (offsetof(struct exec_event, args) + (e)->args_size)

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct exec_event);
} scratch SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} execs SEC(".maps");

SEC("tracepoint/sched/sched_process_exec")
int on_exec(void *ctx)
{
	__u32 zero = 0;
	struct exec_event *e = bpf_map_lookup_elem(&scratch, &zero);
	if (!e)
		return 0;
	e->ts_ns = bpf_ktime_get_ns();
	e->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	e->args_size = 0;
	__u64 size = EVENT_SIZE(e);
	if (size <= sizeof(*e))
		bpf_perf_event_output(ctx, &execs, BPF_F_CURRENT_CPU, e, size);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
