/*
 * What the files of the addon share. Every function that reports a failure of the kernel or of libbpf returns
 * -errno as a number, -ENOMEM where memory or the engine gave out; JavaScript exceptions are thrown for wrong arguments only,
 * since those are our own bugs.
 */
#ifndef RBGEN_ADDON_H
#define RBGEN_ADDON_H

#define NAPI_VERSION 8
#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* napi_no_external_buffers_allowed: newer than some headers that declare Node-API 8. */
#define STATUS_NO_EXTERNAL_BUFFERS 22

/* Arguments. Each returns false with an exception pending when the value is not of the kind asked for. */
bool get_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values);
bool get_int(napi_env env, napi_value value, int *result);
bool get_unsigned(napi_env env, napi_value value, uint32_t *result);
bool get_truth(napi_env env, napi_value value, bool *result);
bool get_number(napi_env env, napi_value value, int64_t *result);
bool get_bytes(napi_env env, napi_value value, uint8_t **bytes, size_t *length);
/* Element `index` of an array of typed arrays, of whatever type: its memory, and how many bytes that has. */
bool get_memory(napi_env env, napi_value array, uint32_t index, uint8_t **bytes, size_t *length);
/* Text as C has it, a Uint8Array that ends with a NUL; NULL for null and undefined. Good for the time of the call. */
bool get_text(napi_env env, napi_value value, const char **text);

/*
 * What a handle leads to begins with its kind: one of another kind, which JavaScript mixed up, is refused and never read as
 * what it is not.
 */
enum handle_kind {
	OWNER_HANDLE = 0x72626701,
	CLAIM_HANDLE,
	MAPPING_HANDLE,
	WATCHER_HANDLE,
	OBJECT_HANDLE,
	MAP_HANDLE,
	PROGRAM_HANDLE,
	LINK_HANDLE,
};
bool get_handle(napi_env env, napi_value value, enum handle_kind kind, void **result);

/* `length` bytes of the mapping behind a handle from a byte offset on, or NULL with an exception pending. */
uint8_t *mapped_range(napi_env env, napi_value handle, int64_t offset, size_t length);

/* Results. NULL with an exception pending when the engine refuses. */
napi_value make_number(napi_env env, int64_t number);
napi_value make_text(napi_env env, const char *text);
napi_value make_bool(napi_env env, bool value);
/* `result` as it is when not negative, else -errno. */
napi_value make_result(napi_env env, int64_t result);
/* -error, or NULL where the engine has an exception pending: what a call that found no memory gives. */
napi_value make_failure(napi_env env, int error);
napi_value throw_refused(napi_env env, const char *what);
/* Adds `function` to `exports` under `name`. */
bool export_function(napi_env env, napi_value exports, const char *name, napi_callback function);

/* One per file: adds what the file exports. */
bool export_bpf(napi_env env, napi_value exports);
bool export_file(napi_env env, napi_value exports);
bool export_gather(napi_env env, napi_value exports);
bool export_mapping(napi_env env, napi_value exports);
bool export_perf(napi_env env, napi_value exports);
bool export_records(napi_env env, napi_value exports);
bool export_epoll(napi_env env, napi_value exports);
bool export_watcher(napi_env env, napi_value exports);
bool export_claims(napi_env env, napi_value exports);
bool export_libbpf(napi_env env, napi_value exports);

#endif
