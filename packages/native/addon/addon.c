/* Entry point, and the translation between JavaScript values and C ones. */
#include "addon.h"
#include <errno.h>
#include <limits.h>

napi_value throw_refused(napi_env env, const char *what)
{
	bool pending = false;

	if (napi_is_exception_pending(env, &pending) == napi_ok && !pending)
		napi_throw_type_error(env, NULL, what);
	return NULL;
}

bool get_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values)
{
	size_t given = count;

	if (napi_get_cb_info(env, info, &given, values, NULL, NULL) == napi_ok && given >= count)
		return true;
	throw_refused(env, "too few arguments");
	return false;
}

bool get_number(napi_env env, napi_value value, int64_t *result)
{
	const double most = 9007199254740992.0; /* beyond, a double holds no integer for sure */
	double number;

	if (napi_get_value_double(env, value, &number) == napi_ok && number >= -most && number <= most &&
	    (double)(int64_t)number == number) {
		*result = (int64_t)number;
		return true;
	}
	throw_refused(env, "an integer was expected");
	return false;
}

bool get_int(napi_env env, napi_value value, int *result)
{
	int64_t number;

	if (!get_number(env, value, &number))
		return false;
	if (number < INT_MIN || number > INT_MAX) {
		throw_refused(env, "a number of 32 bits was expected");
		return false;
	}
	*result = (int)number;
	return true;
}

bool get_unsigned(napi_env env, napi_value value, uint32_t *result)
{
	int64_t number;

	if (!get_number(env, value, &number))
		return false;
	if (number < 0 || number > UINT32_MAX) {
		throw_refused(env, "an unsigned number of 32 bits was expected");
		return false;
	}
	*result = (uint32_t)number;
	return true;
}

bool get_truth(napi_env env, napi_value value, bool *result)
{
	if (napi_get_value_bool(env, value, result) == napi_ok)
		return true;
	throw_refused(env, "a boolean was expected");
	return false;
}

bool get_bytes(napi_env env, napi_value value, uint8_t **bytes, size_t *length)
{
	napi_typedarray_type type;

	if (napi_get_typedarray_info(env, value, &type, length, (void **)bytes, NULL, NULL) == napi_ok &&
	    type == napi_uint8_array)
		return true;
	throw_refused(env, "a Uint8Array was expected");
	return false;
}

bool get_memory(napi_env env, napi_value array, uint32_t index, uint8_t **bytes, size_t *length)
{
	static const uint8_t widths[] = {
		[napi_int8_array] = 1, [napi_uint8_array] = 1, [napi_uint8_clamped_array] = 1, [napi_int16_array] = 2,
		[napi_uint16_array] = 2, [napi_int32_array] = 4, [napi_uint32_array] = 4, [napi_float32_array] = 4,
		[napi_float64_array] = 8, [napi_bigint64_array] = 8, [napi_biguint64_array] = 8,
	};
	napi_typedarray_type type;
	napi_value element;

	if (napi_get_element(env, array, index, &element) == napi_ok &&
	    napi_get_typedarray_info(env, element, &type, length, (void **)bytes, NULL, NULL) == napi_ok &&
	    (size_t)type < sizeof(widths)) {
		*length *= widths[type];
		return true;
	}
	throw_refused(env, "an array of typed arrays was expected");
	return false;
}

bool get_text(napi_env env, napi_value value, const char **text)
{
	napi_valuetype type;
	uint8_t *bytes;
	size_t length;

	*text = NULL;
	if (napi_typeof(env, value, &type) == napi_ok && (type == napi_null || type == napi_undefined))
		return true;
	if (!get_bytes(env, value, &bytes, &length))
		return false;
	if (length == 0 || bytes[length - 1] != 0) {
		throw_refused(env, "text without its end");
		return false;
	}
	*text = (const char *)bytes;
	return true;
}

bool get_handle(napi_env env, napi_value value, enum handle_kind kind, void **result)
{
	void *data = NULL;

	if (napi_get_value_external(env, value, &data) == napi_ok && data && (uintptr_t)data % _Alignof(enum handle_kind) == 0 &&
	    *(enum handle_kind *)data == kind) {
		*result = data;
		return true;
	}
	throw_refused(env, "a handle of another kind was expected");
	return false;
}

napi_value make_number(napi_env env, int64_t number)
{
	napi_value value;

	return napi_create_int64(env, number, &value) == napi_ok ? value : throw_refused(env, "no number");
}

napi_value make_text(napi_env env, const char *text)
{
	napi_value value;

	return napi_create_string_utf8(env, text ? text : "", NAPI_AUTO_LENGTH, &value) == napi_ok
		       ? value
		       : throw_refused(env, "no string");
}

napi_value make_bool(napi_env env, bool truth)
{
	napi_value value;

	return napi_get_boolean(env, truth, &value) == napi_ok ? value : throw_refused(env, "no boolean");
}

napi_value make_result(napi_env env, int64_t result)
{
	return make_number(env, result < 0 ? -errno : result);
}

napi_value make_failure(napi_env env, int error)
{
	bool pending = false;

	if (napi_is_exception_pending(env, &pending) == napi_ok && pending)
		return NULL;
	return make_number(env, -(int64_t)error);
}

bool export_function(napi_env env, napi_value exports, const char *name, napi_callback function)
{
	napi_value value;

	return napi_create_function(env, name, NAPI_AUTO_LENGTH, function, NULL, &value) == napi_ok &&
	       napi_set_named_property(env, exports, name, value) == napi_ok;
}

NAPI_MODULE_INIT()
{
	if (export_bpf(env, exports) && export_file(env, exports) && export_mapping(env, exports) &&
	    export_records(env, exports) && export_gather(env, exports) && export_perf(env, exports) &&
	    export_epoll(env, exports) && export_watcher(env, exports) && export_claims(env, exports) &&
	    export_libbpf(env, exports))
		return exports;
	return throw_refused(env, "the addon could not be set up");
}
