/* Maps that hold maps, rings and programs from the start: what libbpf puts into them as it loads the object. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct counts {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} first SEC(".maps"), second SEC(".maps");

struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(values, struct counts);
} by_index SEC(".maps") = {
	.values = { [1] = &first, [3] = &second },
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct ring);
} by_key SEC(".maps") = {
	.values = { [42] = &events },
};

int callee(struct __sk_buff *skb);
int other(struct __sk_buff *skb);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 3);
	__type(key, __u32);
	__array(values, int(void *));
} calls SEC(".maps") = {
	.values = { [0] = (void *)&callee, [2] = (void *)&other },
};

__u32 wanted;

SEC("tc") int callee(struct __sk_buff *skb)
{
	return 42;
}

SEC("tc") int other(struct __sk_buff *skb)
{
	return 43;
}

SEC("tc") int jump(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &calls, wanted);
	return 1;
}

struct request {
	__u32 key, inner;
	__u64 value;
};

SEC("syscall") int count(struct request *request)
{
	__u32 key = request->key, inner = request->inner;
	__u64 value = request->value;
	void *counts = bpf_map_lookup_elem(&by_index, &key);

	return counts ? bpf_map_update_elem(counts, &inner, &value, BPF_ANY) : -2;
}

SEC("syscall") int send(struct request *request)
{
	__u32 key = request->key;
	__u64 value = request->value;
	void *ring = bpf_map_lookup_elem(&by_key, &key);

	return ring ? bpf_ringbuf_output(ring, &value, sizeof(value), 0) : -2;
}
