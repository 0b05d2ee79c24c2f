/*
 * What passes between the demo's server and its page: each binary WebSocket frame is one of these. Both sides use the code
 * that `rbgen` makes of this file, as both sides of the rings do with types.h.
 */
#ifndef DEMO_FRAMES_H
#define DEMO_FRAMES_H

#include "../../bpf/types.h"

#define FRAME_VERSION 2
#define BATCH_BUCKETS 16

enum frame_kind {
	FRAME_HELLO = 1,
	FRAME_SAMPLES = 2,
	FRAME_STATE = 3,
	FRAME_COMMAND = 4,
	FRAME_ANSWER = 5,
	FRAME_HOSTS = 6,
};

struct frame_header {
	__u32 version;
	enum frame_kind kind RB_TAG_MEMBER;
};

/* The first frame that a page gets. */
struct hello_frame {
	struct frame_header header;
	__u64 run;  /* differs after each start of the server */
	__u64 next; /* ordinal of the first record that this page gets */
	__u32 events_size;
	__u32 commands_size;
	char backend[16];
} RB_RECORD_OF(frames) RB_VARIANT(FRAME_HELLO);

/* One record as it lay in the ring. */
struct sample {
	__u32 length;
	__u8 bytes[] RB_LENGTH(length);
};

/* Records in the order of the ring. Ordinals that no frame carries are records that the page missed. */
struct samples_frame {
	struct frame_header header;
	__u64 first; /* ordinal of the first one */
	__u32 host;  /* whose ring: what `host_account` has; 0 for the ring of the server's own machine */
	__u32 count;
	__u32 length;
	__u8 samples[] RB_LENGTH(length) RB_LIST(struct sample, 8);
} RB_RECORD_OF(frames) RB_VARIANT(FRAME_SAMPLES);

/* What the server counts, several times a second; frames from pages that were refused among it, by reason. */
struct state_frame {
	struct frame_header header;
	__u64 now_ns;	/* the kernel side's clock */
	__u64 wall_ns;	/* the same moment since 1970 */
	__u64 read;	/* records that left the ring */
	__u64 missed;	/* of these, the ones that this page was too slow for */
	__u64 lost_full;
	__u64 lost_too_big;
	__u64 waits;	/* times that the reader slept until it was woken up */
	__u64 batches[BATCH_BUCKETS]; /* reads of 2^i records or more, less than 2^(i + 1) */
	__u64 memory;	/* bytes of the server's process */
	__u32 events_fill;
	__u32 commands_fill;
	__u32 malformed;
	__u32 oversized;
	__u32 wrong_version;
	__u32 behind_refused; /* behind one of those, from the same connection */
	__u32 refused_requests; /* HTTP requests and upgrades without the token, or from elsewhere */
	__u32 turned_away; /* pages beyond as many as may be open */
	__u32 pages;
} RB_RECORD_OF(frames) RB_VARIANT(FRAME_STATE);

/*
 * A host whose ring comes through a relay, and what became of the numbers of its records: `next` is the sum of all others.
 */
struct host_account {
	__u32 host; /* from 1, in the order in which they came */
	__u32 name_length;
	__s64 behind_ns; /* from the time of its newest record to when that came here, by the clocks of both */
	__u64 next;
	__u64 before; /* the first record that was read */
	__u64 delivered;
	__u64 skipped; /* of another layout */
	__u64 errored; /* did not decode */
	__u64 missing; /* the stream lost or removed them */
	__u64 dropped_kernel;
	__u64 dropped_spool;
	__u64 dropped_restart;
	__u64 dropped_size;
	char name[] RB_LENGTH(name_length);
};

/* All hosts that were heard of, several times a second, where records come through a relay. */
struct hosts_frame {
	struct frame_header header;
	__u64 lag; /* messages of the stream that are not read yet */
	__u32 refused; /* messages that were no chunks */
	__u32 length;
	__u8 hosts[] RB_LENGTH(length) RB_LIST(struct host_account, 8);
} RB_RECORD_OF(frames) RB_VARIANT(FRAME_HOSTS);

/* From the page: a command for the user ring. */
struct command_frame {
	struct frame_header header;
	__u32 id; /* the page's own */
	struct command command;
} RB_RECORD_OF(frames) RB_VARIANT(FRAME_COMMAND);

enum answer_result {
	ANSWER_SENT = 1, /* it is in the user ring, under `sequence` */
	ANSWER_FULL = 2, /* the user ring has no room */
};

/* What became of a command on its way to the user ring; the kernel side's acknowledgement comes as a record. */
struct answer_frame {
	struct frame_header header;
	__u32 id;
	__u32 sequence;
	enum answer_result result;
} RB_RECORD_OF(frames) RB_VARIANT(FRAME_ANSWER);

#endif
