/*
 * Records of a mapped ring, many at a time: what JavaScript would have to do header by header. Lengths and flags are as in
 * include/uapi/linux/bpf.h; where a record may begin and end is for the caller to know.
 */
#include "addon.h"
#include <string.h>

#define HEADER_BYTES 8
#define BUSY_BIT 0x80000000u
#define LENGTH_MASK 0x3fffffffu

static uint32_t load_header(const uint8_t *at)
{
	return __atomic_load_n((const uint32_t *)at, __ATOMIC_ACQUIRE);
}

/*
 * Bytes of the committed records that begin in the `limit` bytes from `data` on, up to the first busy one; `alike` of them
 * are of the records, from the first one on, that have its header. Each header is acquired: it pairs with the kernel's
 * exchange at commit, so that header and payload can be read plainly from then on.
 * Stops in any case within `limit` + one record, whatever the headers say.
 */
static uint32_t acquire_run(const uint8_t *data, uint32_t limit, uint32_t *alike)
{
	uint32_t at = 0, header, step;

	*alike = 0;
	while (at < limit) {
		header = load_header(data + at);
		if (header & BUSY_BIT)
			break;
		step = ((header & LENGTH_MASK) + HEADER_BYTES + 7) & ~7u;
		/* most have the header of the one before: where the next one is does not wait, then, for what this one says */
		do
			at += step;
		while (at < limit && load_header(data + at) == header);
		if (*alike == 0)
			*alike = at;
	}
	return at;
}

/* What a run is asked of: the offset of its first header, and bytes that headers begin in. */
struct span {
	uint8_t *data;
	int64_t offset;
	uint32_t limit;
};

/* Arguments handle, offset, limit. False with an exception pending where a header would not be in the mapping. */
static bool get_span(napi_env env, const napi_value *argument, struct span *span)
{
	int64_t limit;

	if (!get_number(env, argument[1], &span->offset) || !get_number(env, argument[2], &limit))
		return false;
	if (span->offset % HEADER_BYTES != 0 || limit < 0 || limit > INT32_MAX) {
		throw_refused(env, "outside of the mapping");
		return false;
	}
	span->limit = ((uint32_t)limit + HEADER_BYTES - 1) & ~(HEADER_BYTES - 1u);
	span->data = mapped_range(env, argument[0], span->offset, span->limit);
	return span->data != NULL;
}

/* Takes the second figure of a run, in the machine's byte order: a Uint8Array of four bytes. */
static bool get_alike(napi_env env, napi_value argument, uint8_t **alike)
{
	size_t length;

	if (!get_bytes(env, argument, alike, &length))
		return false;
	if (length == sizeof(uint32_t))
		return true;
	throw_refused(env, "not the four bytes of a length");
	return false;
}

/* acquireRecords(handle, offset, limit, alike: Uint8Array) → bytes of the run of committed records there */
static napi_value acquire_records(napi_env env, napi_callback_info info)
{
	napi_value argument[4];
	uint32_t run, bytes;
	struct span span;
	uint8_t *alike;

	if (!get_arguments(env, info, 4, argument) || !get_alike(env, argument[3], &alike) ||
	    !get_span(env, argument, &span))
		return NULL;
	run = acquire_run(span.data, span.limit, &bytes);
	memcpy(alike, &bytes, sizeof(bytes));
	return make_number(env, run);
}

/*
 * fetchRecords(handle, offset, limit, copy: Uint8Array, alike: Uint8Array) → the same, and the run is in the copy, at the
 * same offset. Where the run is empty, the header that ends it is there as busy, whatever became of it meanwhile.
 */
static napi_value fetch_records(napi_env env, napi_callback_info info)
{
	napi_value argument[5];
	struct span span;
	uint32_t run, header, bytes;
	size_t length, rest;
	uint8_t *alike, *copy;

	if (!get_arguments(env, info, 5, argument) || !get_bytes(env, argument[3], &copy, &length) ||
	    !get_alike(env, argument[4], &alike) || !get_span(env, argument, &span))
		return NULL;
	if ((uint64_t)span.offset > length || span.limit > length - (size_t)span.offset)
		return throw_refused(env, "outside of the copy");
	run = acquire_run(span.data, span.limit, &bytes);
	memcpy(alike, &bytes, sizeof(bytes));
	rest = length - (size_t)span.offset; /* of a length that lies, the part that there is */
	if (!mapped_range(env, argument[0], span.offset, run < rest ? run : rest))
		return NULL;
	memcpy(copy + span.offset, span.data, run < rest ? run : rest);
	if (run == 0 && span.limit > 0) {
		header = __atomic_load_n((const uint32_t *)span.data, __ATOMIC_RELAXED) | BUSY_BIT;
		memcpy(copy + span.offset, &header, sizeof(header));
	}
	/* what is loaded next, an overwrite position, tells of the bytes as they were copied */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return make_number(env, run);
}

/*
 * releaseRecord(handle, offset, byteLength, copy: Uint8Array): hands on the record at `offset` of the copy, the payload
 * first and then the header, which pairs with the kernel's acquire in a drain. The copy is twice the ring, as its mapping.
 */
static napi_value release_record(napi_env env, napi_callback_info info)
{
	uint8_t *copy, *header, *target;
	int64_t offset, byteLength;
	napi_value argument[4];
	size_t payload, size;
	uint32_t words[2];

	if (!get_arguments(env, info, 4, argument) || !get_number(env, argument[1], &offset) ||
	    !get_number(env, argument[2], &byteLength) || !get_bytes(env, argument[3], &copy, &size))
		return NULL;
	payload = ((size_t)offset + HEADER_BYTES) & (size / 2 - 1);
	if (offset < 0 || offset % HEADER_BYTES != 0 || (size_t)offset + HEADER_BYTES > size || byteLength < 0 ||
	    (uint64_t)byteLength > size - payload)
		return throw_refused(env, "outside of the copy");
	header = mapped_range(env, argument[0], offset, HEADER_BYTES);
	target = header ? mapped_range(env, argument[0], (int64_t)payload, (size_t)byteLength) : NULL;
	if (!target)
		return NULL;
	memcpy(target, copy + payload, (size_t)byteLength);
	memcpy(words, copy + offset, sizeof(words));
	((uint32_t *)header)[1] = words[1];
	__atomic_store_n((uint32_t *)header, words[0], __ATOMIC_SEQ_CST);
	return NULL;
}

bool export_records(napi_env env, napi_value exports)
{
	return export_function(env, exports, "acquireRecords", acquire_records) &&
	       export_function(env, exports, "fetchRecords", fetch_records) &&
	       export_function(env, exports, "releaseRecord", release_record);
}
