/* Sends numbered samples of a length that its context tells, to the slot of the CPU it runs on or to another one. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
} events SEC(".maps");

static __u32 bytes[1024];

/* args: first number, count, length in bytes, flags. Returns what the last output returned. */
SEC("raw_tp/sys_enter") int send(struct bpf_raw_tracepoint_args *context)
{
	__u64 number = context->args[0], count = context->args[1], length = context->args[2] & 4095, i;
	long result = 0;

	for (i = 0; i < count && i < 1000; i++) {
		bytes[0] = (__u32)(number + i);
		result = bpf_perf_event_output(context, &events, context->args[3], bytes, length);
	}
	return (int)result;
}
