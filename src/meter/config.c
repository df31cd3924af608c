/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "meter/config.h"
#include "policy/json-value.h"
#include "policy/mail-limits-json.h"
#include "policy/plain-text.h"
#include "util/json.h"
#include "util/text.h"

#define VERSION 1

#define KEY_VERSION       "version"
#define KEY_LIMITS        "limits"
#define KEY_CONTACT       "contact"
#define KEY_DOMAIN_OWNERS "domain_owners"
#define KEY_LOG           "log"
#define KEY_SHARED        "shared_counters"
#define KEY_SHARED_SHARE  "shared_counters_share"
#define KEY_EXIM_UID      "exim_uid"
#define KEY_DENIED_UIDS   "denied_uids"
#define KEY_FREE_UIDS     "free_uids"
#define KEY_OWN_UIDS      "own_uids"

#define STRING_MAX ((size_t) 4096) /* PATH_MAX */

static int compare_uids(const void *a, const void *b) {
        uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;

        return x < y ? -1 : x > y;
}

bool uid_list_contains(const UidList *list, uint32_t uid) {
        return list->count > 0 &&
               bsearch(&uid, list->items, list->count, sizeof(*list->items), compare_uids);
}

void meter_config_done(MeterConfig *config) {
        if (!config)
                return;

        mail_limits_done(&config->limits);
        free(config->contact);
        free(config->domain_owners);
        free(config->shared);
        free(config->log);
        free(config->denied_uids.items);
        free(config->free_uids.items);
        free(config->own_uids.items);
        *config = (MeterConfig){};
}

static int refuse_number(const char *key, Failure *reterr) {
        return json_refuse_type(key, "a number of a user", reterr);
}

static int read_uid(const json_t *json, const char *key, uint32_t *ret, Failure *reterr) {
        json_int_t value = json_integer_value(json);

        /* the last number means "no id" to the kernel */
        if (!json_is_integer(json) || value < 0 || value >= UINT32_MAX)
                return refuse_number(key, reterr);

        *ret = (uint32_t) value;
        return 0;
}

static int read_uids(const json_t *json, const char *key, UidList *ret, Failure *reterr) {
        CLEANUP(freep) uint32_t *items = NULL;
        size_t size = json_array_size(json), count = 0;
        int r;

        if (!json_is_array(json) || size > METER_CONFIG_UIDS_MAX)
                return json_refuse_type(key, "an array of users' numbers", reterr);

        items = calloc(size + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;

        for (size_t i = 0; i < size; i++) {
                r = read_uid(json_array_get(json, i), key, &items[i], reterr);
                if (r < 0)
                        return r;
        }
        qsort(items, size, sizeof(*items), compare_uids);
        for (size_t i = 0; i < size; i++)
                if (count == 0 || items[count - 1] != items[i])
                        items[count++] = items[i];

        ret->items = TAKE(items);
        ret->count = count;
        return 0;
}

static int read_string(const json_t *json, const char *key, char **ret, Failure *reterr) {
        const char *string = json_string_value(json);

        if (!string || !string[0] || strlen(string) != json_string_length(json) ||
            strlen(string) >= STRING_MAX || plain_text_check(string) != 0)
                return json_refuse_type(key, "a plain text", reterr);

        *ret = strdup(string);
        return *ret ? 0 : -ENOMEM;
}

/* Whoever opens it as another user must not be led by its own working directory. */
static int read_path(const json_t *json, const char *key, char **ret, Failure *reterr) {
        int r;

        r = read_string(json, key, ret, reterr);
        if (r >= 0 && (*ret)[0] != '/')
                return json_refuse_type(key, "an absolute path", reterr);
        return r;
}

static int read_percent(const json_t *json, const char *key, uint32_t *ret, Failure *reterr) {
        json_int_t value = json_integer_value(json);

        if (!json_is_integer(json) || value < 1 || value > 100)
                return json_refuse_type(key, "a number from 1 to 100", reterr);

        *ret = (uint32_t) value;
        return 0;
}

/* mail_limits_read_json() would refuse keys that this version does not let anybody set. */
static int read_limits(const json_t *json, MailLimits *limits, Failure *reterr) {
        JsonPath path = {};
        const char *key;
        json_t *value;
        MailLimit limit;
        int r;

        if (!json_is_object(json))
                return json_refuse_type(KEY_LIMITS, "an object", reterr);

        /* jansson's iterators take no const, and change nothing */
        json_object_foreach((json_t *) json, key, value) {
                if (mail_limit_from_key(key, &limit, NULL) < 0 || !mail_limit_needs_meter(limit))
                        return json_refuse_type(KEY_LIMITS, "of limits of the meter alone", reterr);
                r = mail_limits_read_json_value(value, limit, limits, &path, reterr);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int read_version(const json_t *json, Failure *reterr) {
        if (json_is_integer(json) && json_integer_value(json) == VERSION)
                return 0;
        return json_refuse_type(KEY_VERSION, "1, the one that this version reads", reterr);
}

static int read_key(const char *key, const json_t *json, MeterConfig *config, Failure *reterr) {
        if (string_equal(key, KEY_VERSION))
                return read_version(json, reterr);
        if (string_equal(key, KEY_LIMITS))
                return read_limits(json, &config->limits, reterr);
        if (string_equal(key, KEY_CONTACT))
                return read_string(json, key, &config->contact, reterr);
        if (string_equal(key, KEY_DOMAIN_OWNERS))
                return read_path(json, key, &config->domain_owners, reterr);
        if (string_equal(key, KEY_LOG))
                return read_path(json, key, &config->log, reterr);
        if (string_equal(key, KEY_SHARED))
                return read_string(json, key, &config->shared, reterr);
        if (string_equal(key, KEY_SHARED_SHARE))
                return read_percent(json, key, &config->shared_percent, reterr);
        if (string_equal(key, KEY_EXIM_UID))
                return read_uid(json, key, &config->exim_uid, reterr);
        if (string_equal(key, KEY_DENIED_UIDS))
                return read_uids(json, key, &config->denied_uids, reterr);
        if (string_equal(key, KEY_FREE_UIDS))
                return read_uids(json, key, &config->free_uids, reterr);
        if (string_equal(key, KEY_OWN_UIDS))
                return read_uids(json, key, &config->own_uids, reterr);

        /* the key is foreign text, and the words behind it are enough */
        return failure_set(reterr, -EINVAL, FAILURE_INVALID_VALUE, "unknown key");
}

int meter_config_from_text(const char *text, size_t size, MeterConfig *ret, Failure *reterr) {
        CLEANUP(meter_config_done)
        MeterConfig config = { .shared_percent = SMTP_RESTRICTIONS_SHARED_SHARE_DEFAULT };
        CLEANUP(json_decrefp) json_t *json = NULL;
        const char *key;
        json_t *value;
        int r;

        assert(text && ret);

        if (size > METER_CONFIG_SIZE_MAX)
                return failure_set(reterr, -EINVAL, FAILURE_INVALID_VALUE, "too large");

        r = json_from_text(text, size, &json, reterr);
        if (r < 0)
                return r;
        if (!json_object_get(json, KEY_VERSION) || !json_object_get(json, KEY_EXIM_UID))
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                KEY_VERSION " or " KEY_EXIM_UID " is missing");

        json_object_foreach(json, key, value) {
                r = read_key(key, value, &config, reterr);
                if (r < 0)
                        return r;
        }

        *ret = config;
        config = (MeterConfig){};
        return 0;
}

static int put_string(json_t *json, const char *key, const char *string) {
        return string ? json_object_set_new(json, key, json_string(string)) : 0;
}

static json_t *uids_to_json(const UidList *list) {
        CLEANUP(json_decrefp) json_t *array = json_array();

        for (size_t i = 0; i < list->count; i++)
                if (json_array_append_new(array, json_integer(list->items[i])) < 0)
                        return NULL;

        return TAKE(array);
}

int meter_config_to_text(const MeterConfig *config, char **ret_text, size_t *ret_size) {
        CLEANUP(json_decrefp) json_t *json = json_object();

        assert(config && ret_text && ret_size);

        if (json_object_set_new(json, KEY_VERSION, json_integer(VERSION)) < 0 ||
            json_object_set_new(json, KEY_LIMITS, mail_limits_to_json(&config->limits)) < 0 ||
            put_string(json, KEY_CONTACT, config->contact) < 0 ||
            put_string(json, KEY_DOMAIN_OWNERS, config->domain_owners) < 0 ||
            put_string(json, KEY_LOG, config->log) < 0 ||
            put_string(json, KEY_SHARED, config->shared) < 0 ||
            (config->shared &&
             json_object_set_new(json, KEY_SHARED_SHARE, json_integer(config->shared_percent)) <
                             0) ||
            json_object_set_new(json, KEY_EXIM_UID, json_integer(config->exim_uid)) < 0 ||
            json_object_set_new(json, KEY_DENIED_UIDS, uids_to_json(&config->denied_uids)) < 0 ||
            json_object_set_new(json, KEY_FREE_UIDS, uids_to_json(&config->free_uids)) < 0 ||
            json_object_set_new(json, KEY_OWN_UIDS, uids_to_json(&config->own_uids)) < 0)
                return -ENOMEM;

        return json_to_text(json, JSON_INDENT(4), ret_text, ret_size);
}
