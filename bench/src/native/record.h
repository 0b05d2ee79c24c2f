/* The record of the native benchmarks: 48 bytes. */
#include <linux/types.h>

struct bench_event {
	__u64 time;
	__u32 pid;
	__u32 kind;
	char comm[16];
	__u64 first;
	__u64 second;
};

struct bench_command {
	__u64 id;
	__u32 kind;
	__u32 flags;
	char name[16];
};
