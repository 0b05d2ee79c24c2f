#include <linux/types.h>
#include <rbgen.h>

struct kid { __u8 id; union { __u32 uid RB_VARIANT(1); char name[4] RB_VARIANT(2); struct { __u8 n; char s[] RB_LENGTH(n); } t RB_VARIANT(3); } who RB_TAG_AT(^.what); } __attribute__((packed));
struct r { __u8 what; struct kid kid; } __attribute__((packed));
struct rr { __u8 x; union { __u8 a; __u32 b; __u8 raw[6]; }; __u16 y; };
