#include <linux/types.h>
#include <rbgen.h>

struct e { __u8 f; __u8 n; __u8 a[0] RB_PRESENT(f & 1); __u32 b[0] RB_AFTER_ALIGNED(a, 4) RB_PRESENT(f & 2); char s[0] RB_AFTER(b) RB_LENGTH(n) RB_STRINGS; __u16 t[] RB_AFTER_ALIGNED(s, 2); };
struct l { __u8 f; __u8 n; __u8 a[0] RB_PRESENT(f & 1); char s[] RB_AFTER(a) RB_LENGTH(n); };
struct r { __u8 n; char i[] RB_LIST(l, 2) RB_LENGTH_ITEMS(n); };
