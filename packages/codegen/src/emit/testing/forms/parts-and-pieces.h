#include <linux/types.h>
#include <rbgen.h>

enum has { HAS_1 = 1, HAS_2 = 2, HAS_4 = 4 };
struct cw { __u16 dev; __u16 ino; };
struct opt { __u32 has RB_FLAGS(has); __u8 n; __u8 lens[3] RB_LENGTH(n); struct cw cwd[0] RB_PRESENT(has & HAS_2); __u32 uid[0] RB_AFTER_ALIGNED(cwd, 4) RB_PRESENT(has & (HAS_1|HAS_4)); char names[] RB_AFTER(uid) RB_LENGTHS(lens); };
