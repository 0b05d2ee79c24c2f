/* The kernel's side of the native benchmarks, the same for this reader and for libbpf's. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
} events SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 1 << 20);
} commands SEC(".maps");

struct event {
	__u64 time;
	__u32 pid, kind;
	char comm[16];
	__u64 first, second;
};
struct request {
	__u32 count;
	__u32 flags; /* of submit */
	__u64 dropped;
	__u64 drained;
};

static long send(__u32 index, struct request *request)
{
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event) {
		request->dropped++;
		return 0;
	}
	event->time = request->count == 1 ? bpf_ktime_get_ns() : index;
	event->pid = index;
	event->kind = index & 7;
	__builtin_memcpy(event->comm, "benchmark\0\0\0\0\0\0", 16);
	event->first = (__u64)index << 20;
	event->second = index;
	bpf_ringbuf_submit(event, request->flags);
	return 0;
}

SEC("syscall") int produce(struct request *request)
{
	struct request copy = *request;

	copy.dropped = 0;
	bpf_loop(copy.count, send, &copy, 0);
	request->dropped += copy.dropped;
	return 0;
}

static long take(struct bpf_dynptr *sample, void *context)
{
	return 0;
}

SEC("syscall") int drain(struct request *request)
{
	request->drained = bpf_user_ringbuf_drain(&commands, take, 0, 0);
	return 0;
}
