/* Two records on one ring, told apart by a member of the header that both begin with. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

enum kind { FILE_OPEN = 1, FILE_CLOSE = 2 };
struct header { __u64 ts_ns; __u32 pid; enum kind kind; };
struct opened { struct header header; char path[64]; };
struct closed { struct header header; __s64 result; };

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} files SEC(".maps");

static __always_inline void fill(struct header *header, enum kind kind)
{
	header->ts_ns = bpf_ktime_get_ns();
	header->pid = bpf_get_current_pid_tgid() >> 32;
	header->kind = kind;
}

SEC("tracepoint/syscalls/sys_enter_openat")
int on_open(void *ctx)
{
	struct opened *e = bpf_ringbuf_reserve(&files, sizeof(*e), 0);
	if (!e)
		return 0;
	fill(&e->header, FILE_OPEN);
	e->path[0] = 0;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_close")
int on_close(void *ctx)
{
	struct closed e = {};
	fill(&e.header, FILE_CLOSE);
	bpf_ringbuf_output(&files, &e, sizeof(e), 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
