#include <linux/types.h>
#include <rbgen.h>

struct attr_a { __u16 len; __u16 type; __u32 v; } RB_VARIANT(1) RB_TAG_AT(type);
struct attr_b { __u16 len; __u16 type; char s[] RB_LENGTH_TOTAL(len); } RB_VARIANT(2..5);
struct nl { __u16 nlens; __u16 abytes; __u16 lens[0] RB_LENGTH(nlens); char names[0] RB_AFTER(lens) RB_LENGTHS(lens); char attrs[] RB_AFTER_ALIGNED(names, 4) RB_LIST(attr_a|attr_b, 4) RB_LENGTH_BYTES(abytes); };
