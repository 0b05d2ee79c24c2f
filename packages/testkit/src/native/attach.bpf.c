/* What is attached with options: each program counts that it ran, and keeps the cookie and a value of the last run. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <linux/bpf_perf_event.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <stdbool.h>
#include <bpf/usdt.bpf.h>

char LICENSE[] SEC("license") = "GPL";

/* Nothing but what this process does is counted; 0 for what is limited otherwise. */
const volatile __u32 only;
__u64 runs, cookie;
__s64 value;

static int seen(void *context, __s64 what)
{
	if (only && bpf_get_current_pid_tgid() >> 32 != only)
		return 0;
	__sync_fetch_and_add(&runs, 1);
	cookie = bpf_get_attach_cookie(context);
	value = what;
	return 0;
}

SEC("uprobe") int entered(struct pt_regs *context)
{
	return seen(context, PT_REGS_PARM1(context));
}

SEC("uretprobe") int returned(struct pt_regs *context)
{
	return seen(context, PT_REGS_RC(context));
}

SEC("usdt") int probed(struct pt_regs *context)
{
	long argument = 0;

	bpf_usdt_arg(context, 0, &argument);
	__sync_fetch_and_add(&runs, 1);
	cookie = bpf_usdt_cookie(context);
	value = argument;
	return 0;
}

SEC("kprobe") int kernel_function(struct pt_regs *context)
{
	return seen(context, 0);
}

SEC("kprobe.multi") int kernel_functions(struct pt_regs *context)
{
	return seen(context, 0);
}

SEC("tracepoint") int traced(void *context)
{
	return seen(context, 0);
}

SEC("raw_tracepoint") int traced_raw(struct bpf_raw_tracepoint_args *context)
{
	if (only && bpf_get_current_pid_tgid() >> 32 != only)
		return 0;
	__sync_fetch_and_add(&runs, 1);
	return 0;
}

SEC("perf_event") int sampled(struct bpf_perf_event_data *context)
{
	return seen(context, context->sample_period);
}

SEC("cgroup_skb/egress") int leaving(struct __sk_buff *context)
{
	__sync_fetch_and_add(&runs, 1);
	value = context->len;
	return 1;
}

SEC("cgroup_skb/egress") int leaving_too(struct __sk_buff *context)
{
	__sync_fetch_and_add(&runs, 1000);
	return 1;
}

SEC("xdp") int arriving(struct xdp_md *context)
{
	__sync_fetch_and_add(&runs, 1);
	return XDP_PASS;
}

SEC("tc") int passing(struct __sk_buff *context)
{
	__sync_fetch_and_add(&runs, 1);
	value = context->len;
	return -1; /* TCX_NEXT */
}
