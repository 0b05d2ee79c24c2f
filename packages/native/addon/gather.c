/*
 * Columns of records that are alike, gathered from a mapped ring: what JavaScript would check element by element. A column is
 * copied whole before the next one, so that its loop has nothing to decide, over so few records that they stay in the nearest
 * cache.
 */
#include "addon.h"
#include <string.h>

#define MOST_COLUMNS 256
#define BLOCK 256
#define MOST_PROBES 64
#define ODD 0x9e3779b1u

/* How a column is made of the bytes of a sample; packages/runtime/src/columns/gather.ts has the same. */
enum column_kind {
	COPIED,		/* `size` bytes as they are */
	TRUTH,		/* a byte that is 0 or 1, of one that is 0 or anything else */
	DICTIONARY,	/* a number for the string in `size` bytes, a multiple of 4 */
	COLUMN_KINDS,
};

struct column {
	enum column_kind kind;
	uint32_t offset, size;
	uint8_t *target;
	/* Of a dictionary: the words of each entry and its code, and the entries by their hash, counted from 1. */
	const uint32_t *keys, *slots;
	size_t key_words, slot_count;
};

/* The hash of a key, as DictionaryBuffer of the runtime has it. */
static uint32_t hash_of(const uint8_t *key, uint32_t size)
{
	uint32_t hash = 0, word, at;

	for (at = 0; at < size; at += 4) {
		memcpy(&word, key + at, 4);
		hash = (hash ^ word) * ODD ^ hash >> 15;
	}
	return hash ^ hash >> 16;
}

/* Whether two keys are the same: of 16 bytes, as most names have, without a call. */
static bool same(const void *one, const void *other, uint32_t size)
{
	uint64_t a[2], b[2];

	if (size != 16)
		return memcmp(one, other, size) == 0;
	memcpy(a, one, sizeof(a));
	memcpy(b, other, sizeof(b));
	return a[0] == b[0] && a[1] == b[1];
}

/* Where the key that `from` has begins, in words; negative where the dictionary does not have it. */
static int64_t find(const struct column *column, const uint8_t *from)
{
	size_t mask = column->slot_count - 1, each = column->size / 4 + 1, key;
	size_t slot = hash_of(from, column->size) & mask;
	uint32_t entry, probes;

	for (probes = 0; probes < MOST_PROBES; probes++, slot = (slot + 1) & mask) {
		entry = column->slots[slot];
		if (entry == 0 || (uint64_t)entry * each > column->key_words)
			return -1;
		key = (entry - 1) * each;
		if (same(column->keys + key, from, column->size))
			return (int64_t)key;
	}
	return -1;
}

/* Rows of the dictionary's column, up to the first string that it does not have. */
static uint32_t number(const struct column *column, const uint8_t *sample, uint32_t stride, uint32_t count, size_t row)
{
	uint32_t *codes = (uint32_t *)column->target + row, i;
	const uint8_t *from = sample + column->offset;
	int64_t key = -1;

	for (i = 0; i < count; i++, from += stride) {
		if (key < 0 || !same(column->keys + key, from, column->size)) {
			key = find(column, from);
			if (key < 0)
				break;
		}
		codes[i] = column->keys[key + column->size / 4];
	}
	return i;
}

#define COPY(width)                                                                                                    \
	for (i = 0; i < count; i++)                                                                                    \
		memcpy(to + (size_t)i * (width), from + (size_t)i * stride, (width))

static void copy(const struct column *column, const uint8_t *sample, uint32_t stride, uint32_t count, size_t row)
{
	const uint8_t *from = sample + column->offset;
	uint8_t *to = column->target + row * column->size;
	uint32_t i;

	if (column->kind == TRUTH)
		for (i = 0; i < count; i++)
			to[i] = from[(size_t)i * stride] != 0;
	else if (column->size == 1)
		COPY(1);
	else if (column->size == 2)
		COPY(2);
	else if (column->size == 4)
		COPY(4);
	else if (column->size == 8)
		COPY(8);
	else
		COPY(column->size);
}

/* Takes the memory of a column from `arrays`, from element *next on. False with an exception pending. */
static bool get_column(napi_env env, napi_value arrays, uint32_t *next, size_t rows, struct column *column)
{
	size_t length, needed = rows * (column->kind == DICTIONARY ? 4 : column->size);
	uint8_t *keys, *slots;

	if (!get_memory(env, arrays, (*next)++, &column->target, &length))
		return false;
	if (length < needed || ((uintptr_t)column->target & 3 && column->kind == DICTIONARY)) {
		throw_refused(env, "a column without room");
		return false;
	}
	if (column->kind != DICTIONARY)
		return true;
	if (!get_memory(env, arrays, (*next)++, &keys, &length))
		return false;
	column->keys = (const uint32_t *)keys;
	column->key_words = length / 4;
	if (!get_memory(env, arrays, (*next)++, &slots, &length))
		return false;
	column->slots = (const uint32_t *)slots;
	column->slot_count = length / 4;
	if (column->slot_count && !(column->slot_count & (column->slot_count - 1)) && !(((uintptr_t)keys | (uintptr_t)slots) & 3))
		return true;
	throw_refused(env, "no dictionary");
	return false;
}

/*
 * gatherRecords(handle, offset, byteLength, stride, count, row, plan: Uint8Array, arrays) → rows that were filled, up to the
 * first record with a string that a dictionary does not have. `count` samples of `byteLength` bytes lie `stride` bytes apart,
 * the first one at `offset`; `plan` has kind, offset and size of each column as words in the machine's order, and `arrays`
 * the memory of each: one typed array, or codes, keys and slots of a dictionary.
 */
static napi_value gather_records(napi_env env, napi_callback_info info)
{
	struct column columns[MOST_COLUMNS], *column, *end;
	uint32_t count, byte_length, stride, row, done, block, next = 0, words[3];
	napi_value argument[8];
	size_t plan_length;
	uint8_t *plan, *data;
	int64_t offset;

	if (!get_arguments(env, info, 8, argument) || !get_number(env, argument[1], &offset) ||
	    !get_unsigned(env, argument[2], &byte_length) || !get_unsigned(env, argument[3], &stride) ||
	    !get_unsigned(env, argument[4], &count) || !get_unsigned(env, argument[5], &row) ||
	    !get_bytes(env, argument[6], &plan, &plan_length))
		return NULL;
	if (plan_length % sizeof(words) != 0 || plan_length / sizeof(words) > MOST_COLUMNS || byte_length > stride)
		return throw_refused(env, "no plan of columns");
	if (count == 0)
		return make_number(env, 0);
	data = mapped_range(env, argument[0], offset, (size_t)(count - 1) * stride + byte_length);
	if (!data)
		return NULL;
	end = columns + plan_length / sizeof(words);
	for (column = columns; column < end; column++, plan += sizeof(words)) {
		memcpy(words, plan, sizeof(words));
		column->kind = words[0];
		column->offset = words[1];
		column->size = words[2];
		if (words[0] >= COLUMN_KINDS || column->size == 0 || column->size > byte_length ||
		    column->offset > byte_length - column->size || (column->kind == TRUTH && column->size != 1) ||
		    (column->kind == DICTIONARY && column->size % 4 != 0))
			return throw_refused(env, "no plan of columns");
		if (!get_column(env, argument[7], &next, (size_t)row + count, column))
			return NULL;
	}
	for (done = 0; done < count; done += block) {
		const uint8_t *sample = data + (size_t)done * stride;
		uint32_t wanted = count - done < BLOCK ? count - done : BLOCK;

		block = wanted;
		for (column = columns; column < end; column++)
			if (column->kind == DICTIONARY)
				block = number(column, sample, stride, block, (size_t)row + done);
		for (column = columns; column < end; column++)
			if (column->kind != DICTIONARY)
				copy(column, sample, stride, block, (size_t)row + done);
		if (block < wanted) {
			done += block;
			break;
		}
	}
	return make_number(env, done);
}

bool export_gather(napi_env env, napi_value exports)
{
	return export_function(env, exports, "gatherRecords", gather_records);
}
