/* Eight other record types: their codecs run first, so that nothing that is shared stays monomorphic. */
#include <linux/types.h>
struct other_a { __u8 a; __s16 b; __u32 c; char s[8]; };
struct other_b { __u64 a; __s64 b; __u8 raw[12]; };
struct other_c { __be32 a; __be64 b; __u16 list[5]; };
struct other_d { __u32 x : 3; __u32 y : 29; __s32 z : 31; char name[24]; };
struct other_e { float f; double d; __u32 n; };
struct inner_f { __u16 a; __u16 b; };
struct other_f { struct inner_f items[3]; __u64 t; };
struct other_g { __u32 n; union { __u32 v4; __u8 v6[16]; } addr; };
struct other_h { __s8 a; __u8 b; __u16 c; __u64 d; char text[64]; };
