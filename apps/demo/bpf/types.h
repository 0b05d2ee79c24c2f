/*
 * What passes between the kernel side and the dashboard. The same text compiles into a BPF program; `rbgen` makes
 * src/types.gen.ts of it.
 */
#ifndef DEMO_TYPES_H
#define DEMO_TYPES_H

#include <linux/types.h>

#define DEMO_COMM_LEN 16
#define DEMO_PATH_LEN 64

enum event_kind {
	EVENT_EXEC = 1,
	EVENT_OPEN = 2,
	EVENT_CONNECT = 3,
	EVENT_STATUS = 4,
};

enum command_kind {
	COMMAND_PAUSE = 1,
	COMMAND_RESUME = 2,
	COMMAND_SET_RATE = 3,
	COMMAND_SET_FILTER = 4,
};

/* A process began to run a program. */
struct exec_event {
	__u32 ppid;
	__u32 uid;
	char filename[DEMO_PATH_LEN];
};

/* A process opened a file. */
struct open_event {
	__s32 result; /* a file descriptor, or a negative errno */
	__u32 flags : 24;
	__u32 directory : 1;
	char path[DEMO_PATH_LEN];
};

/* A process connected to a TCP port. */
struct connect_event {
	__u8 saddr[4];
	__u8 daddr[4];
	__be16 sport;
	__be16 dport;
	__u32 rtt_us;
};

/* What the kernel side did with the commands so far. */
struct status_event {
	__u64 lost; /* records that found the ring full */
	__u32 commands;
	__u32 rate;
	__u32 filter;
	__u8 paused;
};

/* Every record of the ring "events" begins with the time, the process and the kind, which selects the arm. */
struct event {
	__u64 ts_ns;
	__u32 pid;
	enum event_kind kind;
	char comm[DEMO_COMM_LEN];
	union {
		struct exec_event exec;
		struct open_event open;
		struct connect_event connect;
		struct status_event status;
	};
};

/* What the dashboard sends through the user ring "commands". */
struct command {
	__u32 sequence;
	enum command_kind kind;
	__u32 value; /* records per second, or a mask of 1 << event_kind */
};

#endif
