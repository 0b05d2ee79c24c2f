/* Six record shapes, 16 bytes to 4 KiB: what real rings carry. */
#include <linux/types.h>
struct tick { __u64 ts; __u32 pid; __u32 cpu; };
struct exec_event { __u64 ts_ns; __u32 pid; __u32 ppid; __u32 uid; char comm[16]; __s32 exit_code; __u64 cgroup; };
struct flags_event { __u32 pid; __u32 proto : 4; __u32 dir : 1; __s32 delta : 11; __u32 mark : 16; __u16 sport; __be16 dport; __u32 len; };
struct endpoint { __be32 addr; __be16 port; __u16 family; };
struct flow_event { __u64 ts; struct endpoint src; struct endpoint dst; __u64 rx; __u64 tx; __u32 counts[8]; };
struct path_event { __u32 pid; __u32 flags; char comm[16]; char path[256]; };
struct chunk_event { __u64 ts; __u32 pid; __u32 len; __u8 data[]; };
