/*
 * Executes sequences of ring operations in the kernel, so that millions of them can be compared with the emulated
 * kernel: `ring_ops` what programs do to a RINGBUF, with up to three records held from operation to operation,
 * `dynptr_ops` the same by dynptrs, three at once, and `user_ops` drains of a USER_RINGBUF. What user space does comes
 * between two runs. emulated-interpreter.ts is the twin of this file.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define OPS 4096
#define PATTERN 16384

char LICENSE[] SEC("license") = "GPL";

struct bpf_iter_num {
	__u64 opaque[1];
} __attribute__((aligned(8)));
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;
/* Machine code leaves what lies above a narrow return value to chance, and clang does not look: see low(). */
extern int bpf_dynptr_adjust(const struct bpf_dynptr *p, __u32 start, __u32 end) __ksym;
extern __u32 bpf_dynptr_size(const struct bpf_dynptr *p) __ksym;
extern int bpf_dynptr_is_null(const struct bpf_dynptr *p) __ksym;
extern int bpf_dynptr_is_rdonly(const struct bpf_dynptr *p) __ksym;
extern int bpf_dynptr_clone(const struct bpf_dynptr *p, struct bpf_dynptr *clone) __ksym;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} user_ring SEC(".maps");

struct op {
	__u8 code;
	__u8 slot;
	__u8 flags;
	__u8 kind;
	__u32 size;
	__u64 a;
	__u64 b;
	__u64 c;
};
struct result {
	__s64 returned;
	__u64 consumer;
	__u64 producer;
	__u64 available;
	__u32 digest;
	__u32 unused;
};

struct op ops[OPS];
struct result results[OPS];
__u8 pattern[PATTERN];
__u32 count;

#define NOW(global) (*(volatile typeof(global) *)&(global))

static __always_inline __u32 mix(__u32 digest, __u64 value)
{
	digest = (digest ^ (__u32)value) * 0x01000193u;
	return (digest ^ (__u32)(value >> 32)) * 0x01000193u;
}

/* The value of a kfunc that returns 32 bits, or one. */
#define low(call) ((__u32)(call))

/* A bounded offset into the pattern: what follows it is long enough for any copy here. */
static __always_inline const void *filling(__u64 seed)
{
	return &pattern[seed & 4095];
}

enum { RESERVE, SUBMIT, DISCARD, OUTPUT, QUERY };
#define TAKEN -1000

#define RESERVE_SIZE(slot, bytes)                                                      \
	do {                                                                           \
		slot = bpf_ringbuf_reserve(&ring, bytes, op->a);                       \
		if (slot && bytes)                                                     \
			bpf_probe_read_kernel(slot, bytes, filling(op->b));            \
	} while (0)
/* Two sizes a slot, since the verifier follows each mixture of held records on its own. */
#define RESERVE_SLOT(slot, one, other)                                                 \
	do {                                                                           \
		if (slot) {                                                            \
			result->returned = TAKEN;                                      \
			break;                                                         \
		}                                                                      \
		if (op->kind)                                                          \
			RESERVE_SIZE(slot, one);                                       \
		else                                                                   \
			RESERVE_SIZE(slot, other);                                     \
		result->returned = slot != 0;                                          \
	} while (0)
#define COMMIT_SLOT(slot, commit)                                                      \
	do {                                                                           \
		if (!slot) {                                                           \
			result->returned = TAKEN;                                      \
			break;                                                         \
		}                                                                      \
		commit(slot, op->a);                                                   \
		slot = 0;                                                              \
		result->returned = 0;                                                  \
	} while (0)
static __noinline int positions(struct result *result)
{
	if (!result)
		return 0;
	result->consumer = bpf_ringbuf_query(&ring, BPF_RB_CONS_POS);
	result->producer = bpf_ringbuf_query(&ring, BPF_RB_PROD_POS);
	result->available = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
	return 0;
}

/* What one reserved dynptr goes through: every return value is mixed in. */
static __always_inline __u32 exercise(struct bpf_dynptr *d, struct bpf_dynptr *clone, struct op *op, __u32 digest)
{
	__u8 bytes[32] = { 0 };
	__u32 length = op->b & 31, offset = (op->b >> 8) & 0xffff, start = (op->c >> 16) & 0xffff, end = (op->c >> 32) & 0xffff;
	void *slice;

	digest = mix(digest, low(bpf_dynptr_size(d)));
	digest = mix(digest, low(bpf_dynptr_is_null(d)) & 1);
	digest = mix(digest, low(bpf_dynptr_is_rdonly(d)) & 1);
	digest = mix(digest, bpf_dynptr_write(d, offset, (void *)filling(op->b >> 24), length, (op->b >> 63)));
	if (op->c & 1)
		digest = mix(digest, low(bpf_dynptr_adjust(d, start, end)));
	digest = mix(digest, low(bpf_dynptr_size(d)));
	digest = mix(digest, bpf_dynptr_read(bytes, length, d, offset, (op->c >> 1) & 1));
	digest = mix(digest, *(__u64 *)&bytes[0]);
	digest = mix(digest, *(__u64 *)&bytes[8]);
	digest = mix(digest, *(__u64 *)&bytes[16]);
	slice = bpf_dynptr_data(d, offset, 8);
	digest = mix(digest, slice != 0);
	if (slice)
		*(__u64 *)slice = op->b;
	if (clone && (op->c & 4)) {
		digest = mix(digest, low(bpf_dynptr_clone(d, clone)));
		digest = mix(digest, low(bpf_dynptr_adjust(clone, 1, 2)));
		digest = mix(digest, low(bpf_dynptr_size(clone)));
		digest = mix(digest, low(bpf_dynptr_size(d)));
	}
	return digest;
}

static __always_inline void release(struct bpf_dynptr *d, __u32 how)
{
	if (how & 4)
		bpf_ringbuf_discard_dynptr(d, how & 3);
	else
		bpf_ringbuf_submit_dynptr(d, how & 3);
}

/* Three dynptrs at once, sizes in op->a, released in one of three orders. */
static __noinline int dynptrs(struct op *op, struct result *result)
{
	struct bpf_dynptr a, b, c, clone;
	__u32 digest = 0, how;

	if (!op || !result)
		return 0;
	how = op->size;
	digest = mix(digest, bpf_ringbuf_reserve_dynptr(&ring, op->a & 0x1ffffff, (op->flags & 1), &a));
	digest = mix(digest, bpf_ringbuf_reserve_dynptr(&ring, (op->a >> 25) & 0xffff, 0, &b));
	digest = mix(digest, bpf_ringbuf_reserve_dynptr(&ring, (op->a >> 41) & 0xffff, 0, &c));
	digest = exercise(&a, &clone, op, digest);
	digest = exercise(&b, 0, op, digest);
	if (op->kind == 0) {
		release(&a, how & 7);
		release(&b, (how >> 3) & 7);
		release(&c, (how >> 6) & 7);
	} else if (op->kind == 1) {
		release(&c, (how >> 6) & 7);
		release(&b, (how >> 3) & 7);
		release(&a, how & 7);
	} else {
		release(&b, (how >> 3) & 7);
		release(&a, how & 7);
		release(&c, (how >> 6) & 7);
	}
	result->digest = digest;
	return 0;
}

SEC("syscall") int ring_ops(void *context)
{
	void *first = 0, *second = 0, *third = 0;
	struct bpf_iter_num it;
	int *i;

	bpf_iter_num_new(&it, 0, count);
	while ((i = bpf_iter_num_next(&it))) {
		struct op *op = &ops[*i & (OPS - 1)];
		struct result *result = &results[*i & (OPS - 1)];

		result->digest = 0;
		switch (op->code) {
		case RESERVE:
			if (op->slot == 0)
				RESERVE_SLOT(first, 40, 0);
			else if (op->slot == 1)
				RESERVE_SLOT(second, 1000, 7);
			else
				RESERVE_SLOT(third, 4080, 16);
			break;
		case SUBMIT:
			if (op->slot == 0)
				COMMIT_SLOT(first, bpf_ringbuf_submit);
			else if (op->slot == 1)
				COMMIT_SLOT(second, bpf_ringbuf_submit);
			else
				COMMIT_SLOT(third, bpf_ringbuf_submit);
			break;
		case DISCARD:
			if (op->slot == 0)
				COMMIT_SLOT(first, bpf_ringbuf_discard);
			else if (op->slot == 1)
				COMMIT_SLOT(second, bpf_ringbuf_discard);
			else
				COMMIT_SLOT(third, bpf_ringbuf_discard);
			break;
		case OUTPUT:
			result->returned = bpf_ringbuf_output(&ring, (void *)filling(op->b), op->size & 8191, op->a);
			break;
		case QUERY:
			result->returned = bpf_ringbuf_query(&ring, op->a);
			break;
		}
		positions(result);
	}
	bpf_iter_num_destroy(&it);
	if (third)
		bpf_ringbuf_discard(third, 0);
	if (second)
		bpf_ringbuf_submit(second, 0);
	if (first)
		bpf_ringbuf_discard(first, 0);
	return 0;
}

SEC("syscall") int dynptr_ops(void *context)
{
	struct bpf_iter_num it;
	int *i;

	bpf_iter_num_new(&it, 0, count);
	while ((i = bpf_iter_num_next(&it))) {
		struct op *op = &ops[*i & (OPS - 1)];
		struct result *result = &results[*i & (OPS - 1)];

		result->returned = dynptrs(op, result);
		positions(result);
	}
	bpf_iter_num_destroy(&it);
	return 0;
}

/* Of the drain under way. */
__u32 drain_digest, drain_samples, drain_stop, drain_mode;
__u64 drain_seed;

static long ignore(struct bpf_dynptr *sample, void *context)
{
	return 0;
}

static long drained(struct bpf_dynptr *sample, void *context)
{
	static __u64 head[4];

	NOW(drain_samples) = NOW(drain_samples) + 1;
	NOW(drain_digest) = mix(NOW(drain_digest), low(bpf_dynptr_size(sample)));
	NOW(head[0]) = NOW(head[1]) = 0;
	if (NOW(drain_mode) & 1)
		NOW(drain_digest) = mix(NOW(drain_digest), bpf_dynptr_write(sample, NOW(drain_seed) & 63, pattern, 8, 0));
	if (NOW(drain_mode) & 2)
		NOW(drain_digest) = mix(NOW(drain_digest), low(bpf_dynptr_adjust(sample, NOW(drain_seed) & 15, 16)));
	NOW(drain_digest) = mix(NOW(drain_digest), bpf_dynptr_read(head, 16, sample, 0, 0));
	NOW(drain_digest) = mix(NOW(drain_digest), NOW(head[0]));
	NOW(drain_digest) = mix(NOW(drain_digest), NOW(head[1]));
	if (NOW(drain_mode) & 4)
		NOW(drain_digest) = mix(NOW(drain_digest), bpf_user_ringbuf_drain(&user_ring, ignore, 0, 0));
	return NOW(drain_samples) == NOW(drain_stop);
}

static __noinline int drain(struct op *op, struct result *result)
{
	long returned;

	if (!op || !result)
		return 0;
	drain_digest = 0;
	drain_samples = 0;
	drain_stop = op->size;
	drain_mode = op->kind;
	drain_seed = op->b;
	returned = bpf_user_ringbuf_drain(&user_ring, drained, 0, op->a);
	result->digest = mix(drain_digest, drain_samples);
	return returned;
}

SEC("syscall") int user_ops(void *context)
{
	struct bpf_iter_num it;
	int *i;

	bpf_iter_num_new(&it, 0, count);
	while ((i = bpf_iter_num_next(&it))) {
		struct op *op = &ops[*i & (OPS - 1)];
		struct result *result = &results[*i & (OPS - 1)];

		result->returned = drain(op, result);
		result->consumer = result->producer = result->available = 0;
	}
	bpf_iter_num_destroy(&it);
	return 0;
}
