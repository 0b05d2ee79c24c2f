#include <linux/types.h>
#include <rbgen.h>

struct tcp { __u16 sport RB_ENDIAN(big), dport RB_ENDIAN(big); __u8 ns : 4, doff : 4; __u8 fl; __u16 win RB_ENDIAN(big); __u8 opts[0] RB_LENGTH(doff * 4 - 20); __u8 lens[0] RB_AFTER(opts) RB_LENGTH(ns); __u8 segs[] RB_AFTER(lens) RB_LENGTHS(lens); };
