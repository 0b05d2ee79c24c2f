#include <linux/types.h>
#include <rbgen.h>

struct hdr { __u8 kind; __u8 n; };
struct it1 { char t[1]; __u8 x; } RB_VARIANT('A') RB_TAG_AT(t);
struct it2 { char t[1]; __u8 l; char s[] RB_LENGTH(l); } RB_VARIANT('B');
struct parts { __u8 lens[3]; char p[] RB_LENGTHS(lens); };
struct msg { struct hdr hdr; __u16 lens[2]; union { char list[0] RB_LIST(it1|it2, 1) RB_LENGTH_ITEMS(hdr.n) RB_VARIANT(1); struct parts parts RB_VARIANT(2); __u32 word RB_VARIANT(3); __u8 rest[8] RB_VARIANT(default); } body RB_TAG_AT(hdr.kind); };
struct msg2 { __u8 kind, n; union { char list[8] RB_LIST(it1|it2, 1) RB_LENGTH(n, bytes) RB_VARIANT(1); struct parts p RB_VARIANT(2); } RB_TAG_AT(kind); };
