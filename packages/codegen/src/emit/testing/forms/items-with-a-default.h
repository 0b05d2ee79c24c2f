#include <linux/types.h>
#include <rbgen.h>

enum ev { EV_OPEN = 1, EV_EXEC, EV_NET };
struct i_open { __u8 type RB_ENUM(ev); __u8 fd; } RB_VARIANT(EV_OPEN) RB_TAG_AT(type);
struct i_exec { __u8 type; __u8 argc; __u8 lens[0] RB_LENGTH(argc); char argv[] RB_AFTER(lens) RB_LENGTHS(lens); } RB_VARIANT(EV_EXEC);
struct i_net { __u8 type; __u8 fam; union { __u8 v4[4] RB_VARIANT(2) RB_IPV4; __u8 v6[16] RB_VARIANT(10) RB_IPV6; } RB_TAG_AT(fam); } RB_VARIANT(EV_NET);
struct i_other { __u8 type; __u8 len; __u8 raw[] RB_LENGTH(len - 2); } RB_VARIANT(default);
struct batch { __u32 pid; __u8 count; __u8 items[] RB_LIST(i_open|i_exec|i_net|i_other, 1) RB_LENGTH_ITEMS(count); };
enum ev keep_ev;
