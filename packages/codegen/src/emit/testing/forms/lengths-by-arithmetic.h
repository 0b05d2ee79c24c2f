#include <linux/types.h>
#include <rbgen.h>

struct cut { __u8 n; __u16 v[4] RB_LENGTH(n) RB_TRUNCATED; } __attribute__((packed));
struct cut2 { __u8 n; __u16 v[] RB_LENGTH(n * 2 - 1); } __attribute__((packed));
struct r { __u8 c; char i[] RB_LIST(cut2, 1) RB_LENGTH_ITEMS(c); };
struct two { __u8 a, b; __u8 d[] RB_LENGTH(a - b); };
struct three { __u8 a; __u8 x[8] RB_LENGTH(a); __u8 y[8] RB_LENGTH(a); __u16 z[] RB_LENGTH(a); };
