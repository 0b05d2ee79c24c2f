/* Records that programs know by size alone: clang leaves their structs out of the object's BTF. And a struct in a variable. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } events SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_USER_RINGBUF); __uint(max_entries, 4096); } commands SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY); __uint(key_size, 4); __uint(value_size, 4); } samples SEC(".maps");
struct exec { __u32 kind, pid; __u64 cgroup; };
struct exit { __u32 kind, code; };
const volatile struct limits { __u32 other, tgid; __u64 max; } limits = { .max = 1000 };
__u64 most;

SEC("syscall") int send(void *ctx)
{
	most = limits.max;
	struct exec *exec = bpf_ringbuf_reserve(&events, sizeof(*exec), 0);
	if (!exec)
		return 0;
	exec->kind = 1;
	exec->pid = 7;
	exec->cgroup = 9;
	bpf_ringbuf_submit(exec, 0);
	struct exit *exit = bpf_ringbuf_reserve(&events, sizeof(*exit), 0);
	if (!exit)
		return 0;
	exit->kind = 2;
	exit->code = 1;
	bpf_ringbuf_submit(exit, 0);
	return 0;
}
char LICENSE[] SEC("license") = "GPL";
