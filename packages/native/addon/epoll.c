/* epoll(7) as it is: sets of descriptors, and a wait that blocks the calling thread. */
#include "addon.h"
#include <errno.h>
#include <sys/epoll.h>

/* epollCreate() → fd | -errno */
static napi_value epoll_make(napi_env env, napi_callback_info info)
{
	(void)info;
	return make_result(env, epoll_create1(EPOLL_CLOEXEC));
}

/* epollAdd(set, fd, events, id) → 0 | -errno */
static napi_value epoll_add(napi_env env, napi_callback_info info)
{
	struct epoll_event event = { 0 };
	napi_value argument[4];
	uint32_t events, id;
	int set, fd;

	if (!get_arguments(env, info, 4, argument) || !get_int(env, argument[0], &set) ||
	    !get_int(env, argument[1], &fd) || !get_unsigned(env, argument[2], &events) ||
	    !get_unsigned(env, argument[3], &id))
		return NULL;
	event.events = events;
	event.data.u32 = id;
	return make_result(env, epoll_ctl(set, EPOLL_CTL_ADD, fd, &event));
}

/* epollDelete(set, fd) → 0 | -errno */
static napi_value epoll_delete(napi_env env, napi_callback_info info)
{
	napi_value argument[2];
	int set, fd;

	if (!get_arguments(env, info, 2, argument) || !get_int(env, argument[0], &set) ||
	    !get_int(env, argument[1], &fd))
		return NULL;
	return make_result(env, epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL));
}

/* epollWait(set, milliseconds, -1 for ever) → ids of up to 16 members that have events | -errno; blocks */
static napi_value epoll_pause(napi_env env, napi_callback_info info)
{
	struct epoll_event events[16];
	napi_value argument[2], list, id;
	int set, milliseconds, i, count;

	if (!get_arguments(env, info, 2, argument) || !get_int(env, argument[0], &set) ||
	    !get_int(env, argument[1], &milliseconds))
		return NULL;
	count = epoll_wait(set, events, 16, milliseconds);
	if (count < 0)
		return make_number(env, -errno);
	if (napi_create_array_with_length(env, (size_t)count, &list) != napi_ok)
		return throw_refused(env, "no array");
	for (i = 0; i < count; i++) {
		id = make_number(env, events[i].data.u32);
		if (!id || napi_set_element(env, list, (uint32_t)i, id) != napi_ok)
			return throw_refused(env, "no array");
	}
	return list;
}

bool export_epoll(napi_env env, napi_value exports)
{
	return export_function(env, exports, "epollCreate", epoll_make) &&
	       export_function(env, exports, "epollAdd", epoll_add) &&
	       export_function(env, exports, "epollDelete", epoll_delete) &&
	       export_function(env, exports, "epollWait", epoll_pause);
}
