#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "native/record.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u64);
} packets SEC(".maps");

__u32 sent;
__u64 counted;

/* xorshift64: shifts and exclusive ors that no compiler folds */
SEC("xdp")
int arithmetic(struct xdp_md *ctx)
{
	__u64 state = 88172645463325252ull;

	for (int turn = 0; turn < 20000; turn++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		asm volatile("" : "+r"(state));
	}
	return state & 1 ? XDP_PASS : XDP_DROP;
}

/* counts packets by their source address, and drops those of one port */
SEC("xdp")
int filter(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 source;
	__u64 one = 1, *count;

	if (data + 42 > end || data[12] != 8 || data[13] != 0 || data[23] != 17)
		return XDP_PASS;
	counted++;
	source = *(__u32 *)(data + 26);
	count = bpf_map_lookup_elem(&packets, &source);
	if (count)
		__sync_fetch_and_add(count, 1);
	else
		bpf_map_update_elem(&packets, &source, &one, BPF_ANY);
	return data[36] == 0 && data[37] == 53 ? XDP_DROP : XDP_PASS;
}

SEC("tp/sched/sched_process_exec")
int on_exec(void *ctx)
{
	struct bench_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event)
		return 0;
	event->time = bpf_ktime_get_ns();
	event->pid = bpf_get_current_pid_tgid() >> 32;
	event->kind = 1;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	event->first = sent++;
	event->second = 0;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
