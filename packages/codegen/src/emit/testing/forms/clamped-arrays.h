#include <linux/types.h>
#include <rbgen.h>

struct r { __s32 sz RB_ERRNO; __u32 n; __u64 st[8] RB_LENGTH_BYTES_CLAMPED(sz); __u16 q[4] RB_LENGTH(n, clamp); char t[12] RB_LENGTH(n) RB_STRINGS; char z[] RB_TRUNCATED; };
struct r2 { __u8 len; char s[16] RB_LENGTH(len, clamp) RB_TRUNCATED; };
struct r3 { __u8 len; char s[16] RB_LENGTH(len, clamp); __u8 x; };
