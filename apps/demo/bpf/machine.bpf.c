/*
 * The kernel side of the demo on this machine's kernel, `npm run demo -- --backend native`: what processes really do that
 * the demo started. Whatever others do is left alone, before it is looked at any further, unless --all asks for it.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "control.h"

char LICENSE[] SEC("license") = "GPL";

/* Records per second, at most, to begin with. */
const volatile __u32 first_rate = 5000;
/* Whether the processes of the whole machine are recorded, but the demo itself. */
const volatile _Bool whole_machine = 0;
/* What differs between processors; these are x86-64's. */
const volatile __u64 o_directory = 0200000;
const volatile __s64 openat_number = 257, connect_number = 42;

#define ANCESTORS 16
#define NS_PER_SECOND 1000000000ull
#define AF_INET 2
#define IPPROTO_TCP 6

/* As much of the kernel's types as is read here; where it lies, the loader finds out. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct file {
	void *private_data;
};
struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};
struct files_struct {
	struct fdtable *fdt;
};
struct task_struct {
	int tgid;
	struct task_struct *real_parent;
	struct files_struct *files;
	int exit_code;
	__u64 start_time;
};
struct linux_binprm {
	const char *filename;
};
struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
};
struct sock {
	struct sock_common __sk_common;
	__u16 sk_protocol;
};
struct tcp_sock {
	__u32 srtt_us; /* eighths of microseconds */
};
struct socket {
	struct sock *sk;
};
/* The registers of a system call, on x86-64 and on arm64, where the first argument's has the result in the end. */
struct pt_regs___x86 {
	unsigned long di, si, dx, orig_ax;
};
struct pt_regs___arm64 {
	__u64 regs[31];
	__u64 orig_x0;
	__s32 syscallno;
};
#pragma clang attribute pop

/* The demo's own process; 0 until it first ran `tick`. */
static int demo;
/* Records that may be sent now, and when that was worked out last. */
static __s64 budget;
static __u64 last_ns;

/* Whether the process that runs now was started by the demo, or by one that was; of the whole machine, by anybody else. */
static _Bool ours(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	int depth;

	if (!demo)
		return 0;
	/* Its own reading would be recorded for ever. */
	if (whole_machine)
		return bpf_get_current_pid_tgid() >> 32 != demo;
	for (depth = 0; depth < ANCESTORS; depth++) {
		task = BPF_CORE_READ(task, real_parent);
		if (!task)
			return 0;
		if (BPF_CORE_READ(task, tgid) == demo)
			return 1;
	}
	return 0;
}

/* Room for a record of a process of ours that the dashboard wants, with its header; or none. */
static __always_inline void *begin(enum event_kind kind, __u64 size)
{
	struct event_header *header;
	char comm[DEMO_COMM_LEN];

	if (paused || budget <= 0 || !ours())
		return 0;
	bpf_get_current_comm(comm, sizeof(comm));
	if (!wanted(kind, comm))
		return 0;
	header = reserve(size);
	if (!header)
		return 0;
	__sync_fetch_and_add(&budget, -1);
	header->ts_ns = bpf_ktime_get_ns();
	header->pid = bpf_get_current_pid_tgid() >> 32;
	header->kind = kind;
	__builtin_memcpy(header->comm, comm, sizeof(comm));
	return header;
}

SEC("raw_tp/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old, struct linux_binprm *program)
{
	struct exec_event *event = begin(EVENT_EXEC, sizeof(*event) + DEMO_PATH_MAX + 1);
	long length;

	if (!event)
		return 0;
	event->ppid = BPF_CORE_READ(task, real_parent, tgid);
	event->uid = bpf_get_current_uid_gid();
	length = bpf_probe_read_kernel_str(event->filename, DEMO_PATH_MAX + 1, BPF_CORE_READ(program, filename));
	event->length = length > 0 ? length - 1 : 0;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("raw_tp/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct exit_event *event;
	int code;

	/* A thread that ends is no process that does. */
	if ((__u32)id != id >> 32)
		return 0;
	event = begin(EVENT_EXIT, sizeof(*event));
	if (!event)
		return 0;
	code = BPF_CORE_READ(task, exit_code);
	event->ppid = BPF_CORE_READ(task, real_parent, tgid);
	event->status = code >> 8;
	event->signal = code & 0x7f;
	event->ran_ns = event->header.ts_ns - BPF_CORE_READ(task, start_time);
	bpf_ringbuf_submit(event, 0);
	return 0;
}

/* A system call that has ended. */
struct call {
	long number, first, second, third;
};

static void read_call(struct call *call, void *registers)
{
	struct pt_regs___arm64 *arm64 = registers;
	struct pt_regs___x86 *x86 = registers;

	if (bpf_core_field_exists(x86->orig_ax)) {
		call->number = BPF_CORE_READ(x86, orig_ax);
		call->first = BPF_CORE_READ(x86, di);
		call->second = BPF_CORE_READ(x86, si);
		call->third = BPF_CORE_READ(x86, dx);
	} else {
		call->number = BPF_CORE_READ(arm64, syscallno);
		call->first = BPF_CORE_READ(arm64, orig_x0);
		call->second = BPF_CORE_READ(arm64, regs[1]);
		call->third = BPF_CORE_READ(arm64, regs[2]);
	}
}

static void record_open(const struct call *call, long result)
{
	struct open_event *event = begin(EVENT_OPEN, sizeof(*event) + DEMO_PATH_MAX + 1);
	long length;

	if (!event)
		return;
	event->result = result;
	event->directory = (call->third & o_directory) != 0;
	length = bpf_probe_read_user_str(event->path, DEMO_PATH_MAX + 1, (void *)call->second);
	event->length = length > 0 ? length - 1 : 0;
	bpf_ringbuf_submit(event, 0);
}

/* The socket behind a descriptor of the process that runs, which has just connected it. */
static struct sock *sock_of(unsigned int descriptor)
{
	struct fdtable *table = BPF_CORE_READ((struct task_struct *)bpf_get_current_task(), files, fdt);
	struct file **slots = BPF_CORE_READ(table, fd);
	struct file *file;
	struct socket *socket;

	if (descriptor >= BPF_CORE_READ(table, max_fds) || bpf_probe_read_kernel(&file, sizeof(file), slots + descriptor))
		return 0;
	socket = BPF_CORE_READ(file, private_data);
	return BPF_CORE_READ(socket, sk);
}

static void record_connect(const struct call *call)
{
	struct sock *sock = sock_of(call->first);
	struct connect_event *event;
	__be32 from, to;

	if (BPF_CORE_READ(sock, __sk_common.skc_family) != AF_INET || BPF_CORE_READ(sock, sk_protocol) != IPPROTO_TCP)
		return;
	event = begin(EVENT_CONNECT, sizeof(*event));
	if (!event)
		return;
	from = BPF_CORE_READ(sock, __sk_common.skc_rcv_saddr);
	to = BPF_CORE_READ(sock, __sk_common.skc_daddr);
	__builtin_memcpy(event->saddr, &from, sizeof(from));
	__builtin_memcpy(event->daddr, &to, sizeof(to));
	event->sport = __builtin_bswap16(BPF_CORE_READ(sock, __sk_common.skc_num));
	event->dport = BPF_CORE_READ(sock, __sk_common.skc_dport);
	event->rtt_us = BPF_CORE_READ((struct tcp_sock *)sock, srtt_us) >> 3;
	bpf_ringbuf_submit(event, 0);
}

SEC("raw_tp/sys_exit")
int BPF_PROG(on_call, void *registers, long result)
{
	struct call call;

	if (!demo || paused)
		return 0;
	read_call(&call, registers);
	if (call.number == openat_number)
		record_open(&call, result);
	else if (call.number == connect_number && result == 0)
		record_connect(&call);
	return 0;
}

/* Run by the demo now and then: who it is, what was asked for, and how many records may be sent until it runs again. */
SEC("syscall")
int tick(void *context)
{
	__u64 now = bpf_ktime_get_ns(), passed;

	if (!started) {
		started = 1;
		rate = first_rate;
		sampling = 1;
		last_ns = now;
		budget = rate;
	}
	demo = bpf_get_current_pid_tgid() >> 32;
	take_commands(now);
	passed = now - last_ns < NS_PER_SECOND ? now - last_ns : NS_PER_SECOND;
	if (budget < rate)
		__sync_fetch_and_add(&budget, passed * rate / NS_PER_SECOND);
	last_ns = now;
	return 0;
}
