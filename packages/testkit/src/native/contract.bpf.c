/*
 * The kernel's end of the backend contract: one run is one operation, read from `request` and answered in `reply`.
 * Rings are inner maps, so that the suite can make as many as it likes, of any size.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define SLOTS 64
#define HEAD 64
#define SEEN 64
#define OUTPUT_LIMIT 8192
#define FILL_LIMIT 0x30000

char LICENSE[] SEC("license") = "GPL";

struct ring_slots {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, SLOTS);
	__type(key, __u32);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_RINGBUF);
		__uint(max_entries, 4096);
	});
} rings SEC(".maps");

struct user_ring_slots {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, SLOTS);
	__type(key, __u32);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
		__uint(max_entries, 4096);
	});
} user_rings SEC(".maps");

/* Globals: user space sets them before a run and reads them after it. */
__u32 slot;
__u32 size;
__u64 flags;
__u64 reserve_flags;
__u32 what;
__u32 discard;
__u32 filled;
__u8 fill[FILL_LIMIT];
__u8 payload[OUTPUT_LIMIT];
__s64 returned;

struct record {
	__u32 size;
	__u32 discard;
	__u64 flags;
	__u32 length;
	__u32 unused;
	__u8 bytes[HEAD];
};
struct record records[4];
__u32 record_count;
__u32 reversed;
__s64 batch_returned[4];

__u64 drain_flags;
__u32 stop_at;
__u32 reply_slot; /* SLOTS: no reply */
__u32 nested;
__u32 overwrite; /* 256: nothing is written */
__u32 sample_count;
__s64 nested_returned;
struct sample {
	__u32 length;
	__u32 unused;
	__u8 head[HEAD];
};
struct sample samples[SEEN];

SEC("syscall") int output(void *ctx)
{
	void *ring = bpf_map_lookup_elem(&rings, &slot);

	if (!ring || size > OUTPUT_LIMIT)
		return 1;
	returned = bpf_ringbuf_output(ring, payload, size, flags);
	return 0;
}

SEC("syscall") int query(void *ctx)
{
	void *ring = bpf_map_lookup_elem(&rings, &slot);

	if (!ring)
		return 1;
	returned = bpf_ringbuf_query(ring, what);
	return 0;
}

#define RESERVE(n, copy)                                                       \
	case n: {                                                              \
		void *record = bpf_ringbuf_reserve(ring, n, reserve_flags);    \
		if (!record)                                                   \
			return 0;                                              \
		if (filled && (copy))                                          \
			bpf_probe_read_kernel(record, (copy), fill);           \
		returned = 1;                                                  \
		if (discard)                                                   \
			bpf_ringbuf_discard(record, flags);                    \
		else                                                           \
			bpf_ringbuf_submit(record, flags);                     \
		return 0;                                                      \
	}

SEC("syscall") int reserve(void *ctx)
{
	void *ring = bpf_map_lookup_elem(&rings, &slot);

	returned = 0;
	if (!ring)
		return 1;
	switch (size) {
		RESERVE(0, 0)
		RESERVE(1, 1)
		RESERVE(8, 8)
		RESERVE(9, 9)
		RESERVE(16, 16)
		RESERVE(24, 24)
		RESERVE(32, 32)
		RESERVE(48, 48)
		RESERVE(1000, 1000)
		RESERVE(1024, 1024)
		RESERVE(2032, 2032)
		RESERVE(2040, 2040)
		RESERVE(2048, 2048)
		RESERVE(3072, 3072)
		RESERVE(4072, 4072)
		RESERVE(4080, 4080)
		RESERVE(4081, 4081)
		RESERVE(4088, 4088)
		RESERVE(4096, 4096)
		RESERVE(0x30000, 0x30000)
		RESERVE(0x40000000, 0)
	}
	return 2;
}

static __always_inline void commit(struct bpf_dynptr *record, __u32 i)
{
	if (records[i].discard)
		bpf_ringbuf_discard_dynptr(record, records[i].flags);
	else
		bpf_ringbuf_submit_dynptr(record, records[i].flags);
}

static __always_inline void write(struct bpf_dynptr *record, __u32 i)
{
	__u32 length = records[i].length;

	if (batch_returned[i] == 0 && length > 0 && length <= HEAD)
		bpf_dynptr_write(record, 0, records[i].bytes, length, 0);
}

SEC("syscall") int batch(void *ctx)
{
	struct bpf_dynptr a, b, c, d;
	void *ring = bpf_map_lookup_elem(&rings, &slot);

	if (!ring)
		return 1;
	/* Records beyond record_count are asked for with flags that the helper refuses: their dynptrs are null. */
	batch_returned[0] = bpf_ringbuf_reserve_dynptr(ring, records[0].size, record_count > 0 ? 0 : 1, &a);
	batch_returned[1] = bpf_ringbuf_reserve_dynptr(ring, records[1].size, record_count > 1 ? 0 : 1, &b);
	batch_returned[2] = bpf_ringbuf_reserve_dynptr(ring, records[2].size, record_count > 2 ? 0 : 1, &c);
	batch_returned[3] = bpf_ringbuf_reserve_dynptr(ring, records[3].size, record_count > 3 ? 0 : 1, &d);
	write(&a, 0);
	write(&b, 1);
	write(&c, 2);
	write(&d, 3);
	if (reversed) {
		commit(&d, 3);
		commit(&c, 2);
		commit(&b, 1);
		commit(&a, 0);
	} else {
		commit(&a, 0);
		commit(&b, 1);
		commit(&c, 2);
		commit(&d, 3);
	}
	return 0;
}

extern __u32 bpf_dynptr_size(const struct bpf_dynptr *record) __ksym;

static long again(struct bpf_dynptr *sample, void *ctx)
{
	return 0;
}

/*
 * The verifier does not let the sample's pointer go to the stack, so nothing else may stay in registers across a call:
 * what the callback needs is read from the globals each time.
 */
#define AGAIN(global) (*(volatile typeof(global) *)&(global))

static __noinline int see(__u32 length)
{
	__u32 i = AGAIN(sample_count);

	AGAIN(sample_count) = i + 1;
	if (i < SEEN)
		samples[i].length = length;
	return 0;
}

static long drained(struct bpf_dynptr *sample, void *ctx)
{
	static __u8 head[HEAD];
	void *ring;
	__u32 i;

	see(bpf_dynptr_size(sample));
	if (AGAIN(overwrite) < 256)
		bpf_dynptr_write(sample, 0, &overwrite, 1, 0); /* the low byte: little-endian */
	i = AGAIN(sample_count) - 1;
	if (i < SEEN) {
		__u32 length = AGAIN(samples[i].length);

		if (length > HEAD)
			length = HEAD;
		if (length > 0)
			bpf_dynptr_read(samples[i].head, length, sample, 0, 0);
	}
	if (AGAIN(reply_slot) < SLOTS) {
		bpf_dynptr_read(head, 8, sample, 0, 0);
		ring = bpf_map_lookup_elem(&rings, &reply_slot);
		if (ring)
			bpf_ringbuf_output(ring, head, 8, 0);
	}
	if (AGAIN(nested)) {
		ring = bpf_map_lookup_elem(&user_rings, &slot);
		if (ring)
			nested_returned = bpf_user_ringbuf_drain(ring, again, 0, 0);
	}
	return AGAIN(sample_count) == AGAIN(stop_at);
}

SEC("syscall") int drain(void *ctx)
{
	void *ring = bpf_map_lookup_elem(&user_rings, &slot);

	if (!ring)
		return 1;
	sample_count = 0;
	nested_returned = 0;
	returned = bpf_user_ringbuf_drain(ring, drained, 0, drain_flags);
	return 0;
}

struct hold_request {
	__u32 slot;
	__u32 size;
	__u64 gate;
	__s64 returned;
};

/* Stands still on a page that user space has not filled yet, and commits then: a busy record for as long as it likes. */
SEC("syscall") int hold(struct hold_request *request)
{
	struct bpf_dynptr record;
	__u32 key = request->slot;
	void *ring = bpf_map_lookup_elem(&rings, &key);
	__u64 order = 0;

	if (!ring)
		return 1;
	request->returned = bpf_ringbuf_reserve_dynptr(ring, request->size, 0, &record);
	bpf_copy_from_user(&order, sizeof(order), (void *)request->gate);
	if (order & 4)
		bpf_ringbuf_discard_dynptr(&record, order & 3);
	else
		bpf_ringbuf_submit_dynptr(&record, order & 3);
	return 0;
}
