/*
 * A host with just enough of Node-API to run the addon without an engine: for the sanitizer, for valgrind, and for
 * other processors under an emulator. Values live until the environment ends, or until the host collects them; then
 * their finalizers run, as an engine's would.
 */
#define _GNU_SOURCE
#define NAPI_VERSION 8
#include <node_api.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "node-api-host.h"

struct napi_env__ {
	napi_value values;
	char *exception;
	void *instance;
	napi_finalize instance_gone;
	struct hook {
		void (*function)(void *);
		void *argument;
		struct hook *next;
	} *hooks;
	napi_threadsafe_function functions;
	struct napi_callback_info__ *call;
	size_t references;
};

struct napi_ref__ {
	napi_value value;
};

struct napi_value__ {
	napi_valuetype type;
	bool is_array, is_buffer, is_bytes;
	double number;
	uint64_t big;
	char *text;
	void *data;
	size_t length;
	bool owned;
	napi_finalize finalize;
	void *hint, *finalize_data;
	napi_callback function;
	void (*host_function)(size_t count, napi_value *arguments);
	char *key; /* as a property of an object, or NULL */
	uint32_t index;
	napi_value target, children, sibling;
	napi_value next;
};

struct napi_callback_info__ {
	size_t count;
	napi_value *arguments;
};

struct napi_threadsafe_function__ {
	napi_env env;
	pthread_mutex_t lock;
	pthread_cond_t called;
	size_t pending, threads;
	void *context, *finalize_data;
	napi_finalize finalize;
	napi_threadsafe_function_call_js call_js;
	napi_threadsafe_function next;
};

/* When set, external memory is refused as Electron does. */
bool host_refuses_external_memory;

static napi_value make(napi_env env, napi_valuetype type)
{
	napi_value value = calloc(1, sizeof(*value));

	value->type = type;
	value->next = env->values;
	env->values = value;
	return value;
}

#define GIVE(made)                       \
	do {                             \
		*result = (made);        \
		return napi_ok;          \
	} while (0)

napi_status napi_create_object(napi_env env, napi_value *result) { GIVE(make(env, napi_object)); }
napi_status napi_create_array(napi_env env, napi_value *result)
{
	*result = make(env, napi_object);
	(*result)->is_array = true;
	return napi_ok;
}
napi_status napi_create_array_with_length(napi_env env, size_t length, napi_value *result)
{
	(void)length;
	return napi_create_array(env, result);
}
napi_status napi_create_int64(napi_env env, int64_t number, napi_value *result)
{
	*result = make(env, napi_number);
	(*result)->number = (double)number;
	return napi_ok;
}
napi_status napi_create_uint32(napi_env env, uint32_t number, napi_value *result)
{
	return napi_create_int64(env, number, result);
}
napi_status napi_create_bigint_uint64(napi_env env, uint64_t number, napi_value *result)
{
	*result = make(env, napi_bigint);
	(*result)->big = number;
	return napi_ok;
}
napi_status napi_create_string_utf8(napi_env env, const char *text, size_t length, napi_value *result)
{
	*result = make(env, napi_string);
	(*result)->text = length == NAPI_AUTO_LENGTH ? strdup(text) : strndup(text, length);
	return napi_ok;
}
napi_status napi_create_function(napi_env env, const char *name, size_t length, napi_callback function, void *data,
				 napi_value *result)
{
	(void)name, (void)length, (void)data;
	*result = make(env, napi_function);
	(*result)->function = function;
	return napi_ok;
}
napi_status napi_create_external(napi_env env, void *data, napi_finalize finalize, void *hint, napi_value *result)
{
	*result = make(env, napi_external);
	(*result)->data = data;
	(*result)->finalize = finalize;
	(*result)->finalize_data = data;
	(*result)->hint = hint;
	return napi_ok;
}
napi_status napi_create_external_arraybuffer(napi_env env, void *data, size_t length, napi_finalize finalize, void *hint,
					     napi_value *result)
{
	if (host_refuses_external_memory)
		return (napi_status)22;
	napi_create_external(env, data, finalize, hint, result);
	(*result)->type = napi_object;
	(*result)->is_buffer = true;
	(*result)->length = length;
	return napi_ok;
}
napi_status napi_create_typedarray(napi_env env, napi_typedarray_type type, size_t length, napi_value buffer, size_t offset,
				   napi_value *result)
{
	if (type != napi_uint8_array || !buffer->is_buffer || offset + length > buffer->length)
		return napi_invalid_arg;
	*result = make(env, napi_object);
	(*result)->is_bytes = true;
	(*result)->data = (char *)buffer->data + offset;
	(*result)->length = length;
	return napi_ok;
}

napi_status napi_create_arraybuffer(napi_env env, size_t length, void **data, napi_value *result)
{
	*result = make(env, napi_object);
	(*result)->is_buffer = (*result)->owned = true;
	(*result)->length = length;
	*data = (*result)->data = calloc(1, length + 1);
	return napi_ok;
}
napi_status napi_get_boolean(napi_env env, bool truth, napi_value *result)
{
	*result = make(env, napi_boolean);
	(*result)->number = truth;
	return napi_ok;
}
napi_status napi_get_null(napi_env env, napi_value *result) { GIVE(make(env, napi_null)); }
napi_status napi_get_global(napi_env env, napi_value *result) { GIVE(make(env, napi_object)); }
napi_status napi_typeof(napi_env env, napi_value value, napi_valuetype *result)
{
	(void)env;
	GIVE(value->type);
}
napi_status napi_get_array_length(napi_env env, napi_value value, uint32_t *result)
{
	napi_value child;

	(void)env;
	if (!value->is_array)
		return napi_array_expected;
	for (*result = 0, child = value->children; child; child = child->sibling)
		if (child->index >= *result)
			*result = child->index + 1;
	return napi_ok;
}
static napi_value slot(napi_env env, napi_value object, const char *key, uint32_t index)
{
	napi_value child = object->children;

	while (child && (key ? !child->key || strcmp(child->key, key) : child->key || child->index != index))
		child = child->sibling;
	if (!child) {
		child = make(env, napi_undefined);
		child->key = key ? strdup(key) : NULL;
		child->index = index;
		child->sibling = object->children;
		object->children = child;
	}
	return child;
}
napi_status napi_set_named_property(napi_env env, napi_value object, const char *key, napi_value value)
{
	slot(env, object, key, 0)->target = value;
	return napi_ok;
}
napi_status napi_set_element(napi_env env, napi_value object, uint32_t index, napi_value value)
{
	slot(env, object, NULL, index)->target = value;
	return napi_ok;
}
napi_status napi_get_element(napi_env env, napi_value object, uint32_t index, napi_value *result)
{
	napi_value found = slot(env, object, NULL, index)->target;

	GIVE(found ? found : make(env, napi_undefined));
}
napi_status napi_get_value_int64(napi_env env, napi_value value, int64_t *result)
{
	(void)env;
	if (value->type != napi_number)
		return napi_number_expected;
	GIVE((int64_t)value->number);
}
napi_status napi_get_value_double(napi_env env, napi_value value, double *result)
{
	(void)env;
	if (value->type != napi_number)
		return napi_number_expected;
	GIVE((double)value->number);
}
napi_status napi_get_value_bool(napi_env env, napi_value value, bool *result)
{
	(void)env;
	if (value->type != napi_boolean)
		return napi_boolean_expected;
	GIVE(value->number != 0);
}
napi_status napi_get_value_bigint_uint64(napi_env env, napi_value value, uint64_t *result, bool *lossless)
{
	(void)env;
	if (value->type != napi_bigint)
		return napi_bigint_expected;
	*lossless = true;
	GIVE(value->big);
}
napi_status napi_get_value_external(napi_env env, napi_value value, void **result)
{
	(void)env;
	if (value->type != napi_external)
		return napi_invalid_arg;
	GIVE(value->data);
}
napi_status napi_get_value_string_utf8(napi_env env, napi_value value, char *text, size_t room, size_t *length)
{
	(void)env;
	if (value->type != napi_string)
		return napi_string_expected;
	*length = strlen(value->text);
	if (text)
		snprintf(text, room, "%s", value->text);
	return napi_ok;
}
napi_status napi_get_typedarray_info(napi_env env, napi_value value, napi_typedarray_type *type, size_t *length,
				     void **data, napi_value *buffer, size_t *offset)
{
	(void)env, (void)buffer, (void)offset;
	if (!value->is_bytes)
		return napi_invalid_arg;
	if (type)
		*type = napi_uint8_array;
	*length = value->length;
	*data = value->data;
	return napi_ok;
}
napi_status napi_get_arraybuffer_info(napi_env env, napi_value value, void **data, size_t *length)
{
	(void)env;
	if (!value->is_buffer)
		return napi_invalid_arg;
	*data = value->data;
	*length = value->length;
	return napi_ok;
}
napi_status napi_detach_arraybuffer(napi_env env, napi_value value)
{
	(void)env;
	if (!value->is_buffer)
		return napi_invalid_arg;
	value->data = NULL;
	value->length = 0;
	return napi_ok;
}
napi_status napi_get_cb_info(napi_env env, napi_callback_info info, size_t *count, napi_value *values, napi_value *receiver,
			     void **data)
{
	size_t i;

	(void)receiver, (void)data;
	for (i = 0; i < *count; i++)
		values[i] = i < info->count ? info->arguments[i] : make(env, napi_undefined);
	*count = info->count;
	return napi_ok;
}
napi_status napi_throw_type_error(napi_env env, const char *code, const char *message)
{
	(void)code;
	free(env->exception);
	env->exception = strdup(message);
	return napi_ok;
}
napi_status napi_is_exception_pending(napi_env env, bool *result) { GIVE(env->exception != NULL); }
napi_status napi_get_and_clear_last_exception(napi_env env, napi_value *result)
{
	free(env->exception);
	env->exception = NULL;
	GIVE(make(env, napi_object));
}
napi_status napi_fatal_exception(napi_env env, napi_value error)
{
	(void)env, (void)error;
	abort();
}
napi_status napi_set_instance_data(napi_env env, void *data, napi_finalize finalize, void *hint)
{
	(void)hint;
	env->instance = data;
	env->instance_gone = finalize;
	return napi_ok;
}
napi_status napi_get_instance_data(napi_env env, void **result) { GIVE(env->instance); }
napi_status napi_create_reference(napi_env env, napi_value value, uint32_t count, napi_ref *result)
{
	napi_ref made = malloc(sizeof(*made));

	(void)count;
	made->value = value;
	env->references++;
	GIVE(made);
}
napi_status napi_delete_reference(napi_env env, napi_ref reference)
{
	env->references--;
	free(reference);
	return napi_ok;
}
napi_status napi_get_reference_value(napi_env env, napi_ref reference, napi_value *result)
{
	(void)env;
	GIVE(reference->value);
}
napi_status napi_async_init(napi_env env, napi_value resource, napi_value name, napi_async_context *result)
{
	(void)env, (void)resource, (void)name;
	GIVE(NULL);
}
napi_status napi_async_destroy(napi_env env, napi_async_context context)
{
	(void)env, (void)context;
	return napi_ok;
}
napi_status napi_open_handle_scope(napi_env env, napi_handle_scope *result)
{
	(void)env;
	GIVE(NULL);
}
napi_status napi_close_handle_scope(napi_env env, napi_handle_scope scope)
{
	(void)env, (void)scope;
	return napi_ok;
}
napi_status napi_make_callback(napi_env env, napi_async_context context, napi_value receiver, napi_value function,
			       size_t count, const napi_value *arguments, napi_value *result)
{
	(void)env, (void)context, (void)receiver, (void)result;
	function->host_function(count, (napi_value *)arguments);
	return napi_ok;
}
/* The loop of libuv that this host may have: whose polls do not start. */
struct uv_handle_s {
	void *data;
};
bool host_has_loop;
size_t host_closed_polls;
napi_status napi_get_uv_event_loop(napi_env env, struct uv_loop_s **loop)
{
	*loop = (struct uv_loop_s *)env;
	return host_has_loop ? napi_ok : napi_generic_failure;
}
size_t uv_handle_size(int type)
{
	(void)type;
	return sizeof(struct uv_handle_s);
}
int uv_poll_init(struct uv_loop_s *loop, struct uv_handle_s *poll, int fd)
{
	(void)loop, (void)poll, (void)fd;
	return 0;
}
int uv_poll_start(struct uv_handle_s *poll, int events, void (*callback)(struct uv_handle_s *, int, int))
{
	(void)poll, (void)events, (void)callback;
	return -EBUSY;
}
void uv_close(struct uv_handle_s *poll, void (*callback)(struct uv_handle_s *))
{
	host_closed_polls++;
	callback(poll);
}
void uv_ref(struct uv_handle_s *poll) { (void)poll; }
void uv_unref(struct uv_handle_s *poll) { (void)poll; }
void *uv_handle_get_data(const struct uv_handle_s *poll) { return poll->data; }
void uv_handle_set_data(struct uv_handle_s *poll, void *data) { poll->data = data; }
napi_status napi_add_async_cleanup_hook(napi_env env, napi_async_cleanup_hook hook, void *argument,
					napi_async_cleanup_hook_handle *handle)
{
	(void)env, (void)hook, (void)argument, (void)handle;
	return napi_generic_failure;
}
napi_status napi_remove_async_cleanup_hook(napi_async_cleanup_hook_handle handle)
{
	(void)handle;
	return napi_ok;
}
napi_status napi_add_env_cleanup_hook(napi_env env, void (*function)(void *), void *argument)
{
	struct hook *hook = malloc(sizeof(*hook));

	*hook = (struct hook){ function, argument, env->hooks };
	env->hooks = hook;
	return napi_ok;
}
napi_status napi_remove_env_cleanup_hook(napi_env env, void (*function)(void *), void *argument)
{
	struct hook **at, *hook;

	for (at = &env->hooks; (hook = *at); at = &hook->next) {
		if (hook->function != function || hook->argument != argument)
			continue;
		*at = hook->next;
		free(hook);
		break;
	}
	return napi_ok;
}
napi_status napi_create_threadsafe_function(napi_env env, napi_value function, napi_value resource, napi_value name,
					    size_t queue, size_t threads, void *finalize_data, napi_finalize finalize,
					    void *context, napi_threadsafe_function_call_js call_js,
					    napi_threadsafe_function *result)
{
	napi_threadsafe_function made = calloc(1, sizeof(*made));

	(void)function, (void)resource, (void)name, (void)queue;
	made->env = env;
	pthread_mutex_init(&made->lock, NULL);
	pthread_cond_init(&made->called, NULL);
	made->threads = threads;
	made->finalize_data = finalize_data;
	made->finalize = finalize;
	made->context = context;
	made->call_js = call_js;
	made->next = env->functions;
	env->functions = made;
	GIVE(made);
}
napi_status napi_call_threadsafe_function(napi_threadsafe_function function, void *data,
					  napi_threadsafe_function_call_mode mode)
{
	(void)data, (void)mode;
	pthread_mutex_lock(&function->lock);
	function->pending++;
	pthread_cond_signal(&function->called);
	pthread_mutex_unlock(&function->lock);
	return napi_ok;
}
napi_status napi_release_threadsafe_function(napi_threadsafe_function function, napi_threadsafe_function_release_mode mode)
{
	(void)mode;
	pthread_mutex_lock(&function->lock);
	function->threads--;
	pthread_mutex_unlock(&function->lock);
	return napi_ok;
}
napi_status napi_ref_threadsafe_function(napi_env env, napi_threadsafe_function function)
{
	(void)env, (void)function;
	return napi_ok;
}
napi_status napi_unref_threadsafe_function(napi_env env, napi_threadsafe_function function)
{
	(void)env, (void)function;
	return napi_ok;
}

napi_env host_open(void)
{
	return calloc(1, sizeof(struct napi_env__));
}

napi_value host_load(napi_env env, const char *addon)
{
	void *library = dlopen(addon, RTLD_LAZY);
	napi_addon_register_func init;
	napi_value exports;

	if (!library) {
		fprintf(stderr, "%s\n", dlerror());
		exit(1);
	}
	*(void **)&init = dlsym(library, "napi_register_module_v1");
	napi_create_object(env, &exports);
	return init(env, exports);
}

napi_value host_call(napi_env env, napi_value exports, const char *name, size_t count, napi_value *arguments)
{
	struct napi_callback_info__ info = { count, arguments };
	napi_value function = slot(env, exports, name, 0)->target;

	if (!function) {
		fprintf(stderr, "the addon has no %s\n", name);
		exit(1);
	}
	return function->function(env, &info);
}

size_t host_references(napi_env env)
{
	return env->references;
}

const char *host_next_export(napi_value exports, napi_value *at)
{
	*at = *at ? (*at)->sibling : exports->children;
	return *at ? (*at)->key : NULL;
}

char *host_exception(napi_env env)
{
	char *exception = env->exception;

	env->exception = NULL;
	return exception;
}

napi_value host_bytes(napi_env env, void *data, size_t length)
{
	napi_value value = make(env, napi_object);

	value->is_bytes = true;
	value->data = data;
	value->length = length;
	return value;
}

napi_value host_undefined(napi_env env)
{
	return make(env, napi_undefined);
}

napi_value host_listener(napi_env env, void (*function)(size_t, napi_value *))
{
	napi_value value = make(env, napi_function);

	value->host_function = function;
	return value;
}

napi_value host_property(napi_env env, napi_value object, const char *key)
{
	return slot(env, object, key, 0)->target;
}

void *host_buffer(napi_value buffer, size_t *length)
{
	*length = buffer->length;
	return buffer->data;
}

/* What ArrayBuffer.prototype.transfer does: the memory, and the finalizer with it, goes to another buffer. */
napi_value host_transfer(napi_env env, napi_value buffer)
{
	napi_value thief = make(env, napi_object);

	thief->is_buffer = true;
	thief->data = buffer->data;
	thief->length = buffer->length;
	thief->finalize = buffer->finalize;
	thief->finalize_data = buffer->finalize_data;
	thief->hint = buffer->hint;
	buffer->finalize = NULL;
	buffer->data = NULL;
	buffer->length = 0;
	return thief;
}

void host_collect(napi_env env, napi_value value)
{
	napi_finalize finalize = value->finalize;

	value->finalize = NULL;
	if (finalize)
		finalize(env, value->finalize_data, value->hint);
}

/* One turn of the event loop: waits up to `milliseconds` for calls of threads, and makes them. */
size_t host_turn(napi_env env, int milliseconds)
{
	napi_threadsafe_function function;
	struct timespec until;
	size_t calls = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += milliseconds / 1000;
	until.tv_nsec += milliseconds % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	for (function = env->functions; function; function = function->next) {
		size_t pending;

		pthread_mutex_lock(&function->lock);
		while (function->threads && !function->pending && pthread_cond_timedwait(&function->called, &function->lock, &until) == 0)
			;
		pending = function->pending;
		function->pending = 0;
		pthread_mutex_unlock(&function->lock);
		for (calls += pending; pending; pending--)
			function->call_js(env, NULL, function->context, NULL);
	}
	return calls;
}

/* The end of an environment: hooks, then what threads left, then every finalizer. */
void host_close(napi_env env)
{
	struct hook *hook;
	napi_threadsafe_function function;
	napi_value value;

	while ((hook = env->hooks)) {
		env->hooks = hook->next;
		hook->function(hook->argument);
		free(hook);
	}
	while ((function = env->functions)) {
		env->functions = function->next;
		if (function->threads) {
			fprintf(stderr, "a thread still holds a thread-safe function\n");
			exit(1);
		}
		function->finalize(env, function->finalize_data, function->context);
		pthread_mutex_destroy(&function->lock);
		pthread_cond_destroy(&function->called);
		free(function);
	}
	for (value = env->values; value; value = value->next)
		host_collect(env, value);
	if (env->instance_gone)
		env->instance_gone(env, env->instance, NULL);
	while ((value = env->values)) {
		env->values = value->next;
		if (value->owned)
			free(value->data);
		free(value->text);
		free(value->key);
		free(value);
	}
	free(env->exception);
	free(env);
}
