#include <linux/types.h>
#include <rbgen.h>

struct a { __u8 t; __u8 x; } RB_VARIANT(1) RB_TAG_AT(t);
struct b { __u8 t; __u8 l; char s[] RB_LENGTH(l); } RB_VARIANT(2);
struct r { __u8 k; union { char l[8] RB_LIST(a|b, 1) RB_VARIANT(1); __u32 w[2] RB_VARIANT(2); } RB_TAG_AT(k); };
struct o { __u8 f; struct a one[0] RB_PRESENT(f & 1); char i[] RB_AFTER(one) RB_LIST(a|b, 1); };
struct t { __u8 f; char i[32] RB_LIST(a|b, 2) RB_TRUNCATED; };
