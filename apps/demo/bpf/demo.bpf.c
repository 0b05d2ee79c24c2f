/*
 * The kernel side of the demo, as BPF programs: `npm run demo`. Each run of `tick` does what falls into the time
 * since the last one. Nothing is attached: the dashboard's process runs it, and what processes do is made up.
 */
#include <linux/bpf.h>
#include "control.h"

char LICENSE[] SEC("license") = "GPL";

/* Records per second to begin with. */
const volatile __u32 first_rate = 5000;

/* Records of one tick at most: what a stall leaves behind is not made up for. */
#define BURST 20000
#define NS_PER_SECOND 1000000000ull
#define PATH_ROOM 24
#define CHOICES 8

/* Records due, in records × nanoseconds per second. */
static __u64 due, last_ns;

struct name {
	char path[PATH_ROOM];
	char comm[DEMO_COMM_LEN];
	__u32 length;
};
#define NAME(path, comm) { path, comm, sizeof(path) - 1 }

static const volatile struct name programs[CHOICES] = {
	NAME("/usr/bin/ls", "ls"),	NAME("/usr/bin/git", "git"),   NAME("/usr/bin/node", "node"),
	NAME("/usr/bin/cc", "cc"),	NAME("/bin/sh", "sh"),	       NAME("/usr/sbin/sshd", "sshd"),
	NAME("/usr/bin/make", "make"),	NAME("/usr/bin/tar", "tar"),
};
static const volatile struct name files[CHOICES] = {
	NAME("/etc/hosts", "cat"),	   NAME("/usr/lib/libc.so.6", "ls"), NAME("/proc/self/status", "ps"),
	NAME("/home/user/main.ts", "node"), NAME("/var/log/syslog", "sshd"),  NAME("/tmp", "find"),
	NAME("/usr/lib", "find"),	   NAME("/home/user", "sh"),
};
static const volatile __u16 ports[CHOICES] = { 443, 443, 443, 80, 22, 5432, 6379, 8080 };

static void fill_header(struct event_header *header, enum event_kind kind, const volatile struct name *name, __u64 now)
{
	int i;

	header->ts_ns = now;
	header->pid = 1000 + bpf_get_prandom_u32() % 30000;
	header->kind = kind;
	for (i = 0; i < DEMO_COMM_LEN; i++)
		header->comm[i] = name->comm[i];
}

static void copy_path(char *to, const volatile struct name *name)
{
	int i;

	for (i = 0; i < PATH_ROOM; i++)
		to[i] = name->path[i];
}

static void record_exec(__u64 now)
{
	const volatile struct name *name = &programs[bpf_get_prandom_u32() % CHOICES];
	struct exec_event *event;

	if (!wanted(EVENT_EXEC, name->comm))
		return;
	event = reserve(sizeof(*event) + PATH_ROOM);
	if (!event)
		return;
	fill_header(&event->header, EVENT_EXEC, name, now);
	event->ppid = 1 + bpf_get_prandom_u32() % 900;
	event->uid = bpf_get_prandom_u32() % 4 ? 1000 : 0;
	event->length = name->length;
	copy_path(event->filename, name);
	bpf_ringbuf_submit(event, 0);
}

static void record_open(__u64 now)
{
	__u32 choice = bpf_get_prandom_u32() % CHOICES;
	const volatile struct name *name = &files[choice];
	struct open_event *event;

	if (!wanted(EVENT_OPEN, name->comm))
		return;
	event = reserve(sizeof(*event) + PATH_ROOM);
	if (!event)
		return;
	fill_header(&event->header, EVENT_OPEN, name, now);
	event->result = bpf_get_prandom_u32() % 12 ? 3 + bpf_get_prandom_u32() % 60 : -2;
	event->directory = choice > 4;
	event->length = name->length;
	copy_path(event->path, name);
	bpf_ringbuf_submit(event, 0);
}

static void record_connect(__u64 now)
{
	const volatile struct name *name = &programs[bpf_get_prandom_u32() % CHOICES];
	__u32 address = bpf_get_prandom_u32();
	struct connect_event *event;

	if (!wanted(EVENT_CONNECT, name->comm))
		return;
	event = reserve(sizeof(*event));
	if (!event)
		return;
	fill_header(&event->header, EVENT_CONNECT, name, now);
	/* Of the ranges that are kept for documentation: nobody is there. */
	event->saddr[0] = 192;
	event->saddr[1] = 0;
	event->saddr[2] = 2;
	event->saddr[3] = 2 + address % 8;
	event->daddr[0] = 198;
	event->daddr[1] = 51;
	event->daddr[2] = 100;
	event->daddr[3] = address >> 16;
	event->sport = __builtin_bswap16(32768 + (address & 0x3fff));
	event->dport = __builtin_bswap16(ports[bpf_get_prandom_u32() % CHOICES]);
	event->rtt_us = 80 + bpf_get_prandom_u32() % 40000;
	bpf_ringbuf_submit(event, 0);
}

static void record_exit(__u64 now)
{
	const volatile struct name *name = &programs[bpf_get_prandom_u32() % CHOICES];
	__u32 dice = bpf_get_prandom_u32();
	struct exit_event *event;

	if (!wanted(EVENT_EXIT, name->comm))
		return;
	event = reserve(sizeof(*event));
	if (!event)
		return;
	fill_header(&event->header, EVENT_EXIT, name, now);
	event->ppid = 1 + bpf_get_prandom_u32() % 900;
	event->status = dice % 8 ? 0 : 1 + dice / 8 % 2;
	event->signal = dice % 64 == 1 ? 15 : 0;
	event->ran_ns = 400000 + bpf_get_prandom_u32() % 2000000000;
	bpf_ringbuf_submit(event, 0);
}

/* One thing that a process does: mostly opens, some connections, a few programs that begin and end. */
static long record(__u32 index, __u64 *now)
{
	__u32 dice = bpf_get_prandom_u32() % 100;

	if (dice < 8)
		record_exec(*now);
	else if (dice < 15)
		record_exit(*now);
	else if (dice < 80)
		record_open(*now);
	else
		record_connect(*now);
	return 0;
}

SEC("syscall")
int tick(void *context)
{
	__u64 now = bpf_ktime_get_ns(), count;

	if (!started) {
		started = 1;
		rate = first_rate;
		sampling = 1;
		last_ns = now;
	}
	/* Before the records, which may leave no room for what it tells. */
	take_commands(now);
	if (!paused) {
		/* The stall that a burst cannot make up for at any rate is cut before it can overflow. */
		__u64 passed = now - last_ns < NS_PER_SECOND ? now - last_ns : NS_PER_SECOND;

		due += passed * rate;
		count = due / NS_PER_SECOND;
		due %= NS_PER_SECOND;
		bpf_loop(count < BURST ? count : BURST, record, &now, 0);
	}
	last_ns = now;
	return 0;
}
