#include <linux/types.h>
#include <rbgen.h>

struct r { __u32 a RB_DATALOC_STRING; __u32 b RB_DATALOC; __u16 off RB_DATALOC_OF(olen); __u16 olen; __u64 w RB_DATALOC_STRING; };
struct r2 { __u32 a RB_RELLOC_STRING; __u8 n; char blob[64] RB_TRUNCATED; };
struct r3 { __u16 o RB_DATALOC_OF(l, from=d, string); __u16 l; __u8 d[]; };
