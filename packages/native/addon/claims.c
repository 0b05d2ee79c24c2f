/*
 * Who reads or writes which map in this process. One table for all threads, since each has its own JavaScript world:
 * a reader and a second one in a worker would move the same consumer position. Nothing else is shared between them.
 */
#include "addon.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct claim {
	enum handle_kind kind;
	int64_t map;
	bool held;
	bool hooked; /* released when its thread ends */
	struct claim *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct claim *claims;

static void release(struct claim *claim)
{
	struct claim **at;

	pthread_mutex_lock(&lock);
	for (at = &claims; claim->held && *at; at = &(*at)->next) {
		if (*at == claim) {
			*at = claim->next;
			claim->held = false;
			break;
		}
	}
	pthread_mutex_unlock(&lock);
}

static void thread_ended(void *data)
{
	struct claim *claim = data;

	claim->hooked = false;
	release(claim);
}

static void handle_collected(napi_env env, void *data, void *hint)
{
	struct claim *claim = data;

	(void)hint;
	if (claim->hooked)
		napi_remove_env_cleanup_hook(env, thread_ended, claim);
	release(claim);
	free(claim);
}

/* claim(map id) → handle, null if it is claimed already, or -ENOMEM; released when it is collected or its thread ends, too */
static napi_value claim_map(napi_env env, napi_callback_info info)
{
	napi_value argument[1], handle;
	struct claim *claim, *other;
	int64_t map;

	if (!get_arguments(env, info, 1, argument) || !get_number(env, argument[0], &map))
		return NULL;
	claim = calloc(1, sizeof(*claim));
	if (!claim || napi_create_external(env, claim, handle_collected, NULL, &handle) != napi_ok) {
		free(claim);
		return make_failure(env, ENOMEM);
	}
	claim->kind = CLAIM_HANDLE;
	claim->map = map;
	claim->hooked = napi_add_env_cleanup_hook(env, thread_ended, claim) == napi_ok;
	pthread_mutex_lock(&lock);
	for (other = claims; other && other->map != map;)
		other = other->next;
	if (!other) {
		claim->held = true;
		claim->next = claims;
		claims = claim;
	}
	pthread_mutex_unlock(&lock);
	if (!claim->held)
		return napi_get_null(env, &handle) == napi_ok ? handle : NULL;
	return handle;
}

/* release(handle) */
static napi_value release_map(napi_env env, napi_callback_info info)
{
	napi_value argument[1];
	struct claim *claim;

	if (get_arguments(env, info, 1, argument) && get_handle(env, argument[0], CLAIM_HANDLE, (void **)&claim))
		release(claim);
	return NULL;
}

bool export_claims(napi_env env, napi_value exports)
{
	return export_function(env, exports, "claim", claim_map) &&
	       export_function(env, exports, "release", release_map);
}
