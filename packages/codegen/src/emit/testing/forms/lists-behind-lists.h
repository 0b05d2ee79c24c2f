#include <linux/types.h>
#include <rbgen.h>

struct it { __u8 l; char d[] RB_LENGTH(l, clamp); };
struct r { __u16 len; __u8 n; __u8 z; char i[0] RB_LIST(it, 1) RB_LENGTH(len, bytes); char j[] RB_AFTER(i) RB_LIST(it, 2) RB_LENGTH_ITEMS(n); };
struct w { __u8 c; char k[] RB_LIST(r, 4) RB_LENGTH_ITEMS(c); };
