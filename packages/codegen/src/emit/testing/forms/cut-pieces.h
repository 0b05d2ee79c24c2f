#include <linux/types.h>
#include <rbgen.h>

struct p { __s8 l[3]; char s[] RB_LENGTHS(l, clamp); };
struct r { __u8 x; struct p p; };
struct r2 { __u32 x; __u8 t; union { struct p p RB_VARIANT(1); __u32 y RB_VARIANT(2); } RB_TAG_AT(t); };
struct r3 { __u8 n; __u8 l[4] RB_LENGTH(n); __u8 d[6] RB_LENGTHS(l, clamp); __u8 e; __u8 m[2]; char z[] RB_LENGTHS(m, clamp); };
