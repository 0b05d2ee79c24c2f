/*
 * What passes between the kernel side and the dashboard: two rings and their records. The same text compiles into a BPF
 * program; `rbgen` makes src/types.gen.ts of it.
 */
#ifndef DEMO_TYPES_H
#define DEMO_TYPES_H

#include <linux/types.h>
#include <bpf/bpf_helpers.h>
#include <rbgen.h>

#define DEMO_COMM_LEN 16
#define DEMO_PATH_MAX 255

enum event_kind {
	EVENT_EXEC = 1,
	EVENT_OPEN = 2,
	EVENT_CONNECT = 3,
	EVENT_STATUS = 4,
	EVENT_EXIT = 5,
};

/* Every record of the ring `events` begins with this; `kind` tells which one it is. */
struct event_header {
	__u64 ts_ns; /* since boot */
	__u32 pid;
	enum event_kind kind RB_TAG_MEMBER;
	char comm[DEMO_COMM_LEN];
};

/* A process began to run a program. */
struct exec_event {
	struct event_header header;
	__u32 ppid;
	__u32 uid;
	__u32 length;
	char filename[] RB_LENGTH(length);
} RB_RECORD_OF(events) RB_VARIANT(EVENT_EXEC);

/* A process opened a file. */
struct open_event {
	struct event_header header;
	__s32 result; /* a file descriptor, or a negative errno */
	__u32 directory : 1;
	__u16 length;
	char path[] RB_LENGTH(length);
} RB_RECORD_OF(events) RB_VARIANT(EVENT_OPEN);

/* A process connected to a TCP port. */
struct connect_event {
	struct event_header header;
	__u8 saddr[4];
	__u8 daddr[4];
	__be16 sport;
	__be16 dport;
	__u32 rtt_us;
} RB_RECORD_OF(events) RB_VARIANT(EVENT_CONNECT);

/* A process ended. */
struct exit_event {
	struct event_header header;
	__u32 ppid;
	__u8 status; /* of exit(2) */
	__u8 signal; /* that ended it; 0 for none */
	__u64 ran_ns;
} RB_RECORD_OF(events) RB_VARIANT(EVENT_EXIT);

/* What the kernel side did before this record, and how it is set. */
struct status_event {
	struct event_header header;
	__u64 produced; /* records, with those that found no room; this one is not among them */
	__u64 dropped;	/* of these, the ones that found no room */
	__u32 commands; /* obeyed */
	__u32 sequence; /* of the command that was obeyed last */
	__u32 rate;
	__u32 filter;
	__u32 sampling;
	_Bool paused;
	char name[DEMO_COMM_LEN];
} RB_RECORD_OF(events) RB_VARIANT(EVENT_STATUS);

enum command_kind {
	COMMAND_PAUSE = 1,
	COMMAND_RESUME = 2,
	COMMAND_SET_RATE = 3,
	COMMAND_SET_FILTER = 4,
	COMMAND_SET_SAMPLING = 5,
	COMMAND_SET_NAME = 6,
};

/* What the dashboard sends. */
struct command {
	__u32 sequence;
	enum command_kind kind;
	__u32 value; /* records per second; a mask of 1 << event_kind that is left out; one record of so many */
	char name[DEMO_COMM_LEN]; /* of the only processes to record; empty for all */
} RB_RECORD_OF(commands);

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} commands SEC(".maps");

#endif
