#include <linux/types.h>
#include <rbgen.h>

enum fl { F_1 = 1, F_2 = 2, F_128 = 128 };
struct r { __u32 addr RB_IPV4; __u8 six[16] RB_IPV6; __u8 mac[6] RB_MAC; __u32 dev RB_DEV; __s32 ret RB_ERRNO; __u8 b RB_BOOL; __u8 f RB_FLAGS(fl); __u64 g RB_FLAGS(fl); float x; double d; __u16 big RB_ENDIAN(big); __u8 u[16] RB_UUID; __u32 m : 5, k : 27; __s64 sz RB_NUMBER; char c[8]; __u8 raw[5]; __u16 v[3]; };
