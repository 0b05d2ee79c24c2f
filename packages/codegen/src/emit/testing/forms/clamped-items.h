#include <linux/types.h>
#include <rbgen.h>

struct b { __u8 l; char s[] RB_LENGTH(l, clamp); }; struct r { __u8 x; char i[] RB_LIST(b, 1); };
struct pb { __u8 l[2]; char s[] RB_LENGTHS(l, clamp); }; struct pr { __u8 x; char i[] RB_LIST(pb, 1); };
