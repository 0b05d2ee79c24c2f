/*
 * addon-exercise <addon> [<object>]: everything that the addon exports, without an engine. Ends with 0, or says at
 * which line something was not as it should be. With an object file, libbpf must be there.
 */
#define _GNU_SOURCE
#define NAPI_VERSION 8
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include "node-api-host.h"

#define CHECK(truth)                                                                 \
	do {                                                                         \
		if (!(truth)) {                                                      \
			fprintf(stderr, "line %d: not %s\n", __LINE__, #truth);      \
			exit(1);                                                     \
		}                                                                    \
	} while (0)

static napi_env env;
static napi_value addon;

static napi_value number(double value)
{
	napi_value made;

	napi_create_int64(env, (int64_t)value, &made);
	return made;
}
static napi_value truth(bool value)
{
	napi_value made;

	napi_get_boolean(env, value, &made);
	return made;
}
static napi_value text(const char *value)
{
	napi_value made;

	napi_create_string_utf8(env, value, NAPI_AUTO_LENGTH, &made);
	return made;
}
/* Text as the addon takes it. */
static napi_value terminated(const char *value)
{
	return host_bytes(env, (void *)value, strlen(value) + 1);
}
static napi_value big(uint64_t value)
{
	napi_value made;

	napi_create_bigint_uint64(env, value, &made);
	return made;
}
#define CALL(name, ...)                                                                              \
	host_call(env, addon, name, sizeof((napi_value[]){ __VA_ARGS__ }) / sizeof(napi_value),       \
		  (napi_value[]){ __VA_ARGS__ })
static int64_t integer(napi_value value)
{
	int64_t result = INT64_MIN;

	CHECK(value && napi_get_value_int64(env, value, &result) == napi_ok);
	return result;
}
static bool yes(napi_value value)
{
	bool result = false;

	CHECK(value && napi_get_value_bool(env, value, &result) == napi_ok);
	return result;
}
static bool throws(napi_value value)
{
	char *exception = host_exception(env);

	free(exception);
	return !value && exception;
}
static int mappings(void)
{
	char line[512];
	int count = 0;
	FILE *maps = fopen("/proc/self/maps", "r");

	while (fgets(line, sizeof(line), maps))
		count += strstr(line, "memfd:ring") != NULL;
	fclose(maps);
	return count;
}

/* Each export with no argument, with wrong ones, and with too large ones: an exception or a result, never more. */
static void wrong_arguments(void)
{
	napi_value at = NULL, wrong[4] = { host_undefined(env), text("x"), number(-1), truth(true) };
	const char *name;
	size_t i;

	while ((name = host_next_export(addon, &at))) {
		host_call(env, addon, name, 0, NULL);
		free(host_exception(env));
		if (strcmp(name, "close") == 0)
			continue;
		for (i = 0; i < 4; i++) {
			napi_value same[5] = { wrong[i], wrong[i], wrong[i], wrong[i], wrong[i] };

			host_call(env, addon, name, 5, same);
			free(host_exception(env));
		}
	}
}

static void files(const char *addon_file)
{
	unsigned char *bytes;
	size_t length = 0;
	napi_value read;
	int ends[2];
	char name[64];

	read = CALL("readFile", terminated(addon_file));
	CHECK(read && napi_get_typedarray_info(env, read, NULL, &length, (void **)&bytes, NULL, NULL) == napi_ok);
	CHECK(length > 4096 && memcmp(bytes, "\177ELF", 4) == 0);
	CHECK(integer(CALL("readFile", terminated("/nowhere/at/all"))) == -ENOENT);
	CHECK(integer(CALL("readFile", terminated("/"))) < 0);
	CHECK(throws(CALL("readFile", host_bytes(env, "open", 4))));
	CHECK(pipe(ends) == 0);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", ends[0]);
	CHECK(integer(CALL("readFile", terminated(name))) == -ESPIPE);
	close(ends[0]);
	close(ends[1]);
}

static void system_calls(void)
{
	unsigned char attributes[16] = { 0 }, structure[8] = { 0 }, target[8];
	napi_value request, holders, offsets, targets, none;
	int64_t fd, other;

	napi_create_array(env, &holders);
	napi_create_array(env, &offsets);
	napi_create_array(env, &targets);
	request = host_bytes(env, attributes, 16);
	none = host_bytes(env, attributes, 0);
	CHECK(integer(CALL("bpf", number(9999), request, holders, offsets, targets, none)) < 0);
	napi_set_element(env, holders, 0, request);
	napi_set_element(env, offsets, 0, number(9));
	napi_set_element(env, targets, 0, host_bytes(env, structure, 8));
	CHECK(throws(CALL("bpf", number(9999), request, holders, offsets, targets, none)));
	napi_set_element(env, offsets, 0, number(8));
	napi_set_element(env, holders, 1, host_bytes(env, structure, 8));
	napi_set_element(env, offsets, 1, number(0));
	CHECK(throws(CALL("bpf", number(9999), request, holders, offsets, targets, none)));
	napi_set_element(env, targets, 1, host_bytes(env, target, 8));
	CHECK(integer(CALL("bpf", number(9999), request, holders, offsets, targets, none)) < 0);
	CHECK(memcmp(attributes + 8, &(void *){ structure }, sizeof(void *)) == 0);
	CHECK(memcmp(structure, &(void *){ target }, sizeof(void *)) == 0);
	CHECK(integer(CALL("pageSize", host_undefined(env))) == sysconf(_SC_PAGESIZE));
	CHECK(integer(CALL("duplicate", number(9999))) == -EBADF);
	CHECK(integer(CALL("interfaceIndex", terminated("no-such-thing"))) < 0);
	CHECK(throws(CALL("interfaceIndex", host_undefined(env))));
	CHECK(integer(CALL("close", number(9999))) == -EBADF);
	fd = eventfd(0, 0);
	other = integer(CALL("duplicate", number(fd)));
	CHECK(other > fd && (fcntl(other, F_GETFD) & FD_CLOEXEC));
	CHECK(integer(CALL("close", number(other))) == 0 && fcntl(other, F_GETFD) < 0);
	CALL("disown", CALL("own", number(fd)));
	CHECK(fcntl(fd, F_GETFD) < 0);
	fd = eventfd(0, 0);
	host_collect(env, CALL("own", number(fd)));
	CHECK(fcntl(fd, F_GETFD) < 0);
}

static void memory(void)
{
	long page = sysconf(_SC_PAGESIZE);
	int fd = memfd_create("ring", MFD_CLOEXEC);
	napi_value mapped, handle, buffer, thief;
	unsigned char bytes[8] = { 1, 2, 3, 4, 5, 6, 7, 8 }, back[8];
	unsigned char *data;
	uint64_t word;
	bool lossless;
	size_t length;

	CHECK(ftruncate(fd, 3 * page) == 0);
	CHECK(integer(CALL("map", number(fd), number(1), number(page), truth(true), truth(true))) == -EINVAL);
	mapped = CALL("map", number(fd), number(page), number(2 * page), truth(true), truth(true));
	handle = host_property(env, mapped, "handle");
	buffer = host_property(env, mapped, "buffer");
	data = host_buffer(buffer, &length);
	CHECK(length == (size_t)(2 * page) && mappings() == 1);
	CALL("write", handle, number(16), host_bytes(env, bytes, 8));
	CHECK(memcmp(data + 16, bytes, 8) == 0);
	CALL("read", handle, number(16), host_bytes(env, back, 8));
	CHECK(memcmp(back, bytes, 8) == 0);
	CALL("store", handle, number(24), number(8), big(0x1122334455667788ull));
	napi_get_value_bigint_uint64(env, CALL("load", handle, number(24), number(8)), &word, &lossless);
	CHECK(word == 0x1122334455667788ull);
	napi_get_value_bigint_uint64(env, CALL("load", handle, number(24), number(4)), &word, &lossless);
	CHECK(word == 0x55667788u);
	CHECK(throws(CALL("load", handle, number(25), number(8))));
	CHECK(throws(CALL("load", handle, number(24), number(3))));
	CHECK(throws(CALL("load", handle, number(24), number(0))));
	CHECK(throws(CALL("read", handle, number(2 * page - 7), host_bytes(env, back, 8))));
	CHECK(throws(CALL("read", handle, number(-8), host_bytes(env, back, 8))));
	CHECK(throws(CALL("write", handle, number(2 * page), host_bytes(env, back, 1))));
	CHECK(yes(CALL("unmap", handle, buffer)) && mappings() == 0);
	CHECK(host_buffer(buffer, &length) == NULL && length == 0);
	CHECK(yes(CALL("unmap", handle, buffer)));
	CHECK(throws(CALL("read", handle, number(0), host_bytes(env, back, 8))));
	host_collect(env, buffer);
	host_collect(env, handle);

	/* Taken away: unmapped with the buffer that has it. */
	mapped = CALL("map", number(fd), number(0), number(page), truth(true), truth(true));
	handle = host_property(env, mapped, "handle");
	buffer = host_property(env, mapped, "buffer");
	thief = host_transfer(env, buffer);
	CHECK(!yes(CALL("unmap", handle, buffer)) && mappings() == 1);
	host_collect(env, handle);
	CHECK(mappings() == 1);
	data = host_buffer(thief, &length);
	memset(data, 9, length);
	host_collect(env, thief);
	CHECK(mappings() == 0);

	/* Not lent: because nobody asked, and because the engine refuses. */
	for (int refuse = 0; refuse < 2; refuse++) {
		host_refuses_external_memory = refuse;
		mapped = CALL("map", number(fd), number(0), number(page), truth(false), truth(refuse));
		handle = host_property(env, mapped, "handle");
		CHECK(host_property(env, mapped, "buffer") == NULL && mappings() == 1);
		CALL("read", handle, number(0), host_bytes(env, back, 8));
		CHECK(back[0] == 9);
		if (refuse)
			host_collect(env, handle);
		else
			CHECK(yes(CALL("unmap", handle, host_undefined(env))));
		CHECK(mappings() == 0);
	}
	host_refuses_external_memory = false;
	/* Left open: the end of the environment unmaps it. */
	CALL("map", number(fd), number(0), number(page), truth(true), truth(true));
	close(fd);
}

#define BUSY 0x80000000u

/* A ring of a page, mapped twice: runs of records as they are, as they lie, and beyond either end. */
static void records(void)
{
	long page = sysconf(_SC_PAGESIZE);
	int fd = memfd_create("ring", MFD_CLOEXEC);
	unsigned char *copy = calloc(2, page);
	napi_value mapped, handle, buffer, target, alike;
	uint32_t *words, same = 0;
	size_t length;

	CHECK(copy && ftruncate(fd, 2 * page) == 0);
	mapped = CALL("map", number(fd), number(0), number(2 * page), truth(true), truth(true));
	handle = host_property(env, mapped, "handle");
	buffer = host_property(env, mapped, "buffer");
	words = (uint32_t *)host_buffer(buffer, &length);
	target = host_bytes(env, copy, 2 * page);
	alike = host_bytes(env, (unsigned char *)&same, sizeof(same));
	words[0] = 5; /* 16 bytes with its header */
	words[2] = 0x11223344;
	words[4] = 8;
	words[8] = 4 | BUSY;
	CHECK(integer(CALL("acquireRecords", handle, number(0), number(page), alike)) == 32);
	CHECK(same == 16);
	CHECK(integer(CALL("acquireRecords", handle, number(0), number(9), alike)) == 16);
	CHECK(integer(CALL("acquireRecords", handle, number(16), number(page - 16), alike)) == 16);
	CHECK(integer(CALL("acquireRecords", handle, number(32), number(page), alike)) == 0);
	CHECK(same == 0);
	CHECK(integer(CALL("acquireRecords", handle, number(0), number(0), alike)) == 0);
	CHECK(throws(CALL("acquireRecords", handle, number(4), number(8), alike)));
	CHECK(throws(CALL("acquireRecords", handle, number(-8), number(8), alike)));
	CHECK(throws(CALL("acquireRecords", handle, number(8), number(2 * page), alike)));
	CHECK(throws(CALL("acquireRecords", handle, number(0), number(-1), alike)));
	CHECK(integer(CALL("fetchRecords", handle, number(0), number(page), target, alike)) == 32);
	CHECK(memcmp(copy, words, 32) == 0 && copy[32] == 0);
	/* As many as begin within the limit have one header, and no more. */
	words[4] = 5;
	CHECK(integer(CALL("acquireRecords", handle, number(0), number(page), alike)) == 32 && same == 32);
	CHECK(integer(CALL("acquireRecords", handle, number(0), number(16), alike)) == 16 && same == 16);
	words[4] = 8;
	CHECK(throws(CALL("acquireRecords", handle, number(0), number(8), target)));
	words[8] = 4;
	CHECK(integer(CALL("acquireRecords", handle, number(32), number(8), alike)) == 16);
	words[8] = 4 | BUSY;
	CHECK(integer(CALL("fetchRecords", handle, number(32), number(page - 32), target, alike)) == 0);
	CHECK(((uint32_t *)copy)[8] == (4 | BUSY));
	/* A length that lies ends the run, and nothing is read behind the mapping. */
	words[0] = 0x3fffffff;
	CHECK(integer(CALL("acquireRecords", handle, number(0), number(page), alike)) > 2 * page);
	CHECK(integer(CALL("fetchRecords", handle, number(0), number(page), target, alike)) > 2 * page);
	CHECK(throws(CALL("fetchRecords", handle, number(0), number(page), host_bytes(env, copy, page - 8), alike)));
	CHECK(throws(CALL("fetchRecords", handle, number(2 * page - 8), number(16), target, alike)));
	/* Payload, then header; a payload that crosses the end of the ring goes on in its second half. */
	((uint32_t *)copy)[16] = 8;
	memset(copy + 72, 7, 8);
	CHECK(!throws(CALL("releaseRecord", handle, number(64), number(8), target)));
	CHECK(words[16] == 8 && memcmp((char *)words + 72, copy + 72, 8) == 0);
	CHECK(!throws(CALL("releaseRecord", handle, number(page - 8), number(page), target)));
	CHECK(throws(CALL("releaseRecord", handle, number(4), number(8), target)));
	CHECK(throws(CALL("releaseRecord", handle, number(0), number(2 * page - 7), target)));
	CHECK(throws(CALL("releaseRecord", handle, number(2 * page), number(0), target)));
	CHECK(throws(CALL("releaseRecord", handle, number(0), number(-1), target)));
	CHECK(yes(CALL("unmap", handle, buffer)));
	CHECK(throws(CALL("acquireRecords", handle, number(0), number(8), alike)));
	CHECK(throws(CALL("releaseRecord", handle, number(0), number(8), target)));
	host_collect(env, buffer);
	host_collect(env, handle);
	free(copy);
	close(fd);
}

static size_t heard;
static uint32_t last_id;
static void listen_to(size_t count, napi_value *ids)
{
	int64_t id;

	heard += count;
	napi_get_value_int64(env, ids[count - 1], &id);
	last_id = (uint32_t)id;
}

static void wake_ups(bool leave_open)
{
	int64_t set = integer(CALL("epollCreate", host_undefined(env)));
	int event = eventfd(0, EFD_CLOEXEC);
	napi_value watcher, ids, first;
	uint64_t one = 1;
	uint32_t length;
	int i;

	CHECK(integer(CALL("epollAdd", number(set), number(event), number(EPOLLIN | EPOLLET), number(41))) == 0);
	CHECK(integer(CALL("epollAdd", number(set), number(event), number(EPOLLIN), number(41))) == -EEXIST);
	napi_get_array_length(env, CALL("epollWait", number(set), number(0)), &length);
	CHECK(length == 0);
	CHECK(write(event, &one, 8) == 8);
	ids = CALL("epollWait", number(set), number(1000));
	napi_get_array_length(env, ids, &length);
	napi_get_element(env, ids, 0, &first);
	CHECK(length == 1 && integer(first) == 41);
	CHECK(integer(CALL("epollWait", number(9999), number(0))) == -EBADF);

	heard = 0;
	watcher = CALL("watch", number(set), host_listener(env, listen_to), truth(true));
	CALL("watchRef", watcher, truth(true));
	CALL("watchRef", watcher, truth(false));
	for (i = 1; i <= 20; i++) {
		CHECK(write(event, &one, 8) == 8);
		while (heard < (size_t)i)
			CHECK(host_turn(env, 5000) > 0);
	}
	/* The descriptor is readable still, and nobody hears of it: edges, not levels. */
	host_turn(env, 50);
	CHECK(heard == 20 && last_id == 41);
	CHECK(integer(CALL("epollDelete", number(set), number(event))) == 0);
	close(event);
	if (leave_open)
		return;
	CALL("watchEnd", watcher);
	CALL("watchEnd", watcher);
	CALL("watchRef", watcher, truth(true));
	CHECK(fcntl(set, F_GETFD) < 0);
}

/* A poll of the loop that does not start, which a thread replaces; and neither, where no descriptor is left. */
static void refused_wake_ups(void)
{
	size_t references = host_references(env);
	napi_value listener = host_listener(env, listen_to), watcher;
	int set = (int)integer(CALL("epollCreate", host_undefined(env)));
	struct rlimit before, limit;
	napi_valuetype type;

	host_has_loop = true;
	watcher = CALL("watch", number(set), listener, truth(false));
	napi_typeof(env, watcher, &type);
	CHECK(type == napi_external && host_closed_polls == 1 && host_references(env) == references + 1);
	CALL("watchEnd", watcher);
	CHECK(host_references(env) == references);

	set = (int)integer(CALL("epollCreate", host_undefined(env)));
	CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
	limit = before;
	limit.rlim_cur = (rlim_t)dup(set);
	close((int)limit.rlim_cur);
	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	CHECK(integer(CALL("watch", number(set), listener, truth(false))) == -EMFILE);
	CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
	CHECK(host_closed_polls == 2 && host_references(env) == references && fcntl(set, F_GETFD) < 0);
	host_has_loop = false;
}

static void claims(const char *path)
{
	napi_env own = env, other = host_open();
	napi_value there = host_load(other, path), claim = CALL("claim", number(7)), mine[1];
	napi_valuetype type;

	napi_typeof(env, claim, &type);
	CHECK(type == napi_external);
	napi_create_int64(other, 7, &mine[0]);
	napi_typeof(other, host_call(other, there, "claim", 1, mine), &type);
	CHECK(type == napi_null);
	CALL("release", claim);
	CALL("release", claim);
	napi_typeof(other, host_call(other, there, "claim", 1, mine), &type);
	CHECK(type == napi_external);
	host_close(other); /* a thread that ends gives its claims back */
	env = own;
	napi_typeof(env, CALL("claim", number(7)), &type);
	CHECK(type == napi_external);
}

static int64_t map_type(napi_value map)
{
	napi_value type;

	CHECK(napi_get_element(env, CALL("mapDefinition", map), 0, &type) == napi_ok);
	return integer(type);
}

static void libbpf(const char *path)
{
	napi_value version = CALL("libbpfOpen", host_undefined(env)), object, list, item;
	unsigned char garbage[64] = "not an object", *bytes;
	napi_valuetype type;
	uint32_t length;
	size_t size;
	FILE *file;

	napi_typeof(env, version, &type);
	if (!path) {
		CHECK(type == napi_string || type == napi_object);
		return;
	}
	CHECK(type == napi_object);
	CHECK(integer(CALL("objectOpen", host_bytes(env, garbage, 64), terminated("garbage"), terminated(""))) < 0);
	napi_get_value_string_utf8(env, CALL("libbpfLog", host_undefined(env)), NULL, 0, &size);
	CHECK(size > 0);
	napi_get_value_string_utf8(env, CALL("libbpfLog", host_undefined(env)), NULL, 0, &size);
	CHECK(size == 0);
	file = fopen(path, "rb");
	CHECK(file);
	bytes = malloc(1 << 22);
	size = fread(bytes, 1, 1 << 22, file);
	fclose(file);
	object = CALL("objectOpen", host_bytes(env, bytes, size), terminated("exercise"), host_undefined(env));
	list = CALL("objectMaps", object);
	napi_get_array_length(env, list, &length);
	CHECK(length > 0);
	while (length--) {
		napi_get_element(env, list, length, &item);
		napi_typeof(env, CALL("mapName", item), &type);
		CHECK(type == napi_string);
		CHECK(map_type(item) > 0 && integer(CALL("mapFd", item)) < 0);
		/* Never of a data section, an array: libbpf 1.1 would unmap as much at the end. BpfObject refuses it. */
		if (map_type(item) != 2)
			CHECK(integer(CALL("mapSetMaxEntries", item, number(1 << 16))) == 0);
		integer(CALL("mapSetPinPath", item, terminated("/sys/fs/bpf/never")));
		integer(CALL("mapReuse", item, number(9999)));
		CALL("mapInner", item);
		integer(CALL("mapSetInnerFd", item, number(9999)));
		CALL("mapInitialValue", item);
		integer(CALL("mapSetInitialValue", item, host_bytes(env, garbage, 64)));
	}
	list = CALL("objectPrograms", object);
	napi_get_array_length(env, list, &length);
	CHECK(length > 0);
	while (length--) {
		napi_get_element(env, list, length, &item);
		napi_typeof(env, CALL("programSection", item), &type);
		CHECK(type == napi_string);
		CHECK(integer(CALL("programFd", item)) < 0);
		integer(CALL("programSetAutoload", item, truth(false)));
		CHECK(integer(CALL("programAttach", item)) < 0);
		CHECK(integer(CALL("programAttachType", item)) >= 0);
		CHECK(integer(CALL("programAttachUsdt", item, number(-1), terminated("/nowhere"), terminated("a"), terminated("b"),
				   big(7))) < 0);
		CHECK(throws(CALL("programAttachUsdt", item, number(-1), terminated("/nowhere"), terminated("a"),
				  host_undefined(env), big(7))));
	}
	CALL("objectClose", object);
	CALL("objectClose", object); /* of one that is closed: nothing */
	/* left open: closed when the environment ends */
	napi_typeof(env, CALL("objectOpen", host_bytes(env, bytes, size), terminated("left"), host_undefined(env)), &type);
	CHECK(type == napi_external);
	napi_typeof(env, CALL("objectOpen", host_bytes(env, bytes, size), terminated("left"), host_undefined(env)), &type);
	CHECK(type == napi_external);
	CALL("libbpfLog", host_undefined(env));
	free(bytes);
}

int main(int count, char **argument)
{
	if (count < 2)
		return 2;
	env = host_open();
	addon = host_load(env, argument[1]);
	CHECK(addon);
	wrong_arguments();
	files(argument[1]);
	system_calls();
	memory();
	records();
	wake_ups(false);
	wake_ups(true);
	refused_wake_ups();
	claims(argument[1]);
	libbpf(count > 2 ? argument[2] : NULL);
	host_close(env);
	CHECK(mappings() == 0);
	printf("every export was exercised\n");
	return 0;
}
