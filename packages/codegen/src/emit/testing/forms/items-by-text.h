#include <linux/types.h>
#include <rbgen.h>

struct tm { char magic[4]; __u8 mac[6] RB_MAC; } RB_VARIANT('MACA') RB_TAG_AT(magic);
struct tu { char magic[4]; __u8 id[16] RB_UUID; __u8 on RB_BOOL; } RB_VARIANT('UUID','UU');
struct td { char magic[4]; __u32 len; __u8 lens[2]; char body[] RB_LENGTHS(lens); } __attribute__((packed)) RB_VARIANT(default);
struct bag { __u64 ts RB_KTIME; __s32 err RB_ERRNO; __u32 n; __u8 items[128] RB_LIST(tm|tu|td, 4) RB_LENGTH(n, items); };
