/* perf_event_open(2), and the calls on its descriptors that a ring of events needs. */
#include "addon.h"
#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * perfEventOpen(attributes: Uint8Array, pid, cpu, flags, name | null) → fd | -errno; `struct perf_event_attr` holds its own
 * size. The address of `name` is stored as its `config1`: what a probe is set on.
 */
static napi_value perf_event_open(napi_env env, napi_callback_info info)
{
	const size_t name_at = offsetof(struct perf_event_attr, config1);
	napi_value argument[5];
	uint8_t *attributes;
	uint32_t size, flags;
	uint64_t address;
	const char *name;
	int pid, cpu;
	size_t length;

	if (!get_arguments(env, info, 5, argument) || !get_bytes(env, argument[0], &attributes, &length) ||
	    !get_int(env, argument[1], &pid) || !get_int(env, argument[2], &cpu) ||
	    !get_unsigned(env, argument[3], &flags) || !get_text(env, argument[4], &name))
		return NULL;
	if (length < PERF_ATTR_SIZE_VER0)
		return throw_refused(env, "the attributes of a perf event were expected");
	memcpy(&size, attributes + 4, sizeof(size));
	if (size > length)
		return throw_refused(env, "the attributes of a perf event are longer than their bytes");
	if (name) {
		address = (uintptr_t)name;
		memcpy(attributes + name_at, &address, sizeof(address));
	}
	return make_result(env, syscall(SYS_perf_event_open, attributes, pid, cpu, -1, (unsigned long)flags));
}

/*
 * control(fd, request, argument) → result | -errno: an ioctl(2) of perf events that takes its argument by value, as those of
 * `_IO('$', …)` do, and PERF_EVENT_IOC_PAUSE_OUTPUT and PERF_EVENT_IOC_SET_BPF in spite of their numbers
 */
static napi_value control(napi_env env, napi_callback_info info)
{
	napi_value argument[3];
	uint32_t request, value;
	int fd;

	if (!get_arguments(env, info, 3, argument) || !get_int(env, argument[0], &fd) ||
	    !get_unsigned(env, argument[1], &request) || !get_unsigned(env, argument[2], &value))
		return NULL;
	if (request >> 8 != '$' && request != PERF_EVENT_IOC_PAUSE_OUTPUT && request != PERF_EVENT_IOC_SET_BPF)
		return throw_refused(env, "a request of perf events was expected");
	return make_result(env, ioctl(fd, request, (unsigned long)value));
}

/* readFd(fd, bytes: Uint8Array) → how many were read | -errno */
static napi_value read_fd(napi_env env, napi_callback_info info)
{
	napi_value argument[2];
	uint8_t *bytes;
	size_t length;
	int fd;

	if (!get_arguments(env, info, 2, argument) || !get_int(env, argument[0], &fd) ||
	    !get_bytes(env, argument[1], &bytes, &length))
		return NULL;
	return make_result(env, read(fd, bytes, length));
}

bool export_perf(napi_env env, napi_value exports)
{
	return export_function(env, exports, "perfEventOpen", perf_event_open) &&
	       export_function(env, exports, "control", control) && export_function(env, exports, "readFd", read_fd);
}
