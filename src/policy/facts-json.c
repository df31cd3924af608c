/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Host facts as JSON and back (facts.h). 50,000 ids have to be read at boot, so an id is an array,
 * [id, because, name] or [id, because, name, detail], not an object.
 */

#include <errno.h>
#include <string.h>

#include "policy/facts.h"
#include "policy/json-value.h"
#include "policy/plain-text.h"
#include "util/text.h"

#define KEY_UIDS           "Uids"
#define KEY_GIDS           "Gids"
#define KEY_VERDICTS       SMTP_RESTRICTIONS_KEY_PORT_VERDICTS
#define KEY_UNKNOWN_USERS  "UnknownUsers"
#define KEY_UNKNOWN_GROUPS "UnknownGroups"
/* since there is a mail meter; not there where nobody is denied */
#define KEY_DENIED         "Denied"
#define KEY_UNKNOWN_DENIED "UnknownDenied"

#define ID_NAME_SIZE_MAX  1024
#define ID_NAME_SHOWN_MAX 250 /* quoted, at most four times that and "...": below the above */

/*
 * The names are what NSS said, for people to read. One that jansson would not take, or that would
 * not be read again, must not keep the rules from being loaded at boot: it is written quoted.
 */
static json_t *name_to_json(const char *name) {
        CLEANUP(freep) char *quoted = NULL;
        size_t size = strlen(name);

        if (size <= ID_NAME_SIZE_MAX && plain_text_check(name) == 0)
                return json_string(name);

        quoted = string_quote(name, size, ID_NAME_SHOWN_MAX);
        return quoted ? json_string(quoted) : NULL;
}

static json_t *ids_to_json(const AllowedIds *ids) {
        CLEANUP(json_decrefp) json_t *array = json_array();

        for (size_t i = 0; i < ids->count; i++) {
                const AllowedId *id = &ids->items[i];
                CLEANUP(json_decrefp) json_t *item = json_array();

                if (json_array_append_new(item, json_integer(id->id)) < 0 ||
                    json_array_append_new(item, json_string(because_to_string(id->because))) < 0 ||
                    json_array_append_new(item, name_to_json(id->name)) < 0)
                        return NULL;
                if (id->detail && json_array_append_new(item, name_to_json(id->detail)) < 0)
                        return NULL;
                if (json_array_append(array, item) < 0)
                        return NULL;
        }

        return TAKE(array);
}

json_t *host_facts_to_json(const HostFacts *facts) {
        CLEANUP(json_decrefp) json_t *json = json_object();
        json_t *verdicts = json_from_port_verdicts(&facts->verdicts);

        /* each call takes over its value, also when it fails */
        if (json_object_set_new(json, KEY_VERDICTS, verdicts) < 0 ||
            json_object_set_new(json, KEY_UIDS, ids_to_json(&facts->uids)) < 0 ||
            json_object_set_new(json, KEY_GIDS, ids_to_json(&facts->gids)) < 0)
                return NULL;

        if (json_object_set_new(json, KEY_UNKNOWN_USERS, json_from_names(&facts->unknown_users)) <
                            0 ||
            json_object_set_new(json, KEY_UNKNOWN_GROUPS, json_from_names(&facts->unknown_groups)) <
                            0)
                return NULL;

        if (facts->denied.count > 0 &&
            json_object_set_new(json, KEY_DENIED, ids_to_json(&facts->denied)) < 0)
                return NULL;
        if (facts->unknown_denied.count > 0 &&
            json_object_set_new(json, KEY_UNKNOWN_DENIED, json_from_names(&facts->unknown_denied)) <
                            0)
                return NULL;

        return TAKE(json);
}

static int because_from_string(const char *string, Because *ret) {
        for (size_t i = 0; i < _BECAUSE_MAX; i++)
                if (string_equal(string, because_to_string((Because) i))) {
                        *ret = (Because) i;
                        return 0;
                }

        return -EINVAL;
}

/* NULL if it is not one. */
static const char *name_from_json(const json_t *json) {
        const char *name = json_string_value(json);

        if (!name || strlen(name) != json_string_length(json) || strlen(name) > ID_NAME_SIZE_MAX ||
            plain_text_check(name) != 0)
                return NULL;

        return name;
}

static int read_id(const char *key, const json_t *json, AllowedIds *ids, Failure *reterr) {
        const char *name = name_from_json(json_array_get(json, 2));
        const char *detail = name_from_json(json_array_get(json, 3));
        size_t size = json_array_size(json);
        Because because;
        json_int_t id;

        if ((size != 3 && size != 4) || !json_is_integer(json_array_get(json, 0)) || !name ||
            (size == 4 && !detail))
                return json_refuse_type(key, "an array of [id, because, name, detail]", reterr);

        id = json_integer_value(json_array_get(json, 0));
        /* the last number means "no id" to the kernel */
        if (id < 0 || id >= UINT32_MAX)
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: %" JSON_INTEGER_FORMAT " is not between 0 and 4294967294",
                                key,
                                id);
        if (ids->count > 0 && id <= (json_int_t) ids->items[ids->count - 1].id)
                return json_refuse_type(key, "sorted", reterr);
        if (because_from_string(json_string_value(json_array_get(json, 1)), &because) < 0)
                return json_refuse_type(key, "known for one of its reasons", reterr);

        return allowed_ids_append(ids, (uint32_t) id, because, name, detail);
}

/* The count has no bound of its own: members of groups are many, and it is the size of the file
 * that its reader bounds. */
static int read_ids(const json_t *json, const char *key, AllowedIds *ret, Failure *reterr) {
        CLEANUP(allowed_ids_done) AllowedIds ids = {};

        if (!json_is_array(json))
                return json_refuse_type(key, "an array", reterr);

        for (size_t i = 0; i < json_array_size(json); i++) {
                int r = read_id(key, json_array_get(json, i), &ids, reterr);

                if (r < 0)
                        return r;
        }

        *ret = ids;
        ids = (AllowedIds){};
        return 0;
}

static int read_unknown_names(const json_t *json, HostFacts *facts, Failure *reterr) {
        JsonPath path = {};
        int r;

        r =
                        json_read_names(json_object_get(json, KEY_UNKNOWN_USERS),
                                        KEY_UNKNOWN_USERS,
                                        SMTP_RESTRICTIONS_ALLOWED_USERS_MAX,
                                        policy_check_name,
                                        &facts->unknown_users,
                                        &path,
                                        reterr);
        if (r < 0)
                return r;

        return json_read_names(
                        json_object_get(json, KEY_UNKNOWN_GROUPS),
                        KEY_UNKNOWN_GROUPS,
                        SMTP_RESTRICTIONS_ALLOWED_GROUPS_MAX,
                        policy_check_name,
                        &facts->unknown_groups,
                        &path,
                        reterr);
}

static int read_denied(const json_t *json, HostFacts *facts, Failure *reterr) {
        const json_t *ids = json_object_get(json, KEY_DENIED);
        const json_t *unknown = json_object_get(json, KEY_UNKNOWN_DENIED);
        JsonPath path = {};
        int r = 0;

        if (ids)
                r = read_ids(ids, KEY_DENIED, &facts->denied, reterr);
        if (r >= 0 && unknown)
                r =
                                json_read_names(unknown,
                                                KEY_UNKNOWN_DENIED,
                                                SMTP_RESTRICTIONS_DENIED_MAIL_USERS_MAX,
                                                policy_check_name,
                                                &facts->unknown_denied,
                                                &path,
                                                reterr);
        return r;
}

int host_facts_from_json(const json_t *json, HostFacts *ret, Failure *reterr) {
        CLEANUP(host_facts_done) HostFacts facts = {};
        JsonPath path = {};
        int r;

        assert(ret);

        r = json_read_port_verdicts(
                        json_object_get(json, KEY_VERDICTS), &facts.verdicts, &path, reterr);
        if (r < 0)
                return r;

        r = read_ids(json_object_get(json, KEY_UIDS), KEY_UIDS, &facts.uids, reterr);
        if (r < 0)
                return r;

        r = read_ids(json_object_get(json, KEY_GIDS), KEY_GIDS, &facts.gids, reterr);
        if (r < 0)
                return r;

        r = read_unknown_names(json, &facts, reterr);
        if (r < 0)
                return r;

        r = read_denied(json, &facts, reterr);
        if (r < 0)
                return r;

        if (!allowed_ids_find(&facts.uids, 0))
                return json_refuse_type(KEY_UIDS, "complete: root is missing", reterr);

        *ret = facts;
        facts = (HostFacts){};
        return 0;
}
