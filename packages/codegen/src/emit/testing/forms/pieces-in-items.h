#include <linux/types.h>
#include <rbgen.h>

struct rec { __u8 n; __u64 lens[2] RB_NUMBER; __u8 data[] RB_LENGTHS(lens); } __attribute__((packed));
struct recs { __u16 cnt; __u8 list[] RB_LIST(rec, 2) RB_LENGTH(cnt, items); };
struct rec2 { __u64 lens[2]; char data[] RB_LENGTHS(lens); };
