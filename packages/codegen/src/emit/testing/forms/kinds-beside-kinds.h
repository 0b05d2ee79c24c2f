#include <linux/types.h>
#include <rbgen.h>

struct plain { __u32 type; union { __u32 id RB_VARIANT(1); char name[8] RB_VARIANT(2); } body RB_TAG_AT(type); };
struct told { __u32 kind; union { __u32 id RB_VARIANT(1); char name[8] RB_VARIANT(2); } RB_TAG_AT(kind); };
struct inside { __u32 kind; union { __u32 id RB_VARIANT(1); char name[8] RB_VARIANT(2); } body RB_TAG_AT(kind); };
struct open { __u8 kind; union { __u8 id RB_VARIANT(1); struct { __u8 n; char s[] RB_LENGTH(n); } text RB_VARIANT(2); } RB_TAG_AT(kind); } __attribute__((packed));
struct two { __u8 kind; __u8 kind_; union { __u8 a RB_VARIANT(1); __u8 b RB_VARIANT(2); } first RB_TAG_AT(kind); union { __u8 c RB_VARIANT(1); __u8 d RB_VARIANT(2); } second RB_TAG_AT(kind_); };
