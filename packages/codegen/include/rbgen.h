/* SPDX-License-Identifier: MIT */
/*
 * Annotations that rbgen reads, and a reservation that counts what it loses. For BPF programs and for the headers that
 * they share with user space; nothing here changes a layout. docs/annotations.md says what each annotation means.
 */
#ifndef RBGEN_H
#define RBGEN_H

/* Tags survive into BTF. Compilers without them see nothing; rbgen reads headers itself and knows the attribute. */
#if defined(__has_attribute)
#if __has_attribute(btf_decl_tag)
#define RB_TAG(text) __attribute__((btf_decl_tag("rbgen:" text)))
#endif
#endif
#ifndef RB_TAG
#define RB_TAG(text)
#endif

/* The argument's macros are expanded first, since BTF does not hold them; enumerators keep their names. */
#define RB_TEXT_(...) #__VA_ARGS__
#define RB_TEXT(...) RB_TEXT_(__VA_ARGS__)

/*
 * Declares which type the ring `map` carries, and keeps that type in the object's BTF, which compilers otherwise drop:
 *     RB_RECORD(events, struct event);
 */
#define RB_CONCAT_(a, b) a##b
#define RB_CONCAT(a, b) RB_CONCAT_(a, b)
#define RB_RECORD(map, type) \
	type *RB_CONCAT(rbgen_record_##map##_, __LINE__) __attribute__((unused)) RB_TAG("record=" #map)

/* On a struct: struct event { … } RB_RECORD_OF(events) */
#define RB_RECORD_OF(map) RB_TAG("record=" #map)
/* On a struct, or an arm of a union: the tag's value or values that mean it. */
#define RB_VARIANT(...) RB_TAG("variant=" RB_TEXT(__VA_ARGS__))
/* On a struct: path of the member that tells variants apart. On a union: which member tells its arms apart. */
#define RB_TAG_AT(path) RB_TAG("tag=" #path)
/* On the member that tells variants apart. */
#define RB_TAG_MEMBER RB_TAG("tag")
/*
 * On an array: the member (len, hdr.len, lens[1]) that says how many elements there are, or arithmetic on members: RB_LENGTH(words * 4 - 20).
 * Behind it may stand what it counts, bytes, total (bytes from the struct's start), total=start (from the member `start`) or items (of a list), and
 * clamp (a negative length is 0, and one that is too long is what there is): RB_LENGTH(size, bytes, clamp).
 */
#define RB_LENGTH(...) RB_TAG("length=" RB_TEXT(__VA_ARGS__))
/* The same by name. */
#define RB_LENGTH_BYTES(member) RB_LENGTH(member, bytes)
#define RB_LENGTH_TOTAL(member) RB_LENGTH(member, total)
#define RB_LENGTH_TOTAL_FROM(member, start) RB_LENGTH(member, total=start)
#define RB_LENGTH_ITEMS(member) RB_LENGTH(member, items)
#define RB_LENGTH_CLAMPED(member) RB_LENGTH(member, clamp)
#define RB_LENGTH_BYTES_CLAMPED(member) RB_LENGTH(member, bytes, clamp)
/*
 * On an array of bytes: the array whose elements say how many bytes each of as many pieces has, which stand one behind another; clamp may stand
 * behind it: RB_LENGTHS(lens), RB_LENGTHS(lens, clamp).
 */
#define RB_LENGTHS(...) RB_TAG("lengths=" RB_TEXT(__VA_ARGS__))
/*
 * On an array without elements of its own, T a[0] or the last T z[]: it begins where the array right before it ends, aligned to
 * `alignment` bytes from the struct's start.
 */
#define RB_AFTER(member) RB_TAG("after=" #member)
#define RB_AFTER_ALIGNED(member, alignment) RB_TAG("after=" #member ",align=" #alignment)
/* On T part[0]: one value that is there where a member has any of these bits, RB_PRESENT(flags & HAS_PART), or is not 0. */
#define RB_PRESENT(...) RB_TAG("present=" RB_TEXT(__VA_ARGS__))
/* On a trailing array: samples may be cut short in it. */
#define RB_TRUNCATED RB_TAG("truncated")
/* On an array of one-byte elements: bytes, text up to the first NUL, or texts behind each other with a NUL behind each. */
#define RB_BYTES RB_TAG("bytes")
#define RB_STRING RB_TAG("string")
#define RB_STRINGS RB_TAG("strings")
/* On a struct or a member: what 64-bit integers become. */
#define RB_BIGINT RB_TAG("int64=bigint")
#define RB_NUMBER RB_TAG("int64=number")
#define RB_KTIME RB_TAG("int64=ktime")
/* On a number of several bytes: RB_ENDIAN(big) or RB_ENDIAN(little), where its type does not say so. */
#define RB_ENDIAN(order) RB_TAG("endian=" #order)
/* On an integer, or an array of them: values of an enum, a truth, another sign than its type has. */
#define RB_ENUM(name) RB_TAG("enum=" #name)
#define RB_BOOL RB_TAG("bool")
#define RB_SIGNED RB_TAG("signed")
#define RB_UNSIGNED RB_TAG("unsigned")
/* On an integer: flags by the names of an enum; of one that is declared with its enum, RB_TAG("flags"). */
#define RB_FLAGS(name) RB_TAG("flags=" #name)
/* On a number or bytes that people write otherwise: addresses in network order, the kernel's dev_t, a negative errno. */
#define RB_IPV4 RB_TAG("ipv4")
#define RB_IPV6 RB_TAG("ipv6")
#define RB_MAC RB_TAG("mac")
#define RB_UUID RB_TAG("uuid")
#define RB_DEV RB_TAG("dev")
#define RB_ERRNO RB_TAG("errno")
/* On a member that is padding by another name: no property, and written as 0. */
#define RB_SKIP RB_TAG("skip")
/* On a member: the name of its property. */
#define RB_NAME(name) RB_TAG("name=" #name)
/*
 * On trailing bytes: items of `type` one after another, each aligned to `alignment` bytes; of several structs, RB_LIST(a|b, 1), each item is the one
 * that its tag says, with RB_VARIANT on each and RB_TAG_AT on one of them.
 */
#define RB_LIST(type, alignment) RB_TAG("list=" #type ",align=" #alignment)
/* On a u32 or a u64: offset (lower half) and length (upper half) of bytes or text in the same record. */
#define RB_DATALOC RB_TAG("dataloc")
#define RB_DATALOC_STRING RB_TAG("dataloc=string")
/* On an offset whose length is another member: RB_DATALOC_OF(len), RB_DATALOC_OF(len, from=data, string). */
#define RB_DATALOC_OF(...) RB_TAG("dataloc=" RB_TEXT(__VA_ARGS__))
/* The same where the offset counts from the byte behind the member, as `__rel_loc` of tracepoints does. */
#define RB_RELLOC RB_TAG("relloc")
#define RB_RELLOC_STRING RB_TAG("relloc=string")

/*
 * A reservation that counts what it loses. Define one counter map per object, a per-CPU array whose key is a reason:
 *     RB_LOST_MAP(lost);
 *     struct event *e = rb_reserve_or_count(&events, sizeof(*e), &lost);
 *     if (!e)
 *             return 0;
 * User space reads the map: the sum over CPUs of each key is how many records that reason has cost.
 */
enum rb_lost_reason {
	/* No room: the reader is behind. */
	RB_LOST_FULL = 0,
	/* Never fits: the record is larger than the ring holds, or than 1 GiB. */
	RB_LOST_TOO_BIG = 1,
	RB_LOST_REASONS = 2,
};

#if defined(__bpf__) || defined(__BPF__)

#define RB_LOST_MAP(map_name)                                   \
	struct {                                                \
		int (*type)[6]; /* BPF_MAP_TYPE_PERCPU_ARRAY */ \
		int (*max_entries)[RB_LOST_REASONS];            \
		unsigned int *key;                              \
		unsigned long long *value;                      \
	} map_name __attribute__((section(".maps"), used))

static inline __attribute__((always_inline)) void *rb_reserve_or_count(void *ring, unsigned long long size, void *lost)
{
	/* The helpers by number (bpf_map_lookup_elem, bpf_ringbuf_reserve, bpf_ringbuf_query), so that no other header is needed. */
	void *(*const lookup)(void *, const void *) = (void *)1;
	void *(*const reserve)(void *, unsigned long long, unsigned long long) = (void *)131;
	unsigned long long (*const query)(void *, unsigned long long) = (void *)134;
	void *sample = reserve(ring, size, 0);
	unsigned int reason = RB_LOST_FULL;
	unsigned long long *count;

	if (sample)
		return sample;
	/* 1 asks for the size of the ring, which is never filled whole; each record has a header of 8 bytes and is rounded up to 8. */
	if (size > 0x3fffffff || ((size + 8 + 7) & ~7ull) >= query(ring, 1))
		reason = RB_LOST_TOO_BIG;
	count = lookup(lost, &reason);
	if (count)
		*count += 1;
	return (void *)0;
}

#endif

#endif
