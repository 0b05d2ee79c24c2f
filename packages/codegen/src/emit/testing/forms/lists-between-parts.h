#include <linux/types.h>
#include <rbgen.h>

struct sa { __u16 fam; __u16 port RB_ENDIAN(big); __u32 a RB_IPV4; } RB_VARIANT(2) RB_TAG_AT(fam);
struct s6 { __u16 fam; __u16 port RB_ENDIAN(big); __u8 a[16] RB_IPV6; __u32 scope; } RB_VARIANT(10);
struct un { __u16 fam; __u16 len; char path[] RB_LENGTH(len - 4); } RB_VARIANT(1);
struct conn { __u8 fl; __u8 naddr; __u8 nn; __u8 pad; __u32 uid[0] RB_PRESENT(fl & 1); char addrs[0] RB_AFTER_ALIGNED(uid, 4) RB_LIST(sa|s6|un, 4) RB_LENGTH_ITEMS(naddr); __u16 lens[0] RB_AFTER_ALIGNED(addrs, 2) RB_LENGTH(nn + 1); char names[] RB_AFTER(lens) RB_LENGTHS(lens, clamp); };
