#include <linux/types.h>
#include <rbgen.h>

enum fl { F_1 = 1, F_2 = 2, F_128 = 0x80 };
struct nlh { __u32 len; __u16 type; __u16 flags RB_FLAGS(fl); };
struct msg { __u8 cpu; __u8 pad[3] RB_SKIP; struct nlh nlh; __u8 nl; __u8 p2[3] RB_SKIP; __u32 lens[4] RB_ENDIAN(big) RB_LENGTH(nl); char names[0] RB_LENGTHS(lens); __u16 vals[] RB_AFTER_ALIGNED(names, 2) RB_LENGTH(nlh.len, total=nlh); };
enum fl keep;
