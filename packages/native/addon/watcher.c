/*
 * Tells JavaScript which members of an epoll set have events. Where the host is built on libuv and shows it (Node,
 * Electron) the event loop's own poll watches the set, which adds no thread; elsewhere (Bun, Deno) one thread watches
 * it and calls through a thread-safe function. Either way the events are taken on the JavaScript thread, so that an
 * edge is consumed exactly when it is delivered.
 */
#include "addon.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* libuv's ABI, stable within 1.x; weak, since not every host has it. */
struct uv_loop_s;
typedef struct uv_handle_s uv_handle;
#define UV_POLL_TYPE 8
#define UV_READABLE 1
extern size_t uv_handle_size(int type) __attribute__((weak));
extern int uv_poll_init(struct uv_loop_s *loop, uv_handle *poll, int fd) __attribute__((weak));
extern int uv_poll_start(uv_handle *poll, int events, void (*callback)(uv_handle *, int, int)) __attribute__((weak));
extern void uv_close(uv_handle *poll, void (*callback)(uv_handle *)) __attribute__((weak));
extern void uv_ref(uv_handle *poll) __attribute__((weak));
extern void uv_unref(uv_handle *poll) __attribute__((weak));
extern void *uv_handle_get_data(const uv_handle *poll) __attribute__((weak));
extern void uv_handle_set_data(uv_handle *poll, void *data) __attribute__((weak));

#define BATCH 16

struct watcher {
	enum handle_kind kind;
	napi_env env;
	napi_ref callback;
	int set;
	int holders; /* the handle, and the loop or the thread-safe function */
	bool closed;
	/* the event loop's way */
	uv_handle *poll;
	napi_async_cleanup_hook_handle hook;
	/* the thread's way */
	napi_threadsafe_function function;
	pthread_t thread;
	int resume, stop;
};

static void drop(struct watcher *watcher)
{
	if (--watcher->holders == 0)
		free(watcher);
}

/*
 * Takes up to BATCH events and calls back with the ids of their members; what is left is reported in the next turn. With no
 * id where a member's readiness was gone when it was taken: a perf event's is told once, and whoever watches the set hears it.
 */
static void deliver(struct watcher *watcher)
{
	napi_value callback, receiver, ignored, error, argument[BATCH];
	napi_env env = watcher->env;
	struct epoll_event events[BATCH];
	napi_handle_scope scope;
	bool pending = false;
	int i, count;

	if (watcher->closed)
		return;
	count = epoll_wait(watcher->set, events, BATCH, 0);
	if (count < 0 || napi_open_handle_scope(env, &scope) != napi_ok)
		return;
	for (i = 0; i < count; i++)
		if (napi_create_uint32(env, events[i].data.u32, &argument[i]) != napi_ok)
			goto done;
	if (napi_get_reference_value(env, watcher->callback, &callback) == napi_ok &&
	    napi_get_global(env, &receiver) == napi_ok)
		napi_make_callback(env, NULL, receiver, callback, (size_t)count, argument, &ignored);
	if (napi_is_exception_pending(env, &pending) == napi_ok && pending &&
	    napi_get_and_clear_last_exception(env, &error) == napi_ok)
		napi_fatal_exception(env, error);
done:
	napi_close_handle_scope(env, scope);
}

/* The loop's callback, with a status of 0 or an error of the poll itself, which the set shows as well. */
static void loop_ready(uv_handle *poll, int status, int events)
{
	(void)status;
	(void)events;
	deliver(uv_handle_get_data(poll));
}

static void loop_closed(uv_handle *poll)
{
	struct watcher *watcher = uv_handle_get_data(poll);

	if (watcher->hook)
		napi_remove_async_cleanup_hook(watcher->hook);
	free(poll);
	drop(watcher);
}

/* Of a poll that did not start, and that the thread has replaced since. */
static void poll_unused(uv_handle *poll)
{
	free(poll);
}

static void *watch_set(void *data)
{
	struct watcher *watcher = data;
	struct pollfd ready[2] = { { watcher->set, POLLIN, 0 }, { watcher->stop, POLLIN, 0 } };
	struct pollfd taken[2] = { { watcher->resume, POLLIN, 0 }, { watcher->stop, POLLIN, 0 } };
	uint64_t count;

	for (;;) {
		if (poll(ready, 2, -1) < 0)
			continue;
		if (ready[1].revents || napi_call_threadsafe_function(watcher->function, NULL, napi_tsfn_blocking) != napi_ok)
			break;
		while (poll(taken, 2, -1) < 0)
			;
		if (taken[1].revents || read(watcher->resume, &count, sizeof(count)) < 0)
			break;
	}
	napi_release_threadsafe_function(watcher->function, napi_tsfn_release);
	return NULL;
}

static void thread_ready(napi_env env, napi_value unused, void *context, void *data)
{
	struct watcher *watcher = context;
	uint64_t one = 1;

	(void)unused;
	(void)data;
	if (watcher->closed)
		return;
	if (env)
		deliver(watcher);
	if (!watcher->closed && write(watcher->resume, &one, sizeof(one)) < 0)
		return; /* cannot fail: the counter is 0 or 1 */
}

static void thread_gone(napi_env env, void *data, void *hint)
{
	(void)env;
	(void)hint;
	drop(data);
}

static void thread_teardown(void *data);

/* Ends the watch and closes the set. The environment is still usable; what remains to be freed follows by itself. */
static void end(struct watcher *watcher)
{
	uint64_t one = 1;

	if (watcher->closed)
		return;
	watcher->closed = true;
	if (watcher->poll) {
		uv_close(watcher->poll, loop_closed);
	} else if (napi_remove_env_cleanup_hook(watcher->env, thread_teardown, watcher) == napi_ok &&
		   write(watcher->stop, &one, sizeof(one)) == (ssize_t)sizeof(one)) {
		pthread_join(watcher->thread, NULL);
		close(watcher->stop);
		close(watcher->resume);
	}
	close(watcher->set);
	napi_delete_reference(watcher->env, watcher->callback);
}

static void loop_teardown(napi_async_cleanup_hook_handle hook, void *data)
{
	(void)hook;
	end(data);
}

static void thread_teardown(void *data)
{
	end(data);
}

static bool start_on_loop(struct watcher *watcher)
{
	struct uv_loop_s *loop;
	uv_handle *poll;

	if (!uv_handle_size || !uv_poll_init || napi_get_uv_event_loop(watcher->env, &loop) != napi_ok)
		return false;
	poll = calloc(1, uv_handle_size(UV_POLL_TYPE));
	if (!poll)
		return false;
	if (uv_poll_init(loop, poll, watcher->set) != 0) {
		free(poll);
		return false;
	}
	uv_handle_set_data(poll, watcher);
	if (uv_poll_start(poll, UV_READABLE, loop_ready) != 0) {
		uv_close(poll, poll_unused);
		return false;
	}
	watcher->poll = poll;
	watcher->holders++;
	uv_unref(poll);
	napi_add_async_cleanup_hook(watcher->env, loop_teardown, watcher, &watcher->hook);
	return true;
}

/* 0, or the errno of what it found none of. */
static int start_thread(struct watcher *watcher)
{
	napi_value name = make_text(watcher->env, "rbgen:wake-up");
	int error = ENOMEM;

	watcher->resume = watcher->stop = -1;
	if (!name)
		return error;
	if ((watcher->resume = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0 ||
	    (watcher->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0) {
		error = errno;
		goto refused;
	}
	if (napi_create_threadsafe_function(watcher->env, NULL, NULL, name, 0, 1, watcher, thread_gone, watcher,
					    thread_ready, &watcher->function) != napi_ok)
		goto refused;
	watcher->holders++;
	napi_unref_threadsafe_function(watcher->env, watcher->function);
	error = pthread_create(&watcher->thread, NULL, watch_set, watcher);
	if (error != 0) {
		watcher->closed = true; /* thread_gone comes later, and has nothing to close */
		napi_release_threadsafe_function(watcher->function, napi_tsfn_abort);
		goto refused;
	}
	napi_add_env_cleanup_hook(watcher->env, thread_teardown, watcher);
	return 0;
refused:
	if (watcher->resume >= 0)
		close(watcher->resume);
	if (watcher->stop >= 0)
		close(watcher->stop);
	return error;
}

static void handle_collected(napi_env env, void *data, void *hint)
{
	(void)env;
	(void)hint;
	end(data);
	drop(data);
}

/*
 * watch(set, callback: (...ids) => void, onThread: boolean) → handle | -errno; the set belongs to the watcher from then on,
 * and is closed where nothing can watch it. Does not keep the process alive until watchRef.
 */
static napi_value watch(napi_env env, napi_callback_info info)
{
	napi_value argument[3], handle;
	struct watcher *watcher;
	napi_valuetype type;
	bool on_thread;
	int set, error;

	if (!get_arguments(env, info, 3, argument) || !get_int(env, argument[0], &set) ||
	    !get_truth(env, argument[2], &on_thread))
		return NULL;
	if (napi_typeof(env, argument[1], &type) != napi_ok || type != napi_function)
		return throw_refused(env, "a function was expected");
	if (fcntl(set, F_GETFD) < 0) { /* which a thread would find ready for ever */
		error = errno;
		close(set);
		return make_failure(env, error);
	}
	watcher = calloc(1, sizeof(*watcher));
	if (!watcher) {
		close(set);
		return make_failure(env, ENOMEM);
	}
	watcher->kind = WATCHER_HANDLE;
	watcher->env = env;
	watcher->set = set;
	watcher->holders = 1;
	error = napi_create_reference(env, argument[1], 1, &watcher->callback) == napi_ok ? 0 : ENOMEM;
	if (error == 0 && (on_thread || !start_on_loop(watcher))) {
		error = start_thread(watcher);
		if (error != 0)
			napi_delete_reference(env, watcher->callback);
	}
	if (error != 0) {
		watcher->closed = true;
		drop(watcher);
		close(set);
		return make_failure(env, error);
	}
	if (napi_create_external(env, watcher, handle_collected, NULL, &handle) != napi_ok) {
		end(watcher);
		drop(watcher);
		return make_failure(env, ENOMEM);
	}
	return handle;
}

/* watchRef(handle, on: boolean): whether the watch keeps the process alive */
static napi_value watch_ref(napi_env env, napi_callback_info info)
{
	struct watcher *watcher;
	napi_value argument[2];
	bool on;

	if (!get_arguments(env, info, 2, argument) || !get_handle(env, argument[0], WATCHER_HANDLE, (void **)&watcher) ||
	    !get_truth(env, argument[1], &on))
		return NULL;
	if (watcher->closed)
		return NULL;
	if (watcher->poll) {
		if (on)
			uv_ref(watcher->poll);
		else
			uv_unref(watcher->poll);
	} else if (on) {
		napi_ref_threadsafe_function(env, watcher->function);
	} else {
		napi_unref_threadsafe_function(env, watcher->function);
	}
	return NULL;
}

/* watchEnd(handle): stops and closes the set */
static napi_value watch_end(napi_env env, napi_callback_info info)
{
	struct watcher *watcher;
	napi_value argument[1];

	if (!get_arguments(env, info, 1, argument) || !get_handle(env, argument[0], WATCHER_HANDLE, (void **)&watcher))
		return NULL;
	end(watcher);
	return NULL;
}

bool export_watcher(napi_env env, napi_value exports)
{
	return export_function(env, exports, "watch", watch) &&
	       export_function(env, exports, "watchRef", watch_ref) &&
	       export_function(env, exports, "watchEnd", watch_end);
}
