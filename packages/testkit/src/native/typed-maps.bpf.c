/* Hashes and arrays of each kind, with keys and values of each kind. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

enum state { OPEN = 1, CLOSED = 7 };
struct flow {
	__u32 saddr;
	__u16 port; /* and two bytes of padding */
};
typedef struct {
	__u64 packets, bytes;
} totals_t;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, struct flow);
	__type(value, totals_t);
} flows SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 64);
	__type(key, char[16]);
	__type(value, enum state);
} states SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 4);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct { __u32 prefixlen; __u32 address; });
	__type(value, _Bool);
} routes SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 3);
	__type(key, __u32);
	__type(value, struct { __u64 first; __s16 second; });
} pairs SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} drops SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__uint(value_size, 2);
} raw SEC(".maps");

/* Adds 1 and 100 to the totals of a flow: how many packets there are now. */
SEC("syscall") int pass(struct flow *flow)
{
	totals_t one = { 1, 100 }, *totals;
	struct flow key;

	__builtin_memset(&key, 0, sizeof(key)); /* an initializer leaves padding as it is */
	key.saddr = flow->saddr;
	key.port = flow->port;
	totals = bpf_map_lookup_elem(&flows, &key);
	if (!totals)
		return bpf_map_update_elem(&flows, &key, &one, BPF_NOEXIST) ?: 1;
	totals->packets += 1;
	totals->bytes += 100;
	return totals->packets;
}

/* Puts something into each of the others. */
SEC("syscall") int fill(void *context)
{
	__u32 key = 5, last = 2, zero = 0;
	__u64 seven = 7, *drop = bpf_map_lookup_elem(&drops, &zero);
	char name[16] = "sshd";
	enum state closed = CLOSED;
	struct { __u64 first; __s16 second; } *pair = bpf_map_lookup_elem(&pairs, &last);

	if (!drop || !pair)
		return -1;
	*drop = 3;
	pair->first = 1ULL << 40;
	pair->second = -2;
	bpf_map_update_elem(&counts, &key, &seven, BPF_ANY);
	bpf_map_update_elem(&states, name, &closed, BPF_ANY);
	return 0;
}
