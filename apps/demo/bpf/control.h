/*
 * How the dashboard rules the kernel side, whatever records events there: commands, and the record that tells what became
 * of them.
 */
#ifndef DEMO_CONTROL_H
#define DEMO_CONTROL_H

#include "types.h"

RB_LOST_MAP(lost);

/* Records only lie in rings: without these, the object would not have their types, and nothing could be held against them. */
RB_RECORD(events, struct exec_event);
RB_RECORD(events, struct open_event);
RB_RECORD(events, struct connect_event);
RB_RECORD(events, struct exit_event);
RB_RECORD(events, struct status_event);
RB_RECORD(commands, struct command);

#define STATUS_EVERY_NS 100000000ull
/* While nothing is produced, nothing changes but by a command, which is told of at once. */
#define PAUSED_STATUS_EVERY_NS 1000000000ull

static __u32 rate, filter, sampling, passed_over, applied, sequence;
static char only[DEMO_COMM_LEN];
static __u64 produced, dropped;
static _Bool paused, started;
static __u64 told_ns;

static _Bool wanted(enum event_kind kind, const volatile char *comm)
{
	int i;

	if (filter & 1 << kind)
		return 0;
	for (i = 0; only[0] && i < DEMO_COMM_LEN; i++)
		if (only[i] != comm[i])
			return 0;
	if (++passed_over < sampling)
		return 0;
	passed_over = 0;
	return 1;
}

/* Each record but the kernel side's own goes through here, and is counted. */
static __always_inline void *reserve(__u64 size)
{
	void *sample = rb_reserve_or_count(&events, size, &lost);

	__sync_fetch_and_add(&produced, 1);
	if (!sample)
		__sync_fetch_and_add(&dropped, 1);
	return sample;
}

/* Does what one command says; one from a newer dashboard is neither obeyed nor counted. */
static long obey(struct bpf_dynptr *sample, void *context)
{
	struct command command;

	if (bpf_dynptr_read(&command, sizeof(command), sample, 0, 0))
		return 0;
	switch (command.kind) {
	case COMMAND_PAUSE:
		paused = 1;
		break;
	case COMMAND_RESUME:
		paused = 0;
		break;
	case COMMAND_SET_RATE:
		rate = command.value;
		break;
	case COMMAND_SET_FILTER:
		filter = command.value;
		break;
	case COMMAND_SET_SAMPLING:
		sampling = command.value;
		break;
	case COMMAND_SET_NAME:
		__builtin_memcpy(only, command.name, sizeof(only));
		break;
	default:
		return 0;
	}
	sequence = command.sequence;
	applied++;
	return 0;
}

/* False where there is no room: the next tick tries again, and nothing is lost. */
static _Bool tell(__u64 now)
{
	struct status_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event)
		return 0;
	__builtin_memset(event, 0, sizeof(*event));
	event->header.ts_ns = now;
	event->header.kind = EVENT_STATUS;
	__builtin_memcpy(event->header.comm, "kernel", 7);
	event->produced = produced;
	event->dropped = dropped;
	event->commands = applied;
	event->sequence = sequence;
	event->rate = rate;
	event->filter = filter;
	event->sampling = sampling;
	event->paused = paused;
	__builtin_memcpy(event->name, only, sizeof(only));
	produced++;
	bpf_ringbuf_submit(event, 0);
	return 1;
}

/* Obeys what was sent meanwhile, and tells now and then. */
static void take_commands(__u64 now)
{
	if (bpf_user_ringbuf_drain(&commands, obey, 0, 0) > 0)
		told_ns = 0;
	if (now - told_ns >= (paused ? PAUSED_STATUS_EVERY_NS : STATUS_EVERY_NS) && tell(now))
		told_ns = now;
}

#endif
