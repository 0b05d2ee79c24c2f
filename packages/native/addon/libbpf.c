/*
 * libbpf, found at run time: the addon builds and loads without it. What is called here exists since libbpf 1.1, and
 * option structs carry the size known there. Handles of maps and programs are refused once their object is closed.
 */
#include "addon.h"
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct bpf_object;
struct bpf_map;
struct bpf_program;
struct bpf_link;

/* struct bpf_object_open_opts of libbpf 1.1 */
struct open_options {
	size_t sz;
	const char *object_name;
	bool relaxed_maps;
	const char *pin_root_path;
	uint32_t reserved;
	const char *kconfig;
	const char *btf_custom_path;
	char *kernel_log_buf;
	size_t kernel_log_size;
	uint32_t kernel_log_level;
	size_t end[0];
};

/* struct bpf_usdt_opts of libbpf 1.1 */
struct usdt_options {
	size_t sz;
	uint64_t usdt_cookie;
	size_t end[0];
};

#define FUNCTIONS(F)                                                                                  \
	F(uint32_t, libbpf_major_version, (void))                                                     \
	F(uint32_t, libbpf_minor_version, (void))                                                     \
	F(void *, libbpf_set_print, (int (*)(int, const char *, va_list)))                            \
	F(struct bpf_object *, bpf_object__open_mem, (const void *, size_t, const struct open_options *)) \
	F(int, bpf_object__load, (struct bpf_object *))                                               \
	F(void, bpf_object__close, (struct bpf_object *))                                             \
	F(struct bpf_map *, bpf_object__next_map, (const struct bpf_object *, const struct bpf_map *)) \
	F(struct bpf_program *, bpf_object__next_program, (const struct bpf_object *, struct bpf_program *)) \
	F(const char *, bpf_map__name, (const struct bpf_map *))                                      \
	F(int, bpf_map__fd, (const struct bpf_map *))                                                 \
	F(int, bpf_map__type, (const struct bpf_map *))                                               \
	F(uint32_t, bpf_map__key_size, (const struct bpf_map *))                                      \
	F(uint32_t, bpf_map__value_size, (const struct bpf_map *))                                    \
	F(uint32_t, bpf_map__max_entries, (const struct bpf_map *))                                   \
	F(uint32_t, bpf_map__map_flags, (const struct bpf_map *))                                     \
	F(int, bpf_map__set_max_entries, (struct bpf_map *, uint32_t))                                \
	F(int, bpf_map__set_value_size, (struct bpf_map *, uint32_t))                                 \
	F(void *, bpf_map__initial_value, (struct bpf_map *, size_t *))                               \
	F(int, bpf_map__set_initial_value, (struct bpf_map *, const void *, size_t))                  \
	F(int, bpf_map__set_pin_path, (struct bpf_map *, const char *))                               \
	F(struct bpf_map *, bpf_map__inner_map, (struct bpf_map *))                                   \
	F(int, bpf_map__set_inner_map_fd, (struct bpf_map *, int))                                    \
	F(int, bpf_map__reuse_fd, (struct bpf_map *, int))                                            \
	F(const char *, bpf_program__name, (const struct bpf_program *))                              \
	F(const char *, bpf_program__section_name, (const struct bpf_program *))                      \
	F(int, bpf_program__fd, (const struct bpf_program *))                                         \
	F(int, bpf_program__set_autoload, (struct bpf_program *, bool))                               \
	F(int, bpf_program__expected_attach_type, (const struct bpf_program *))                       \
	F(struct bpf_link *, bpf_program__attach, (const struct bpf_program *))                       \
	F(struct bpf_link *, bpf_program__attach_usdt, (const struct bpf_program *, int, const char *, const char *, const char *, const struct usdt_options *)) \
	F(int, bpf_link__fd, (const struct bpf_link *))                                               \
	F(void, bpf_link__disconnect, (struct bpf_link *))                                            \
	F(int, bpf_link__destroy, (struct bpf_link *))

/* What a handle leads to. Objects and links end with their thread at the latest. */
struct part {
	enum handle_kind kind;
	int holders;	   /* its handle, the list of what is held, and of an object its maps and programs */
	void *it;	   /* NULL once it has ended */
	struct part *owner; /* the object of a map or program */
	struct part *next; /* in the list */
	bool pinned;	   /* of a link: it stays attached when its handle ends */
};

struct libbpf {
	void *library;
	bool hooked;
	struct part *held;
#define DECLARE(result, name, parameters) result(*name) parameters;
	FUNCTIONS(DECLARE)
#undef DECLARE
};

/* What libbpf has to say since the log was last taken, per thread: its print callback knows neither object nor caller. */
#define LOG_LIMIT (1 << 20)
static _Thread_local struct {
	char *text;
	size_t length, room;
} said;

/* Of a log that is too long its beginning gives way: the verifier says last what is wrong. */
static void append(const char *text, size_t length)
{
	size_t excess, room;
	char *grown;

	if (length > LOG_LIMIT) {
		text += length - LOG_LIMIT;
		length = LOG_LIMIT;
	}
	if (said.length + length > LOG_LIMIT) {
		excess = said.length + length - LOG_LIMIT;
		memmove(said.text, said.text + excess, said.length - excess);
		said.length -= excess;
	}
	if (said.length + length > said.room) {
		room = (said.length + length) * 2;
		grown = realloc(said.text, room);
		if (!grown)
			return;
		said.text = grown;
		said.room = room;
	}
	memcpy(said.text + said.length, text, length);
	said.length += length;
}

static int print(int level, const char *format, va_list arguments)
{
	char line[1024], *text = line;
	va_list again;
	int length;

	if (level > 1) /* LIBBPF_DEBUG */
		return 0;
	va_copy(again, arguments);
	length = vsnprintf(line, sizeof(line), format, arguments);
	if (length >= (int)sizeof(line) && (text = malloc((size_t)length + 1)))
		vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	if (length > 0 && text)
		append(text, (size_t)length);
	if (text != line)
		free(text);
	return length;
}

static struct libbpf *instance(napi_env env)
{
	void *data = NULL;

	if (napi_get_instance_data(env, &data) != napi_ok || !data)
		throw_refused(env, "libbpf is not open");
	return data;
}

static void drop(struct part *part)
{
	struct part *owner;

	while (part && --part->holders == 0) {
		owner = part->owner;
		free(part);
		part = owner;
	}
}

static void part_collected(napi_env env, void *data, void *hint)
{
	(void)env;
	(void)hint;
	drop(data);
}

/* A handle of `it`, held until it ends where it has no owner; NULL where memory gave out, and then it is the caller's still. */
static napi_value make_part(napi_env env, struct libbpf *libbpf, enum handle_kind kind, void *it, struct part *owner)
{
	struct part *part = malloc(sizeof(*part));
	napi_value handle;

	if (!part)
		return NULL;
	*part = (struct part){ .kind = kind, .holders = 1, .it = it, .owner = owner };
	if (napi_create_external(env, part, part_collected, NULL, &handle) != napi_ok) {
		free(part);
		return NULL;
	}
	if (owner) {
		owner->holders++;
	} else {
		part->holders++;
		part->next = libbpf->held;
		libbpf->held = part;
	}
	return handle;
}

/* What a handle of `kind` leads to, or NULL with an exception pending. */
static struct part *get_part(napi_env env, napi_value value, enum handle_kind kind)
{
	struct part *part;

	if (!get_handle(env, value, kind, (void **)&part))
		return NULL;
	if (part->it && (!part->owner || part->owner->it))
		return part;
	throw_refused(env, "its object is closed");
	return NULL;
}

/* What libbpf has of it, or NULL with an exception pending. */
static void *get_it(napi_env env, napi_value value, enum handle_kind kind)
{
	struct part *part = get_part(env, value, kind);

	return part ? part->it : NULL;
}

/* Takes a part out of what is held, and gives what libbpf has of it; NULL where it has ended: nothing ends twice. */
static void *let_go(struct libbpf *libbpf, struct part *part)
{
	struct part **at;
	void *it = part->it;

	for (at = &libbpf->held; *at; at = &(*at)->next) {
		if (*at == part) {
			*at = part->next;
			part->it = NULL;
			drop(part);
			return it;
		}
	}
	return NULL;
}

/*
 * Ends a link. libbpf stops a perf event when it destroys the link, which would stop a pinned one too: of that, only the
 * descriptor of the link is closed.
 */
static int end_link(struct libbpf *libbpf, struct bpf_link *link, bool pinned)
{
	int fd = libbpf->bpf_link__fd(link);
	int result;

	if (!pinned)
		return libbpf->bpf_link__destroy(link);
	libbpf->bpf_link__disconnect(link);
	result = libbpf->bpf_link__destroy(link);
	close(fd);
	return result;
}

/* The thread ends: what it left attached is detached, newest first, and then its objects are closed. */
static void thread_ended(void *data)
{
	struct libbpf *libbpf = data;
	struct part *part, *next;

	libbpf->hooked = false;
	for (part = libbpf->held; part; part = part->next)
		if (part->kind == LINK_HANDLE)
			end_link(libbpf, part->it, part->pinned);
	for (part = libbpf->held; part; part = next) {
		next = part->next;
		if (part->kind == OBJECT_HANDLE)
			libbpf->bpf_object__close(part->it);
		part->it = NULL;
		drop(part);
	}
	libbpf->held = NULL;
}

static void instance_gone(napi_env env, void *data, void *hint)
{
	struct libbpf *libbpf = data;

	(void)hint;
	if (libbpf->hooked)
		napi_remove_env_cleanup_hook(env, thread_ended, libbpf);
	thread_ended(libbpf);
	free(libbpf); /* the library stays: its print callback points here */
}

/* libbpfOpen() → [major, minor], why it cannot be used, as text, or -ENOMEM */
static napi_value libbpf_open(napi_env env, napi_callback_info info)
{
	napi_value version, part;
	struct libbpf *libbpf;
	void *data = NULL;

	(void)info;
	if (napi_get_instance_data(env, &data) != napi_ok)
		return throw_refused(env, "no instance data");
	libbpf = data;
	if (!libbpf) {
		libbpf = calloc(1, sizeof(*libbpf));
		if (!libbpf)
			return make_failure(env, ENOMEM);
		libbpf->library = dlopen("libbpf.so.1", RTLD_NOW | RTLD_LOCAL);
		if (!libbpf->library) {
			free(libbpf);
			return make_text(env, dlerror());
		}
#define FIND(result, name, parameters)                                        \
	*(void **)(void *)&libbpf->name = dlsym(libbpf->library, #name);      \
	if (!libbpf->name) {                                                  \
		free(libbpf);                                                 \
		return make_text(env, "libbpf.so.1 has no " #name);           \
	}
		FUNCTIONS(FIND)
#undef FIND
		libbpf->libbpf_set_print(print);
		if (napi_set_instance_data(env, libbpf, instance_gone, NULL) != napi_ok) {
			free(libbpf);
			return make_failure(env, ENOMEM);
		}
		libbpf->hooked = napi_add_env_cleanup_hook(env, thread_ended, libbpf) == napi_ok;
	}
	if (napi_create_array_with_length(env, 2, &version) != napi_ok)
		return throw_refused(env, "no array");
	part = make_number(env, libbpf->libbpf_major_version());
	if (!part || napi_set_element(env, version, 0, part) != napi_ok)
		return throw_refused(env, "no array");
	part = make_number(env, libbpf->libbpf_minor_version());
	if (!part || napi_set_element(env, version, 1, part) != napi_ok)
		return throw_refused(env, "no array");
	return version;
}

/* libbpfLog() → what libbpf said on this thread since the last call */
static napi_value libbpf_log(napi_env env, napi_callback_info info)
{
	napi_value text;
	napi_status status;

	(void)info;
	status = napi_create_string_utf8(env, said.text ? said.text : "", said.length, &text);
	free(said.text);
	memset(&said, 0, sizeof(said));
	return status == napi_ok ? text : throw_refused(env, "no string");
}

/* objectOpen(bytes, name, pin folder | null) → handle | -errno */
static napi_value object_open(napi_env env, napi_callback_info info)
{
	struct open_options options = { .sz = offsetof(struct open_options, end) };
	struct libbpf *libbpf = instance(env);
	napi_value argument[3], handle;
	struct bpf_object *object;
	const char *name, *folder;
	uint8_t *bytes;
	size_t length;

	if (!libbpf || !get_arguments(env, info, 3, argument) || !get_bytes(env, argument[0], &bytes, &length) ||
	    !get_text(env, argument[1], &name) || !get_text(env, argument[2], &folder))
		return NULL;
	options.object_name = name;
	options.pin_root_path = folder;
	object = libbpf->bpf_object__open_mem(bytes, length, &options);
	if (!object)
		return make_number(env, errno ? -errno : -EINVAL);
	handle = make_part(env, libbpf, OBJECT_HANDLE, object, NULL);
	if (handle)
		return handle;
	libbpf->bpf_object__close(object);
	return make_failure(env, ENOMEM);
}

/* Functions of one handle without further arguments. */
#define GET(name, type, of, make, call)                                                             \
	static napi_value name(napi_env env, napi_callback_info info)                            \
	{                                                                                        \
		struct libbpf *libbpf = instance(env);                                           \
		napi_value argument[1];                                                          \
		type *it;                                                                        \
		if (!libbpf || !get_arguments(env, info, 1, argument) ||                         \
		    !(it = get_it(env, argument[0], of)))                                        \
			return NULL;                                                             \
		return make(env, libbpf->call(it));                                              \
	}
/* ... and with a number, or text, after it. libbpf returns -errno. */
#define SET(name, type, of, kind, get, call)                                                         \
	static napi_value name(napi_env env, napi_callback_info info)                            \
	{                                                                                        \
		struct libbpf *libbpf = instance(env);                                           \
		napi_value argument[2];                                                          \
		type *it;                                                                        \
		kind value;                                                                      \
		if (!libbpf || !get_arguments(env, info, 2, argument) ||                         \
		    !(it = get_it(env, argument[0], of)) || !get(env, argument[1], &value))      \
			return NULL;                                                             \
		return make_number(env, libbpf->call(it, value));                                \
	}

GET(object_load, struct bpf_object, OBJECT_HANDLE, make_number, bpf_object__load)
GET(map_name, struct bpf_map, MAP_HANDLE, make_text, bpf_map__name)
GET(map_fd, struct bpf_map, MAP_HANDLE, make_number, bpf_map__fd)
SET(map_set_max_entries, struct bpf_map, MAP_HANDLE, uint32_t, get_unsigned, bpf_map__set_max_entries)
SET(map_set_value_size, struct bpf_map, MAP_HANDLE, uint32_t, get_unsigned, bpf_map__set_value_size)
SET(map_set_inner_fd, struct bpf_map, MAP_HANDLE, int, get_int, bpf_map__set_inner_map_fd)
SET(map_reuse, struct bpf_map, MAP_HANDLE, int, get_int, bpf_map__reuse_fd)
GET(program_name, struct bpf_program, PROGRAM_HANDLE, make_text, bpf_program__name)
GET(program_section, struct bpf_program, PROGRAM_HANDLE, make_text, bpf_program__section_name)
GET(program_fd, struct bpf_program, PROGRAM_HANDLE, make_number, bpf_program__fd)
GET(program_attach_type, struct bpf_program, PROGRAM_HANDLE, make_number, bpf_program__expected_attach_type)
GET(link_fd, struct bpf_link, LINK_HANDLE, make_number, bpf_link__fd)
SET(program_set_autoload, struct bpf_program, PROGRAM_HANDLE, bool, get_truth, bpf_program__set_autoload)

static napi_value object_close(napi_env env, napi_callback_info info)
{
	struct libbpf *libbpf = instance(env);
	struct bpf_object *object;
	napi_value argument[1];
	struct part *part;

	if (libbpf && get_arguments(env, info, 1, argument) &&
	    get_handle(env, argument[0], OBJECT_HANDLE, (void **)&part) && (object = let_go(libbpf, part)))
		libbpf->bpf_object__close(object);
	return NULL;
}

/* An array of handles, one per member that `next` walks over. */
#define LIST(name, type, of, next)                                                               \
	static napi_value name(napi_env env, napi_callback_info info)                            \
	{                                                                                        \
		struct libbpf *libbpf = instance(env);                                           \
		napi_value argument[1], list, handle;                                            \
		struct part *object;                                                             \
		type *it = NULL;                                                                 \
		uint32_t count = 0;                                                              \
		if (!libbpf || !get_arguments(env, info, 1, argument) ||                         \
		    !(object = get_part(env, argument[0], OBJECT_HANDLE)) ||                     \
		    napi_create_array(env, &list) != napi_ok)                                    \
			return NULL;                                                             \
		while ((it = libbpf->next(object->it, it))) {                                 \
			handle = make_part(env, libbpf, of, it, object);                         \
			if (!handle || napi_set_element(env, list, count++, handle) != napi_ok)  \
				return make_failure(env, ENOMEM);                                \
		}                                                                                \
		return list;                                                                     \
	}
LIST(object_maps, struct bpf_map, MAP_HANDLE, bpf_object__next_map)
LIST(object_programs, struct bpf_program, PROGRAM_HANDLE, bpf_object__next_program)

/* mapDefinition(map) → [type, key size, value size, entries, flags] as the object has them, or as they were set */
static napi_value map_definition(napi_env env, napi_callback_info info)
{
	struct libbpf *libbpf = instance(env);
	napi_value argument[1], list, number;
	struct bpf_map *it;
	int64_t parts[5];
	uint32_t i;

	if (!libbpf || !get_arguments(env, info, 1, argument) || !(it = get_it(env, argument[0], MAP_HANDLE)))
		return NULL;
	parts[0] = libbpf->bpf_map__type(it);
	parts[1] = libbpf->bpf_map__key_size(it);
	parts[2] = libbpf->bpf_map__value_size(it);
	parts[3] = libbpf->bpf_map__max_entries(it);
	parts[4] = libbpf->bpf_map__map_flags(it);
	if (napi_create_array_with_length(env, 5, &list) != napi_ok)
		return make_failure(env, ENOMEM);
	for (i = 0; i < 5; i++) {
		number = make_number(env, parts[i]);
		if (!number || napi_set_element(env, list, i, number) != napi_ok)
			return make_failure(env, ENOMEM);
	}
	return list;
}

/* mapInner(map) → the template that the object declares for the maps inside, or null */
static napi_value map_inner(napi_env env, napi_callback_info info)
{
	struct libbpf *libbpf = instance(env);
	napi_value argument[1], handle;
	struct bpf_map *inner;
	struct part *map;

	if (!libbpf || !get_arguments(env, info, 1, argument) || !(map = get_part(env, argument[0], MAP_HANDLE)))
		return NULL;
	inner = libbpf->bpf_map__inner_map(map->it);
	if (!inner)
		return napi_get_null(env, &handle) == napi_ok ? handle : NULL;
	handle = make_part(env, libbpf, MAP_HANDLE, inner, map->owner);
	return handle ? handle : make_failure(env, ENOMEM);
}

/* mapInitialValue(map) → a copy as ArrayBuffer, null, or -ENOMEM */
static napi_value map_initial_value(napi_env env, napi_callback_info info)
{
	struct libbpf *libbpf = instance(env);
	napi_value argument[1], buffer;
	struct bpf_map *it;
	size_t length = 0;
	void *value, *copy;

	if (!libbpf || !get_arguments(env, info, 1, argument) || !(it = get_it(env, argument[0], MAP_HANDLE)))
		return NULL;
	value = libbpf->bpf_map__initial_value(it, &length);
	if (!value)
		return napi_get_null(env, &buffer) == napi_ok ? buffer : NULL;
	if (napi_create_arraybuffer(env, length, &copy, &buffer) != napi_ok)
		return make_failure(env, ENOMEM);
	memcpy(copy, value, length);
	return buffer;
}

/* mapSetInitialValue(map, bytes) → 0 | -errno */
static napi_value map_set_initial_value(napi_env env, napi_callback_info info)
{
	struct libbpf *libbpf = instance(env);
	napi_value argument[2];
	struct bpf_map *it;
	uint8_t *bytes;
	size_t length;

	if (!libbpf || !get_arguments(env, info, 2, argument) || !(it = get_it(env, argument[0], MAP_HANDLE)) ||
	    !get_bytes(env, argument[1], &bytes, &length))
		return NULL;
	return make_number(env, libbpf->bpf_map__set_initial_value(it, bytes, length));
}

/* mapSetPinPath(map, path | null) → 0 | -errno */
static napi_value map_set_pin_path(napi_env env, napi_callback_info info)
{
	struct libbpf *libbpf = instance(env);
	napi_value argument[2];
	struct bpf_map *it;
	const char *path;

	if (!libbpf || !get_arguments(env, info, 2, argument) || !(it = get_it(env, argument[0], MAP_HANDLE)) ||
	    !get_text(env, argument[1], &path))
		return NULL;
	return make_number(env, libbpf->bpf_map__set_pin_path(it, path));
}

/* A handle of a link that libbpf made, or -errno. */
static napi_value made_link(napi_env env, struct libbpf *libbpf, struct bpf_link *link)
{
	napi_value handle;

	if (!link)
		return make_number(env, errno ? -errno : -EINVAL);
	handle = make_part(env, libbpf, LINK_HANDLE, link, NULL);
	if (handle)
		return handle;
	libbpf->bpf_link__destroy(link);
	return make_failure(env, ENOMEM);
}

/* programAttach(program) → link | -errno */
static napi_value program_attach(napi_env env, napi_callback_info info)
{
	struct libbpf *libbpf = instance(env);
	napi_value argument[1];
	struct bpf_program *it;

	if (!libbpf || !get_arguments(env, info, 1, argument) || !(it = get_it(env, argument[0], PROGRAM_HANDLE)))
		return NULL;
	return made_link(env, libbpf, libbpf->bpf_program__attach(it));
}

/* programAttachUsdt(program, pid, path, provider, name, cookie: bigint) → link | -errno */
static napi_value program_attach_usdt(napi_env env, napi_callback_info info)
{
	struct usdt_options options = { .sz = offsetof(struct usdt_options, end) };
	struct libbpf *libbpf = instance(env);
	const char *path, *provider, *name;
	napi_value argument[6];
	struct bpf_program *it;
	bool lossless;
	int pid;

	if (!libbpf || !get_arguments(env, info, 6, argument) || !(it = get_it(env, argument[0], PROGRAM_HANDLE)) ||
	    !get_int(env, argument[1], &pid) || !get_text(env, argument[2], &path) ||
	    !get_text(env, argument[3], &provider) || !get_text(env, argument[4], &name))
		return NULL;
	if (!path || !provider || !name ||
	    napi_get_value_bigint_uint64(env, argument[5], &options.usdt_cookie, &lossless) != napi_ok)
		return throw_refused(env, "names and a cookie were expected");
	return made_link(env, libbpf, libbpf->bpf_program__attach_usdt(it, pid, path, provider, name, &options));
}

/* linkPinned(link): it stays attached when its handle ends */
static napi_value link_pinned(napi_env env, napi_callback_info info)
{
	napi_value argument[1];
	struct part *part;

	if (instance(env) && get_arguments(env, info, 1, argument) && (part = get_part(env, argument[0], LINK_HANDLE)))
		part->pinned = true;
	return NULL;
}

/* linkDestroy(link) → 0 | -errno */
static napi_value link_destroy(napi_env env, napi_callback_info info)
{
	struct libbpf *libbpf = instance(env);
	napi_value argument[1];
	struct bpf_link *link;
	struct part *part;

	if (!libbpf || !get_arguments(env, info, 1, argument) ||
	    !get_handle(env, argument[0], LINK_HANDLE, (void **)&part))
		return NULL;
	link = let_go(libbpf, part);
	return make_number(env, link ? end_link(libbpf, link, part->pinned) : 0);
}

bool export_libbpf(napi_env env, napi_value exports)
{
	static const struct {
		const char *name;
		napi_callback function;
	} functions[] = {
		{ "libbpfOpen", libbpf_open },
		{ "libbpfLog", libbpf_log },
		{ "objectOpen", object_open },
		{ "objectLoad", object_load },
		{ "objectClose", object_close },
		{ "objectMaps", object_maps },
		{ "objectPrograms", object_programs },
		{ "mapName", map_name },
		{ "mapFd", map_fd },
		{ "mapDefinition", map_definition },
		{ "mapSetMaxEntries", map_set_max_entries },
		{ "mapSetValueSize", map_set_value_size },
		{ "mapInner", map_inner },
		{ "mapSetInnerFd", map_set_inner_fd },
		{ "mapReuse", map_reuse },
		{ "mapSetPinPath", map_set_pin_path },
		{ "mapInitialValue", map_initial_value },
		{ "mapSetInitialValue", map_set_initial_value },
		{ "programName", program_name },
		{ "programSection", program_section },
		{ "programFd", program_fd },
		{ "programSetAutoload", program_set_autoload },
		{ "programAttach", program_attach },
		{ "programAttachType", program_attach_type },
		{ "programAttachUsdt", program_attach_usdt },
		{ "linkFd", link_fd },
		{ "linkPinned", link_pinned },
		{ "linkDestroy", link_destroy },
	};
	size_t i;

	for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (!export_function(env, exports, functions[i].name, functions[i].function))
			return false;
	return true;
}
