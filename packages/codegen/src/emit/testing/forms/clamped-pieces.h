#include <linux/types.h>
#include <rbgen.h>

struct tls { __s16 lens[3] RB_ENDIAN(big); __u16 port RB_ENDIAN(big); __u8 bufs[] RB_LENGTHS(lens, clamp); };
struct auditv { __u8 n; __u8 pad RB_SKIP; __s8 lens[4] RB_LENGTH(n); char text[24] RB_LENGTHS(lens, clamp); };
struct auditw { __u8 n; __u8 pad RB_SKIP; __s8 lens[4] RB_LENGTH(n); char text[24] RB_LENGTHS(lens); };
struct two { __u8 a[2]; __u8 b[2]; char x[8] RB_LENGTHS(a, clamp); __u8 y[8] RB_LENGTHS(b, clamp); };
