/* Fills a ring as fast as it can and counts what it could not place. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} events SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} drops SEC(".maps");

struct event {
	__u64 sequence;
	__u64 filler[5];
};

__u64 sequence;
__u64 flags;
struct burst {
	__u64 count;
};

static long one(__u32 index, void *context)
{
	__u32 zero = 0;
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event) {
		__u64 *dropped = bpf_map_lookup_elem(&drops, &zero);
		if (dropped)
			*dropped += 1;
		__sync_fetch_and_add(&sequence, 1);
		return 0;
	}
	event->sequence = __sync_fetch_and_add(&sequence, 1);
	bpf_ringbuf_submit(event, flags);
	return 0;
}

SEC("syscall") int burst(struct burst *request)
{
	bpf_loop(request->count, one, 0, 0);
	return 0;
}
