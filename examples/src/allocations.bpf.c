/* What a program asks malloc for, as a uprobe of libc sees it: attachUprobe({ path: "libc.so.6", symbol: "malloc", pid }). */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct allocation { __u64 ts_ns; __u64 size; __u32 pid; __u32 thread; char comm[16]; };

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} allocations SEC(".maps");

/* Smaller ones are not sent. */
const volatile __u64 least = 0;

SEC("uprobe")
int on_malloc(struct pt_regs *ctx)
{
	__u64 size = PT_REGS_PARM1(ctx), task = bpf_get_current_pid_tgid();

	if (size < least)
		return 0;
	struct allocation *e = bpf_ringbuf_reserve(&allocations, sizeof(*e), 0);
	if (!e)
		return 0;
	e->ts_ns = bpf_ktime_get_ns();
	e->size = size;
	e->pid = task >> 32;
	e->thread = task;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	bpf_ringbuf_submit(e, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
