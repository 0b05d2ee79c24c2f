#pragma once
#include <linux/types.h>

#define MAX_ARGS 256

/* One execve; only the bytes of args that are used are sent. */
struct exec_event {
	__u64 ts_ns;
	__u32 pid;
	__u32 args_size;
	char comm[16];
	char args[MAX_ARGS];
};
