/* A probe that a program was compiled with (USDT), its argument and which one it was: attachUsdt({ path, provider, name, cookie }). */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/usdt.bpf.h>

struct request { __u64 ts_ns; __u64 probe; __s64 number; __u32 pid; };

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} requests SEC(".maps");

SEC("usdt")
int on_request(struct pt_regs *ctx)
{
	struct request e = {};
	long number;

	if (bpf_usdt_arg(ctx, 0, &number) < 0)
		return 0;
	e.ts_ns = bpf_ktime_get_ns();
	e.probe = bpf_usdt_cookie(ctx);
	e.number = number;
	e.pid = bpf_get_current_pid_tgid() >> 32;
	bpf_ringbuf_output(&requests, &e, sizeof(e), 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
