#include <linux/types.h>
#include <rbgen.h>

struct path_ev {
	unsigned long long ts; // @rbgen ktime
	unsigned int dev; // @rbgen dev
	int ret; // @rbgen errno
	unsigned char depth;
	unsigned char mode; // @rbgen bool
	unsigned short lens[8]; // @rbgen length=depth
	char comps[64]; /* @rbgen lengths=lens,clamp */
};
struct xattr {
	unsigned int n;
	unsigned int sizes[4]; // @rbgen length=n
	/* @rbgen lengths=sizes; bytes; name=values */
	char v_data[];
};
struct xattr2 {
	unsigned int n;
	unsigned int sizes[4]; // @rbgen length=n-1
	/* @rbgen lengths=sizes; string; name=values */
	unsigned char v_data[];
};
