#include <linux/types.h>
#include <rbgen.h>

struct arg { __u8 type; union { __u32 num RB_VARIANT(1); char c[2] RB_VARIANT(2); } RB_TAG_AT(type); } __attribute__((packed));
struct call { __u8 argc; char args[] RB_LIST(arg, 1) RB_LENGTH_ITEMS(argc); };
struct i2 { __u8 t; __u8 k; union { __u32 num RB_VARIANT(1); char c[2] RB_VARIANT(2); } RB_TAG_AT(k); } __attribute__((packed)) RB_VARIANT(1) RB_TAG_AT(t);
struct i3 { __u8 t; __u8 k; } RB_VARIANT(2);
struct call2 { __u8 argc; char args[] RB_LIST(i2|i3, 1) RB_LENGTH_ITEMS(argc); };
struct in { __u8 k; struct { __u8 z; union { __u32 num RB_VARIANT(1); char c[2] RB_VARIANT(2); } RB_TAG_AT(^.k); } w; } __attribute__((packed));
