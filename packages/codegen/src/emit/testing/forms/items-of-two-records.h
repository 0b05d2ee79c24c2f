#include <linux/types.h>
#include <rbgen.h>

struct ia { __u8 kind; __u8 bodyKind; union { __u16 w RB_VARIANT(1); __u8 b RB_VARIANT(2); } body RB_TAG_AT(bodyKind); } RB_VARIANT(1) RB_TAG_AT(kind);
struct ib { __u8 kind; __u8 n; __u16 x[] RB_LENGTH(n); } RB_VARIANT(2);
struct r1 { char t[4]; __u16 nb; char l[] RB_LIST(ia|ib, 2) RB_LENGTH_BYTES(nb); } RB_VARIANT('ONE') RB_TAG_AT(t) RB_RECORD_OF(events);
struct r2 { char t[4]; __u8 n; char l[64] RB_LIST(ia|ib, 4) RB_LENGTH_ITEMS(n); } RB_VARIANT('TWO','DUO') RB_RECORD_OF(events);
