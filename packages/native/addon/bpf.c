/* bpf(2) and the calls on file descriptors that a ring needs. */
#include "addon.h"
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A byte array at `i` of an array of them, or NULL with an exception pending. */
static uint8_t *bytes_at(napi_env env, napi_value array, uint32_t i, size_t *length)
{
	napi_value element;
	uint8_t *bytes;

	if (napi_get_element(env, array, i, &element) == napi_ok && get_bytes(env, element, &bytes, length))
		return bytes;
	throw_refused(env, "a Uint8Array was expected");
	return NULL;
}

/*
 * bpf(command, attributes: Uint8Array, holders: Uint8Array[], offsets: number[], targets: Uint8Array[],
 *     common: Uint8Array) → result | -errno
 * The address of targets[i] is stored at offsets[i] of holders[i], which are the attributes, the common ones (struct
 * bpf_common_attr, or nothing), or a structure that they point to. The addresses are good for the time of the call only.
 */
static napi_value bpf(napi_env env, napi_callback_info info)
{
	uint8_t *attributes, *common, *holder, *target;
	napi_value argument[6], element;
	size_t length, common_length, room, unused;
	uint32_t count, i;
	int64_t offset;
	uint64_t address;
	int command;

	if (!get_arguments(env, info, 6, argument) || !get_int(env, argument[0], &command) ||
	    !get_bytes(env, argument[1], &attributes, &length) ||
	    !get_bytes(env, argument[5], &common, &common_length))
		return NULL;
	if (napi_get_array_length(env, argument[2], &count) != napi_ok)
		return throw_refused(env, "an array was expected");
	for (i = 0; i < count; i++) {
		holder = bytes_at(env, argument[2], i, &room);
		target = holder ? bytes_at(env, argument[4], i, &unused) : NULL;
		if (!target || napi_get_element(env, argument[3], i, &element) != napi_ok ||
		    !get_number(env, element, &offset))
			return throw_refused(env, "a pointer and its place were expected");
		if (offset < 0 || room < sizeof(address) || (uint64_t)offset > room - sizeof(address))
			return throw_refused(env, "a pointer lies outside of its holder");
		address = (uintptr_t)target;
		memcpy(holder + offset, &address, sizeof(address));
	}
	return make_result(env, syscall(SYS_bpf, command, attributes, length, common_length ? common : NULL, common_length));
}

/* duplicate(fd) → a close-on-exec descriptor of the same file | -errno */
static napi_value duplicate(napi_env env, napi_callback_info info)
{
	napi_value argument[1];
	int fd;

	if (!get_arguments(env, info, 1, argument) || !get_int(env, argument[0], &fd))
		return NULL;
	return make_result(env, fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

/* close(fd) → 0 | -errno */
static napi_value close_fd(napi_env env, napi_callback_info info)
{
	napi_value argument[1];
	int fd;

	if (!get_arguments(env, info, 1, argument) || !get_int(env, argument[0], &fd))
		return NULL;
	return make_result(env, close(fd));
}

struct owner {
	enum handle_kind kind;
	int fd;	     /* -1 once closed */
	bool hooked; /* closed when its thread ends */
};

static void close_owned(struct owner *owner)
{
	if (owner->fd >= 0)
		close(owner->fd);
	owner->fd = -1;
}

static void thread_ended(void *data)
{
	struct owner *owner = data;

	owner->hooked = false;
	close_owned(owner);
}

static void owner_collected(napi_env env, void *data, void *hint)
{
	struct owner *owner = data;

	(void)hint;
	if (owner->hooked)
		napi_remove_env_cleanup_hook(env, thread_ended, owner);
	close_owned(owner);
	free(owner);
}

/*
 * own(fd) → a handle that closes it when it is collected, or when its thread ends (Deno collects nothing then). The engine
 * of a thread that is being terminated makes no handles: the descriptor is closed at once, as where there is no memory for
 * one (-ENOMEM).
 */
static napi_value own(napi_env env, napi_callback_info info)
{
	napi_value argument[1], handle;
	struct owner *owner;
	int fd;

	if (!get_arguments(env, info, 1, argument) || !get_int(env, argument[0], &fd))
		return NULL;
	owner = malloc(sizeof(*owner));
	if (!owner || napi_create_external(env, owner, owner_collected, NULL, &handle) != napi_ok) {
		free(owner);
		if (fd >= 0)
			close(fd);
		return make_failure(env, ENOMEM);
	}
	owner->kind = OWNER_HANDLE;
	owner->fd = fd;
	owner->hooked = napi_add_env_cleanup_hook(env, thread_ended, owner) == napi_ok;
	return handle;
}

/* disown(handle): closes the descriptor now, once */
static napi_value disown(napi_env env, napi_callback_info info)
{
	napi_value argument[1];
	struct owner *owner;

	if (get_arguments(env, info, 1, argument) && get_handle(env, argument[0], OWNER_HANDLE, (void **)&owner))
		close_owned(owner);
	return NULL;
}

/* interfaceIndex(name) → index in the network namespace of this thread | -errno */
static napi_value interface_index(napi_env env, napi_callback_info info)
{
	napi_value argument[1];
	const char *name;
	unsigned int index;

	if (!get_arguments(env, info, 1, argument) || !get_text(env, argument[0], &name))
		return NULL;
	if (!name)
		return throw_refused(env, "a name was expected");
	index = if_nametoindex(name);
	return make_result(env, index ? (int64_t)index : -1);
}

/* pageSize() → bytes */
static napi_value page_size(napi_env env, napi_callback_info info)
{
	(void)info;
	return make_number(env, sysconf(_SC_PAGESIZE));
}

bool export_bpf(napi_env env, napi_value exports)
{
	return export_function(env, exports, "bpf", bpf) && export_function(env, exports, "duplicate", duplicate) &&
	       export_function(env, exports, "close", close_fd) && export_function(env, exports, "own", own) &&
	       export_function(env, exports, "disown", disown) &&
	       export_function(env, exports, "interfaceIndex", interface_index) &&
	       export_function(env, exports, "pageSize", page_size);
}
