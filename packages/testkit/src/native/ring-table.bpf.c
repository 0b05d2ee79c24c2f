/* Rings inside of an array and of a hash, as the kernel's selftests have them (ringbuf_multi): sizes are set before loading. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
};

struct ring_of_a_size {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} first SEC(".maps"), second SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(values, struct ring);
} by_index SEC(".maps") = {
	.values = { [1] = &first, [3] = &second },
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} by_key SEC(".maps");

struct request {
	__u32 hash, key;
	__u64 value;
};

SEC("syscall") int send(struct request *request)
{
	__u32 key = request->key;
	__u64 value = request->value;
	void *ring = request->hash ? bpf_map_lookup_elem(&by_key, &key) : bpf_map_lookup_elem(&by_index, &key);

	return ring ? bpf_ringbuf_output(ring, &value, sizeof(value), 0) : -2;
}
