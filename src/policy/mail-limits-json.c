/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "policy/json-value.h"
#include "policy/mail-limits-json.h"

static json_t *limit_to_json(const MailLimits *limits, MailLimit limit) {
        switch (mail_limit_infos[limit].type) {
        case MAIL_LIMIT_TYPE_HOSTS:
        case MAIL_LIMIT_TYPE_USERS:
                return json_from_names(&limits->lists[limit]);
        case MAIL_LIMIT_TYPE_BOOL:
                return json_boolean(limits->value[limit] > 0);
        case MAIL_LIMIT_TYPE_CHOICE:
                return json_string(mail_limits_choice(limits, limit));
        case MAIL_LIMIT_TYPE_U32:
        case MAIL_LIMIT_TYPE_U64:
        default:
                return json_integer((json_int_t) limits->value[limit]);
        }
}

json_t *mail_limits_to_json(const MailLimits *limits) {
        CLEANUP(json_decrefp) json_t *object = json_object();

        for (MailLimit i = 0; i < _MAIL_LIMIT_MAX; i++)
                if (limits->set[i] &&
                    json_object_set_new(object, mail_limit_infos[i].key, limit_to_json(limits, i)) <
                                    0)
                        return NULL;

        return TAKE(object);
}

static const char *type_in_words(MailLimit limit) {
        switch (mail_limit_infos[limit].type) {
        case MAIL_LIMIT_TYPE_HOSTS:
                return "an array of addresses";
        case MAIL_LIMIT_TYPE_USERS:
                return "an array of names";
        case MAIL_LIMIT_TYPE_BOOL:
                return "true or false";
        case MAIL_LIMIT_TYPE_CHOICE:
                return "a text";
        default:
                return "an integer";
        }
}

static int refuse(MailLimit limit, Failure *reterr) {
        return json_refuse_type(mail_limit_infos[limit].key, type_in_words(limit), reterr);
}

/* NULL: it is none, or would be cut at a NUL. */
static const char *string_of(const json_t *json) {
        const char *string = json_string_value(json);

        return string && strlen(string) == json_string_length(json) ? string : NULL;
}

static int read_list(
                const json_t *json,
                MailLimit limit,
                MailLimits *limits,
                JsonPath *path,
                Failure *reterr) {
        const MailLimitInfo *info = &mail_limit_infos[limit];
        CLEANUP(string_list_done) StringList list = {};
        int r;

        if (!json_is_array(json))
                return refuse(limit, reterr);
        r = policy_check_count(info->key, json_array_size(json), info->min, info->max, reterr);
        if (r < 0)
                return r;

        for (size_t i = 0; i < json_array_size(json); i++) {
                const char *entry = string_of(json_array_get(json, i));

                json_path_push_index(path, i);
                if (!entry)
                        return refuse(limit, reterr);
                r = string_list_append(&list, entry);
                if (r < 0)
                        return r;
                json_path_pop(path);
        }

        return mail_limits_set_list(limits, limit, &list, reterr);
}

static int read_number(const json_t *json, MailLimit limit, MailLimits *limits, Failure *reterr) {
        const MailLimitInfo *info = &mail_limit_infos[limit];

        if (!json_is_integer(json))
                return refuse(limit, reterr);
        if (json_integer_value(json) < 0)
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: %" JSON_INTEGER_FORMAT " is not between %" PRIu64
                                " and %" PRIu64,
                                info->key,
                                json_integer_value(json),
                                info->min,
                                info->max);

        return mail_limits_set(limits, limit, (uint64_t) json_integer_value(json), reterr);
}

int mail_limits_read_json_value(
                const json_t *json,
                MailLimit limit,
                MailLimits *limits,
                JsonPath *path,
                Failure *reterr) {
        switch (mail_limit_infos[limit].type) {
        case MAIL_LIMIT_TYPE_HOSTS:
        case MAIL_LIMIT_TYPE_USERS:
                return read_list(json, limit, limits, path, reterr);
        case MAIL_LIMIT_TYPE_BOOL:
                if (!json_is_boolean(json))
                        return refuse(limit, reterr);
                return mail_limits_set(limits, limit, json_is_true(json) ? 1 : 0, reterr);
        case MAIL_LIMIT_TYPE_CHOICE:
                if (!string_of(json))
                        return refuse(limit, reterr);
                return mail_limits_set_choice(limits, limit, string_of(json), reterr);
        case MAIL_LIMIT_TYPE_U32:
        case MAIL_LIMIT_TYPE_U64:
        default:
                return read_number(json, limit, limits, reterr);
        }
}

int mail_limits_read_json(const json_t *json, MailLimits *limits, JsonPath *path, Failure *reterr) {
        const char *key;
        json_t *value;
        MailLimit limit;
        int r;

        if (!json_is_object(json))
                return json_refuse_type(SMTP_RESTRICTIONS_KEY_MAIL_LIMITS, "an object", reterr);

        /* jansson's iterators take no const, and change nothing */
        json_object_foreach((json_t *) json, key, value) {
                json_path_push_key(path, key);
                r = mail_limit_from_key(key, &limit, reterr);
                if (r < 0)
                        return -EINVAL;
                r = mail_limits_read_json_value(value, limit, limits, path, reterr);
                if (r < 0)
                        return r;
                json_path_pop(path);
        }

        return 0;
}
