/*
 * Tells which processes start programs and end below the one that asked: CO-RE against this kernel's types, filtered
 * here, so that no other process of the machine is looked at beyond its parent's number.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

const volatile int root; /* the process whose children are told of */

struct process_event {
	__u32 kind; /* 1: exec, 2: exit */
	__s32 pid;
	__s32 exit_code;
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} events SEC(".maps");
__u64 drops;

static __always_inline int tell(__u32 kind)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct process_event *event;

	if (BPF_CORE_READ(task, real_parent, tgid) != root || BPF_CORE_READ(task, pid) != BPF_CORE_READ(task, tgid))
		return 0;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		__sync_fetch_and_add(&drops, 1);
		return 0;
	}
	event->kind = kind;
	event->pid = BPF_CORE_READ(task, tgid);
	event->exit_code = BPF_CORE_READ(task, exit_code);
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("raw_tp/sched_process_exec") int on_exec(void *context)
{
	return tell(1);
}

SEC("raw_tp/sched_process_exit") int on_exit(void *context)
{
	return tell(2);
}

/* Attached to nothing, as its section says nothing of where. */
SEC("syscall") int dropped(void *context)
{
	return drops;
}
