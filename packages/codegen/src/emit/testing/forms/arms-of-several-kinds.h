#include <linux/types.h>
#include <rbgen.h>

struct in { __u8 l[2]; char s[] RB_LENGTHS(l); };
struct a { __u8 k; union { struct in in RB_VARIANT(1); struct { __u8 n; __u16 v[] RB_LENGTH(n); } RB_VARIANT(2) RB_NAME(vec); __u8 raw[0] RB_VARIANT(default); } RB_TAG_AT(k); } __attribute__((packed));
struct b { __u8 k; union { __u8 x RB_VARIANT(1); __u16 y RB_VARIANT(2); } u RB_TAG_AT(k); __u8 m; union { __u8 p RB_VARIANT(1); __u32 q RB_VARIANT(2, 3); } w RB_TAG_AT(m); };
