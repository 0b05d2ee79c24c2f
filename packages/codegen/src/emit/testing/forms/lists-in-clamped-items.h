#include <linux/types.h>
#include <rbgen.h>

struct b { __u8 l; __u16 s[] RB_LENGTH(l, clamp); } __attribute__((packed));
struct node { __u8 k; __u8 n; char kids[] RB_LIST(b, 2) RB_LENGTH_ITEMS(n); } RB_VARIANT(1) RB_TAG_AT(k);
struct leaf { __u8 k; __s16 v; } __attribute__((packed)) RB_VARIANT(2);
struct r { __u8 n; char nodes[0] RB_LIST(node|leaf, 4) RB_LENGTH_ITEMS(n); char rest[] RB_AFTER(nodes); };
struct r2 { __u8 n; char nodes[] RB_LIST(node|leaf, 4); } ;
