#include <linux/types.h>
#include <rbgen.h>

struct b { __u8 l; char s[] RB_LENGTH(l, clamp); };
struct r { __u8 t; union { struct b b RB_VARIANT(1); __u32 w RB_VARIANT(2); char c[12] RB_VARIANT(3); } RB_TAG_AT(t); } __attribute__((packed));
struct q { __u8 n; char i[] RB_LIST(r, 1) RB_LENGTH_ITEMS(n); };
struct q4 { __u8 n; char i[] RB_LIST(r, 4) RB_LENGTH(n, bytes); };
