#include <linux/types.h>
#include <rbgen.h>

struct h { __u16 type; __u16 len; };
struct o { struct h h; __u8 v; } __attribute__((packed)) RB_VARIANT(1) RB_TAG_AT(h.type) RB_RECORD_OF(ev);
struct p { struct h h; char d[] RB_LENGTH(h.len, total); } RB_VARIANT(2) RB_RECORD_OF(ev);
struct q { struct h h; __u8 n; char i[] RB_LIST(it, 1) RB_LENGTH(h.len, total); } __attribute__((packed)) RB_VARIANT(3, 4) RB_RECORD_OF(ev);
struct it { __u8 l; __u8 d[] RB_LENGTH(l - 1); };
struct s { struct h h; __u8 raw[] RB_TRUNCATED; } RB_VARIANT(default) RB_RECORD_OF(ev);
