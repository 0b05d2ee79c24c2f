/* Sends numbered samples of a length that its context tells, to the slot of the CPU it runs on or to another one. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
} events SEC(".maps");

/* Of each CPU: nobody else writes into a sample before it is sent. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64[1024]);
} scratch SEC(".maps");

/*
 * args: first number (a u32 at byte 0, counted on), count, length in bytes, flags, key (a u64 at byte 8).
 * Returns what the last output returned.
 */
SEC("raw_tp/sys_enter") int send(struct bpf_raw_tracepoint_args *context)
{
	__u64 number = context->args[0], count = context->args[1], length = context->args[2] & 8191, i;
	__u32 zero = 0;
	__u64 *words = bpf_map_lookup_elem(&scratch, &zero);
	long result = 0;

	if (!words)
		return -1;
	for (i = 0; i < count && i < 1000; i++) {
		words[0] = (__u32)(number + i);
		words[1] = context->args[4];
		result = bpf_perf_event_output(context, &events, context->args[3], words, length);
	}
	return (int)result;
}
