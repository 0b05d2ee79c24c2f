/* What the program around node-api-host.c may do. */
#include <stdbool.h>
#include <stddef.h>
#include <node_api.h>

extern bool host_refuses_external_memory;
/* Whether the host has a loop of libuv, whose polls do not start, and how many of them were closed. */
extern bool host_has_loop;
extern size_t host_closed_polls;
napi_env host_open(void);
napi_value host_load(napi_env env, const char *addon);
napi_value host_call(napi_env env, napi_value exports, const char *name, size_t count, napi_value *arguments);
size_t host_references(napi_env env);
const char *host_next_export(napi_value exports, napi_value *at);
char *host_exception(napi_env env);
napi_value host_bytes(napi_env env, void *data, size_t length);
napi_value host_undefined(napi_env env);
napi_value host_listener(napi_env env, void (*function)(size_t count, napi_value *arguments));
napi_value host_property(napi_env env, napi_value object, const char *key);
void *host_buffer(napi_value buffer, size_t *length);
napi_value host_transfer(napi_env env, napi_value buffer);
void host_collect(napi_env env, napi_value value);
size_t host_turn(napi_env env, int milliseconds);
void host_close(napi_env env);
