#include <linux/types.h>
#include <rbgen.h>

struct ia { char t[2]; __u8 v; } RB_VARIANT('AB') RB_TAG_AT(t);
struct ib { char t[2]; __u8 n; __u8 lens[0] RB_LENGTH(n); char s[] RB_AFTER(lens) RB_LENGTHS(lens, clamp); } RB_VARIANT('C');
struct ic { char t[2]; __u8 k; union { __u16 w RB_VARIANT(1); __u8 x RB_VARIANT(2); } RB_TAG_AT(k); } __attribute__((packed)) RB_VARIANT(default);
struct r { __u8 n; char i[] RB_LIST(ia|ib|ic, 4) RB_LENGTH_ITEMS(n); };
struct r2 { char i[] RB_LIST(ia|ib|ic, 1); };
struct r3 { __u8 len; char i[24] RB_LIST(ia|ib|ic, 2) RB_LENGTH(len, bytes); };
