/* An object with a bit of everything: what BpfObject has to find, set, map and run. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

const volatile __u64 threshold = 5;
const volatile __s32 signed_constant = -7;
const volatile _Bool enabled = 0;
const volatile double ratio;
enum mode { MODE_A, MODE_B = 7 } mode_now = MODE_B;
__u32 counter;
__u16 small = 65535;
__u8 bytes[5] = { 1, 2, 3, 4, 5 };
struct point {
	int x, y;
} point = { 3, 4 };
static volatile __s64 hidden = -1;

struct event {
	__u32 number;
	__u64 sum;
};
const struct event *event_type __attribute__((unused)); /* brings the record into the BTF */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 5000); /* libbpf rounds it up to 8192 */
} events SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} commands SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct { __u64 drops; __u32 other; });
} drops SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 3);
	__type(key, __u32);
	__type(value, __u64);
} plain SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_RINGBUF);
		__uint(max_entries, 4096);
	});
} tenants SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} table SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 4);
	__uint(key_size, 6);
	__uint(value_size, 12);
} seen SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64);
} sums SEC(".maps");

struct request {
	__u32 tenant;
	__u32 number;
};

/* Sends an event to the ring, or to a tenant's; counts what did not fit. */
SEC("syscall") int send(struct request *request)
{
	struct event *event;
	void *ring;
	__u32 key = request->tenant, zero = 0;
	struct event copy = { .number = request->number, .sum = threshold + signed_constant + counter };

	counter++;
	hidden++;
	point.x += request->number;
	if (key) {
		ring = bpf_map_lookup_elem(&tenants, &key);
		if (!ring)
			return -2;
		return bpf_ringbuf_output(ring, &copy, sizeof(copy), 0);
	}
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		__u64 *dropped = bpf_map_lookup_elem(&drops, &zero);
		if (dropped)
			__sync_fetch_and_add(dropped, 1);
		return -1;
	}
	*event = copy;
	bpf_ringbuf_submit(event, 0);
	request->number = 4711;
	return enabled ? 1 : 0;
}

SEC("socket") int length(struct __sk_buff *packet)
{
	return packet->len;
}

static long apply(struct bpf_dynptr *sample, void *context)
{
	return 0;
}

SEC("syscall") int drain(void *context)
{
	return bpf_user_ringbuf_drain(&commands, apply, 0, 0);
}
