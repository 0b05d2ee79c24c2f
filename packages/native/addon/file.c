/* Files, each read by one call: a thread that is terminated between two of them leaves no descriptor open. */
#include "addon.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Fills `bytes` as far as the file goes, from its start on → how many, or -1 with errno. */
static int64_t fill(int fd, uint8_t *bytes, size_t length)
{
	size_t at = 0;
	ssize_t count;

	while (at < length) {
		count = pread(fd, bytes + at, length - at, (off_t)at);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -1;
		if (count == 0)
			break;
		at += (size_t)count;
	}
	return (int64_t)at;
}

/* A Uint8Array of the file's bytes, or the errno that it cannot be one for in `error`. */
static napi_value contents(napi_env env, int fd, int *error)
{
	napi_value buffer, bytes;
	int64_t length;
	off_t size;
	void *data;

	size = lseek(fd, 0, SEEK_END); /* ESPIPE of what would make a reader wait */
	if (size < 0 || size > INT32_MAX) {
		*error = size < 0 ? errno : EFBIG;
		return NULL;
	}
	if (napi_create_arraybuffer(env, (size_t)size, &data, &buffer) != napi_ok) {
		*error = ENOMEM;
		return NULL;
	}
	length = fill(fd, data, (size_t)size);
	if (length < 0)
		*error = errno;
	else if (napi_create_typedarray(env, napi_uint8_array, (size_t)length, buffer, 0, &bytes) == napi_ok)
		return bytes;
	else
		*error = ENOMEM;
	return NULL;
}

/* readFile(path) → Uint8Array | -errno */
static napi_value read_file(napi_env env, napi_callback_info info)
{
	napi_value argument[1], bytes;
	int fd, error = 0;
	const char *path;

	if (!get_arguments(env, info, 1, argument) || !get_text(env, argument[0], &path))
		return NULL;
	if (!path)
		return throw_refused(env, "a path was expected");
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return make_failure(env, errno);
	bytes = contents(env, fd, &error);
	close(fd);
	return bytes ? bytes : make_failure(env, error);
}

bool export_file(napi_env env, napi_value exports)
{
	return export_function(env, exports, "readFile", read_file);
}
