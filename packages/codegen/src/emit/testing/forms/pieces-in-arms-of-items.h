#include <linux/types.h>
#include <rbgen.h>

struct arg { __u8 i, type; union { __u32 num RB_VARIANT(1); struct { __u8 lens[2]; __u8 pad; } RB_VARIANT(2) RB_NAME(two); struct strv { __u8 n; __u8 lens[0] RB_LENGTH(n); char v[] RB_AFTER(lens) RB_LENGTHS(lens); } strv RB_VARIANT(3); char c[4] RB_VARIANT(default); } RB_TAG_AT(type); } __attribute__((packed));
struct call { __u8 argc; __u8 nr; char args[] RB_LIST(arg, 1) RB_LENGTH_ITEMS(argc); };
