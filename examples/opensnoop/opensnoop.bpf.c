/* Which files are opened by openat(2), and what came of it: a call is told of as it returns. */
#include "../below.h"

struct opened {
	__u32 pid;
	__s32 result; /* a descriptor, or a negative errno */
	char comm[16];
	char path[256];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

/* Registers as a call returns: its number and its path are still there. On arm64, compile with -D__TARGET_ARCH_arm64. */
#ifdef __TARGET_ARCH_arm64
struct pt_regs {
	__u64 regs[31];
	__s32 syscallno;
} __attribute__((preserve_access_index));
#define OPENAT 56
#define NUMBER_OF(registers) BPF_CORE_READ(registers, syscallno)
#define PATH_OF(registers) BPF_CORE_READ(registers, regs[1])
#else
struct pt_regs {
	unsigned long orig_ax;
	unsigned long si;
} __attribute__((preserve_access_index));
#define OPENAT 257
#define NUMBER_OF(registers) BPF_CORE_READ(registers, orig_ax)
#define PATH_OF(registers) BPF_CORE_READ(registers, si)
#endif

/* trace_sys_exit(struct pt_regs *registers, long result) */
SEC("raw_tp/sys_exit")
int on_return(struct bpf_raw_tracepoint_args *ctx)
{
	struct pt_regs *registers = (void *)ctx->args[0];
	struct opened *e;

	if (NUMBER_OF(registers) != OPENAT || !is_told_of())
		return 0;
	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e)
		return 0;
	e->pid = bpf_get_current_pid_tgid() >> 32;
	e->result = ctx->args[1];
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	e->path[0] = 0;
	bpf_probe_read_user_str(e->path, sizeof(e->path), (const void *)PATH_OF(registers));
	bpf_ringbuf_submit(e, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
