/** What the page shows before anything was pasted: each part of a picture once. */
export const example = `#include <linux/types.h>
#include <rbgen.h>

enum kind { EXEC = 1, EXIT = 2 };

struct header {
	__u64 ts_ns; /* since boot */
	__u32 pid;
	enum kind kind;
	char comm[16];
};

/* What a process did. */
struct event {
	struct header header;
	__u8 flags;
	__u64 cgroup;
	__u32 uid : 24;
	__u32 is_root : 1;
	union {
		struct { __u32 ppid; } exec RB_VARIANT(EXEC);
		struct { __s32 code; __u64 ran_ns; } exit RB_VARIANT(EXIT);
	} what RB_TAG_AT(header.kind);
	__u16 length;
	char path[] RB_LENGTH(length);
};
`;
