#include <linux/types.h>
#include <rbgen.h>

struct a { __u8 t; __u8 x; } RB_VARIANT(1) RB_TAG_AT(t);
struct b { __u8 t; __u8 x; } RB_VARIANT(2);
struct r { __u8 k; union { char l[8] RB_LIST(a|b, 1) RB_VARIANT(1); __u32 w[2] RB_VARIANT(2); } RB_TAG_AT(k); };
