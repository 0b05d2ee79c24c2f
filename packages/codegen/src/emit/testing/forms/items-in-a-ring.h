#include <linux/types.h>
#include <rbgen.h>

struct h { __u8 type; __u8 len; };
struct la { struct h h; __u16 a; } RB_VARIANT(1) RB_TAG_AT(h.type);
struct lb { struct h h; __u8 b[] RB_LENGTH(h.len * 2 - 2); } RB_VARIANT(2, 7);
struct e_one { __u32 type; __u32 pid; __u16 total; char items[] RB_LIST(la|lb, 2) RB_LENGTH_TOTAL(total); } RB_VARIANT(1) RB_TAG_AT(type) RB_RECORD_OF(events);
struct e_two { __u32 type; __u8 lens[4]; char names[] RB_LENGTHS(lens); } RB_VARIANT(2, 0x10..0x1f) RB_RECORD_OF(events);
struct e_rest { __u32 type; __u8 raw[] RB_TRUNCATED; } RB_VARIANT(default) RB_RECORD_OF(events);
