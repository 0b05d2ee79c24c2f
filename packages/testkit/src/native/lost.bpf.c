/* Reservations through rbgen.h that fail, for each of its reasons. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "rbgen.h"

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");
RB_LOST_MAP(lost);

struct event {
	__u64 number;
	char text[1016];
};
RB_RECORD(events, struct event);

SEC("syscall")
int produce(void *ctx)
{
	struct event *e = rb_reserve_or_count(&events, sizeof(*e), &lost);

	if (!e)
		return 0;
	e->number = 7;
	bpf_ringbuf_submit(e, 0);
	return 1;
}

/* With its header 8 bytes less than the ring, which is never filled whole. */
SEC("syscall")
int produce_largest(void *ctx)
{
	void *e = rb_reserve_or_count(&events, 4080, &lost);

	if (!e)
		return 0;
	bpf_ringbuf_discard(e, 0);
	return 1;
}

SEC("syscall")
int produce_too_big(void *ctx)
{
	void *e = rb_reserve_or_count(&events, 4081, &lost);

	if (!e)
		return 0;
	bpf_ringbuf_discard(e, 0);
	return 1;
}

SEC("syscall")
int produce_huge(void *ctx)
{
	void *e = rb_reserve_or_count(&events, 0x40000000, &lost);

	if (!e)
		return 0;
	bpf_ringbuf_discard(e, 0);
	return 1;
}
