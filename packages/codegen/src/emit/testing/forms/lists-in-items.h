#include <linux/types.h>
#include <rbgen.h>

struct c1 { __u8 t; __u16 v RB_ENDIAN(big); } __attribute__((packed)) ; 
struct leafn { __u8 k; __u8 v; } RB_VARIANT(1) RB_TAG_AT(k);
struct leafs { __u8 k; __u8 n; char s[] RB_LENGTH(n) RB_STRINGS; } RB_VARIANT(2);
struct flat { __u8 t; __u8 q; } RB_VARIANT(0x10) RB_TAG_AT(t);
struct group { __u8 t; __u8 cnt; char sub[] RB_LIST(leafn|leafs, 1) RB_LENGTH_ITEMS(cnt); } RB_VARIANT(0x20, 0x21);
struct tree { __u16 total; __u16 pid; __u8 bytes[] RB_LIST(flat|group, 1) RB_LENGTH_TOTAL(total); };
