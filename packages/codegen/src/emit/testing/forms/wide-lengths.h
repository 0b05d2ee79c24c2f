#include <linux/types.h>
#include <rbgen.h>

struct a { __u64 t; __u64 x; } RB_VARIANT(1) RB_TAG_AT(t) RB_NUMBER;
struct b { __u64 t; __s64 lens[2]; char s[] RB_LENGTHS(lens); } RB_VARIANT(2) RB_NUMBER;
struct r { __u8 n; __s64 lens[2]; char i[0] RB_LIST(a|b, 8) RB_LENGTH_ITEMS(n); char p[] RB_AFTER(i) RB_LENGTHS(lens, clamp); } ;
