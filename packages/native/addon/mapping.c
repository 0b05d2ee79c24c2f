/*
 * Mappings lent to JavaScript as ArrayBuffers. Two things hold a mapping: its handle and its buffer. It is unmapped by
 * unmap() when the buffer is still the one that was given out, else when the buffer that took it over is collected.
 */
#include "addon.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct mapping {
	enum handle_kind kind;
	uint8_t *address; /* NULL once unmapped */
	size_t length;
	int holders;
	bool hooked; /* unmapped when its thread ends: Deno ends a process that removes a hook which is not there */
};

static void forget(struct mapping *mapping)
{
	if (mapping->address)
		munmap(mapping->address, mapping->length);
	mapping->address = NULL;
}

static void drop(struct mapping *mapping)
{
	if (--mapping->holders == 0) {
		forget(mapping);
		free(mapping);
	}
}

/* The end of a thread whose engine collects nothing then: memory that was never lent is nobody else's. */
static void thread_ended(void *data)
{
	struct mapping *mapping = data;

	mapping->hooked = false;
	forget(mapping);
}

static void handle_collected(napi_env env, void *data, void *hint)
{
	struct mapping *mapping = data;

	(void)hint;
	if (mapping->hooked)
		napi_remove_env_cleanup_hook(env, thread_ended, mapping);
	drop(mapping);
}

/* What map() gives for a mapping that stays with the addon. */
static napi_value keep(napi_env env, struct mapping *mapping, napi_value result)
{
	mapping->hooked = napi_add_env_cleanup_hook(env, thread_ended, mapping) == napi_ok;
	return result;
}

static void buffer_collected(napi_env env, void *data, void *hint)
{
	(void)env;
	(void)data;
	forget(hint);
	drop(hint);
}

/*
 * map(fd, offset, length, writable, lend) → { handle, buffer } | -errno
 * The buffer is undefined where the engine allows no external memory, or when `lend` is false: read() and write() copy.
 */
static napi_value map(napi_env env, napi_callback_info info)
{
	napi_value argument[5], result, handle, buffer;
	struct mapping *mapping;
	int64_t offset, length;
	bool writable, lend;
	napi_status status;
	void *address;
	off_t end;
	int fd;

	if (!get_arguments(env, info, 5, argument) || !get_int(env, argument[0], &fd) ||
	    !get_number(env, argument[1], &offset) || !get_number(env, argument[2], &length))
		return NULL;
	if (!get_truth(env, argument[3], &writable) || !get_truth(env, argument[4], &lend))
		return NULL;
	/* of a file, which would end the process by SIGBUS beyond its end; what has no end says ESPIPE */
	end = lseek(fd, 0, SEEK_END);
	if (offset < 0 || length <= 0 || (end >= 0 && (offset > end || length > end - offset)))
		return make_failure(env, EINVAL);
	address = mmap(NULL, (size_t)length, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, fd, offset);
	if (address == MAP_FAILED)
		return make_number(env, -errno);
	mapping = malloc(sizeof(*mapping));
	if (!mapping) {
		munmap(address, (size_t)length);
		return make_number(env, -ENOMEM);
	}
	*mapping = (struct mapping){ .kind = MAPPING_HANDLE, .address = address, .length = (size_t)length, .holders = 1 };
	if (napi_create_external(env, mapping, handle_collected, NULL, &handle) != napi_ok) {
		drop(mapping);
		return make_failure(env, ENOMEM);
	}
	if (napi_create_object(env, &result) != napi_ok ||
	    napi_set_named_property(env, result, "handle", handle) != napi_ok)
		return make_failure(env, ENOMEM); /* the handle is collected */
	if (!lend)
		return keep(env, mapping, result);
	mapping->holders++;
	status = napi_create_external_arraybuffer(env, address, mapping->length, buffer_collected, mapping, &buffer);
	if (status == napi_ok && napi_set_named_property(env, result, "buffer", buffer) == napi_ok)
		return result;
	if (status == napi_ok)
		return make_failure(env, ENOMEM);
	mapping->holders--; /* the finalizer of a buffer that was not made is not called */
	return (int)status == STATUS_NO_EXTERNAL_BUFFERS ? keep(env, mapping, result)
							 : make_failure(env, ENOMEM);
}

/*
 * unmap(handle, buffer | undefined) → whether the memory is gone now. False when the buffer is not the one lent any more
 * (`transfer()` took the memory away, or a worker did): whoever has it keeps it, and the last one to drop it unmaps.
 */
static napi_value unmap(napi_env env, napi_callback_info info)
{
	struct mapping *mapping;
	napi_value argument[2];
	napi_valuetype type;
	void *address = NULL;
	size_t length = 0;

	if (!get_arguments(env, info, 2, argument) || !get_handle(env, argument[0], MAPPING_HANDLE, (void **)&mapping) ||
	    napi_typeof(env, argument[1], &type) != napi_ok)
		return NULL;
	if (!mapping->address)
		return make_bool(env, true);
	if (type != napi_undefined) {
		if (napi_get_arraybuffer_info(env, argument[1], &address, &length) != napi_ok ||
		    address != mapping->address || length != mapping->length ||
		    napi_detach_arraybuffer(env, argument[1]) != napi_ok)
			return make_bool(env, false);
	}
	forget(mapping);
	return make_bool(env, true);
}

uint8_t *mapped_range(napi_env env, napi_value handle, int64_t offset, size_t length)
{
	struct mapping *mapping;

	if (!get_handle(env, handle, MAPPING_HANDLE, (void **)&mapping))
		return NULL;
	if (!mapping->address || offset < 0 || length > mapping->length || (uint64_t)offset > mapping->length - length) {
		throw_refused(env, "outside of the mapping");
		return NULL;
	}
	return mapping->address + offset;
}

/* The part of a mapping that a copy touches, or NULL with an exception pending. */
static uint8_t *range(napi_env env, napi_value handle, napi_value position, size_t length)
{
	int64_t offset;

	return get_number(env, position, &offset) ? mapped_range(env, handle, offset, length) : NULL;
}

/* read(handle, offset, target: Uint8Array): copies out of the mapping */
static napi_value read_bytes(napi_env env, napi_callback_info info)
{
	napi_value argument[3];
	uint8_t *bytes, *source;
	size_t length;

	if (!get_arguments(env, info, 3, argument) || !get_bytes(env, argument[2], &bytes, &length))
		return NULL;
	source = range(env, argument[0], argument[1], length);
	if (source)
		memcpy(bytes, source, length);
	return NULL;
}

/* write(handle, offset, source: Uint8Array): copies into the mapping */
static napi_value write_bytes(napi_env env, napi_callback_info info)
{
	napi_value argument[3];
	uint8_t *bytes, *target;
	size_t length;

	if (!get_arguments(env, info, 3, argument) || !get_bytes(env, argument[2], &bytes, &length))
		return NULL;
	target = range(env, argument[0], argument[1], length);
	if (target)
		memcpy(target, bytes, length);
	return NULL;
}

/* An aligned word of 4 or 8 bytes of a mapping, or NULL with an exception pending. */
static void *word(napi_env env, napi_value handle, napi_value position, int width)
{
	uint8_t *at = width == 4 || width == 8 ? range(env, handle, position, (size_t)width) : NULL;

	if (at && (uintptr_t)at % (size_t)width == 0)
		return at;
	throw_refused(env, "an aligned word was expected");
	return NULL;
}

/*
 * load(handle, offset, width 4 | 8) → bigint, acquired; store(handle, offset, width, bigint), released and ordered
 * before every later load, as a JavaScript Atomics.store is.
 */
static napi_value load(napi_env env, napi_callback_info info)
{
	napi_value argument[3], value;
	uint64_t number;
	void *source;
	int width;

	if (!get_arguments(env, info, 3, argument) || !get_int(env, argument[2], &width))
		return NULL;
	source = word(env, argument[0], argument[1], width);
	if (!source)
		return NULL;
	number = width == 4 ? __atomic_load_n((uint32_t *)source, __ATOMIC_SEQ_CST)
			    : __atomic_load_n((uint64_t *)source, __ATOMIC_SEQ_CST);
	return napi_create_bigint_uint64(env, number, &value) == napi_ok ? value : throw_refused(env, "no bigint");
}

static napi_value store(napi_env env, napi_callback_info info)
{
	napi_value argument[4];
	uint64_t number;
	void *target;
	bool lossless;
	int width;

	if (!get_arguments(env, info, 4, argument) || !get_int(env, argument[2], &width))
		return NULL;
	if (napi_get_value_bigint_uint64(env, argument[3], &number, &lossless) != napi_ok)
		return throw_refused(env, "a bigint was expected");
	target = word(env, argument[0], argument[1], width);
	if (!target)
		return NULL;
	if (width == 4)
		__atomic_store_n((uint32_t *)target, (uint32_t)number, __ATOMIC_SEQ_CST);
	else
		__atomic_store_n((uint64_t *)target, number, __ATOMIC_SEQ_CST);
	return NULL;
}

bool export_mapping(napi_env env, napi_value exports)
{
	return export_function(env, exports, "map", map) && export_function(env, exports, "unmap", unmap) &&
	       export_function(env, exports, "read", read_bytes) &&
	       export_function(env, exports, "write", write_bytes) && export_function(env, exports, "load", load) &&
	       export_function(env, exports, "store", store);
}
