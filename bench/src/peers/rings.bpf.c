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
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
} perf_events SEC(".maps");

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

/* args: the first index, and how many events to send to the ring of the CPU that this runs on. */
SEC("raw_tp/sys_enter") int produce_perf(struct bpf_raw_tracepoint_args *context)
{
	__u64 first = context->args[0], count = context->args[1], i;

	for (i = 0; i < count && i < 1000; i++) {
		struct event event = { .time = first + i, .pid = first + i, .kind = (first + i) & 7, .comm = "benchmark" };

		event.first = (first + i) << 20;
		event.second = first + i;
		bpf_perf_event_output(context, &perf_events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	}
	return 0;
}
