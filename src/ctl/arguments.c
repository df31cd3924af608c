/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <ctype.h>
#include <errno.h>

#include "ctl/arguments.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/parse.h"
#include "util/text.h"

#define LIMIT_PREFIX SMTP_RESTRICTIONS_KEY_MAIL_LIMITS "."

typedef struct KnownKey {
        const char *name;
        ValueType type;
        bool is_limit;
} KnownKey;

/* clang-format off */
static const KnownKey known_keys[] = {
        { SMTP_RESTRICTIONS_KEY_ENABLED,                    VALUE_BOOLEAN, false },
        { SMTP_RESTRICTIONS_KEY_PORT_VERDICTS,              VALUE_PORTS,   false },
        { SMTP_RESTRICTIONS_KEY_OBSERVE,                    VALUE_BOOLEAN, false },
        { SMTP_RESTRICTIONS_KEY_ALLOWED_USERS,              VALUE_NAMES,   false },
        { SMTP_RESTRICTIONS_KEY_ALLOWED_GROUPS,             VALUE_NAMES,   false },
        { SMTP_RESTRICTIONS_KEY_CUT_EXISTING,               VALUE_BOOLEAN, false },
        { SMTP_RESTRICTIONS_KEY_FORWARDED,                  VALUE_STRING,  false },
        { SMTP_RESTRICTIONS_KEY_FORWARDED_INTERFACES,       VALUE_NAMES,   false },
        { SMTP_RESTRICTIONS_KEY_FORWARDED_NETWORKS,         VALUE_NAMES,   false },
        { SMTP_RESTRICTIONS_KEY_CONTACT,                    VALUE_STRING,  false },
        { SMTP_RESTRICTIONS_KEY_DOMAIN_OWNERS,              VALUE_STRING,  false },
        { SMTP_RESTRICTIONS_KEY_SHARED_COUNTERS,            VALUE_STRING,  false },
        { SMTP_RESTRICTIONS_KEY_SHARED_SHARE,               VALUE_NUMBER,  false },
        { SMTP_RESTRICTIONS_LIMIT_SMTP_ACCEPT_MAX,          VALUE_NUMBER,  true  },
        { SMTP_RESTRICTIONS_LIMIT_SMTP_ACCEPT_MAX_PER_HOST, VALUE_NUMBER,  true  },
        { SMTP_RESTRICTIONS_LIMIT_SMTP_ACCEPT_MAX_PER_CONNECTION, VALUE_NUMBER, true },
        { SMTP_RESTRICTIONS_LIMIT_SMTP_ACCEPT_QUEUE,        VALUE_NUMBER,  true  },
        { SMTP_RESTRICTIONS_LIMIT_SMTP_ACCEPT_RESERVE,      VALUE_NUMBER,  true  },
        { SMTP_RESTRICTIONS_LIMIT_SMTP_RESERVE_HOSTS,       VALUE_NAMES,   true  },
        { SMTP_RESTRICTIONS_LIMIT_RECIPIENTS_MAX,           VALUE_NUMBER,  true  },
        { SMTP_RESTRICTIONS_LIMIT_MESSAGE_SIZE_LIMIT,       VALUE_SIZE,    true  },
        { SMTP_RESTRICTIONS_LIMIT_REQUIRE_AUTH,             VALUE_BOOLEAN, true  },
        { SMTP_RESTRICTIONS_LIMIT_RELAY_EXCEPTIONS,         VALUE_NAMES,   true  },
        { SMTP_RESTRICTIONS_LIMIT_HOURLY_PER_DOMAIN,          VALUE_NUMBER,  true  },
        { SMTP_RESTRICTIONS_LIMIT_HOURLY_PER_MAILBOX,         VALUE_NUMBER,  true  },
        { SMTP_RESTRICTIONS_LIMIT_HOURLY_PER_USER,            VALUE_NUMBER,  true  },
        { SMTP_RESTRICTIONS_LIMIT_DAILY_PER_DOMAIN,           VALUE_NUMBER,  true  },
        { SMTP_RESTRICTIONS_LIMIT_DAILY_PER_MAILBOX,          VALUE_NUMBER,  true  },
        { SMTP_RESTRICTIONS_LIMIT_DAILY_PER_USER,             VALUE_NUMBER,  true  },
        { SMTP_RESTRICTIONS_LIMIT_OVER_LIMIT_ACTION,          VALUE_STRING,  true  },
        { SMTP_RESTRICTIONS_LIMIT_OVER_LIMIT_PERCENT,         VALUE_NUMBER,  true  },
        { SMTP_RESTRICTIONS_LIMIT_FAIL_DEFER_PERCENT,         VALUE_NUMBER,  true  },
        { SMTP_RESTRICTIONS_LIMIT_FAIL_DEFER_MINIMUM,         VALUE_NUMBER,  true  },
        { SMTP_RESTRICTIONS_LIMIT_FAIL_DEFER_ACTION,          VALUE_STRING,  true  },
        { SMTP_RESTRICTIONS_LIMIT_DENIED_MAIL_USERS,          VALUE_NAMES,   true  },
        { SMTP_RESTRICTIONS_LIMIT_SMTP_AUTH,                  VALUE_STRING,  true  },
        { SMTP_RESTRICTIONS_LIMIT_METER_FALLBACK,             VALUE_STRING,  true  },
        { SMTP_RESTRICTIONS_LIMIT_COUNT_MAILMAN,              VALUE_BOOLEAN, true  },
};
/* clang-format on */

static void argument_done(Argument *argument) {
        free(argument->key);
        json_decref(argument->value);
        *argument = (Argument){};
}

void change_done(Change *change) {
        for (size_t i = 0; i < change->count; i++)
                argument_done(&change->items[i]);
        free(change->items);
        *change = (Change){};
}

static int usage(Failure *reterr, const char *word, const char *text) {
        CLEANUP(freep) char *quoted = string_quote(word, strlen(word), 80);

        (void) failure_set(
                        reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        "'%s': %s",
                        quoted ? quoted : "",
                        text);
        return CHANGE_E_USAGE;
}

static int invalid(Failure *reterr, const char *key, const char *value, const char *text) {
        CLEANUP(freep) char *quoted = string_quote(value, strlen(value), 80);

        return failure_set(
                        reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        "%s: '%s' %s",
                        key,
                        quoted ? quoted : "",
                        text);
}

static int take_json(json_t *value, json_t **ret) {
        if (!value)
                return -ENOMEM;

        *ret = value;
        return 0;
}

/* Return: 1 for yes, 0 for no, -EINVAL. */
static int boolean_from_string(const char *string) {
        if (string_equal(string, "yes") || string_equal(string, "true") ||
            string_equal(string, "on"))
                return 1;
        if (string_equal(string, "no") || string_equal(string, "false") ||
            string_equal(string, "off"))
                return 0;

        return -EINVAL;
}

/* For keys that this program does not know yet: a newer service may, and an older one says in its
 * own words that it does not. */
static ValueType guess_type(const char *value, Operation operation) {
        uint64_t number;

        if (operation != OPERATION_SET)
                return VALUE_NAMES;
        if (boolean_from_string(value) >= 0)
                return VALUE_BOOLEAN;
        if (parse_u64(value, UINT64_MAX, &number) != -EINVAL)
                return VALUE_NUMBER;

        return VALUE_STRING;
}

static int parse_number(
                const char *key, const char *value, uint64_t max, json_t **ret, Failure *reterr) {
        uint64_t number;
        int r;

        r = parse_u64(value, max, &number);
        if (r == -ERANGE)
                return invalid(reterr, key, value, "is too large");
        if (r < 0)
                return invalid(reterr, key, value, "is not a number");

        return take_json(json_integer((json_int_t) number), ret);
}

static int parse_string(const char *key, const char *value, json_t **ret, Failure *reterr) {
        CLEANUP(json_decrefp) json_t *string = json_string(value);

        if (!string)
                return invalid(reterr, key, value, "is not UTF-8");

        *ret = TAKE(string);
        return 0;
}

static int add_name(const char *key, const char *name, json_t *list, Failure *reterr) {
        CLEANUP(json_decrefp) json_t *string = NULL;
        int r;

        if (!*name)
                return invalid(reterr, key, name, "is no name; write NAME,NAME");

        r = parse_string(key, name, &string, reterr);
        if (r < 0)
                return r;

        return json_array_append_new(list, TAKE(string)) < 0 ? -ENOMEM : 0;
}

/* PORT:VERDICT, or PORT alone where it is taken away. `item` is cut at the colon. */
static int add_port(
                const char *key, char *item, Operation operation, json_t *ports, Failure *reterr) {
        CLEANUP(freep) char *name = NULL;
        CLEANUP(json_decrefp) json_t *verdict = NULL;
        char *colon = strchr(item, ':');
        uint16_t port;
        int r;

        if (!colon && operation != OPERATION_REMOVE)
                return invalid(reterr, key, item, "is not PORT:redirect or PORT:reject");
        if (colon && operation != OPERATION_REMOVE)
                r = parse_string(key, colon + 1, &verdict, reterr);
        else
                r = take_json(json_null(), &verdict);
        if (r < 0)
                return r;

        if (colon)
                *colon = 0;
        if (parse_port(item, &port) < 0)
                return invalid(reterr, key, item, "is not a port from 1 to 65535");

        name = string_format("%u", (unsigned) port);
        if (!name)
                return -ENOMEM;
        if (json_object_get(ports, name))
                return invalid(reterr, key, name, "is given twice");

        return json_object_set_new(ports, name, TAKE(verdict)) < 0 ? -ENOMEM : 0;
}

static int parse_list(const Argument *argument, const char *value, json_t **ret, Failure *reterr) {
        CLEANUP(json_decrefp) json_t *list = NULL;
        CLEANUP(freep) char *copy = NULL;
        char *rest, *item;
        int r;

        list = argument->type == VALUE_PORTS ? json_object() : json_array();
        rest = copy = strdup(value);
        if (!list || !copy)
                return -ENOMEM;

        /* nothing behind the sign is an empty list, not a list of one empty name */
        while (*value && (item = strsep(&rest, ","))) {
                r = argument->type == VALUE_PORTS ? add_port(argument->key,
                                                             item,
                                                             argument->operation,
                                                             list,
                                                             reterr)
                                                  : add_name(argument->key, item, list, reterr);
                if (r < 0)
                        return r;
        }

        *ret = TAKE(list);
        return 0;
}

static int parse_value(Argument *argument, const char *value, Failure *reterr) {
        int yes;

        switch (argument->type) {
        case VALUE_BOOLEAN:
                yes = boolean_from_string(value);
                if (yes < 0)
                        return invalid(reterr, argument->key, value, "is neither yes nor no");
                return take_json(json_boolean(yes), &argument->value);
        case VALUE_NUMBER:
                return parse_number(argument->key, value, UINT32_MAX, &argument->value, reterr);
        case VALUE_SIZE:
                return parse_number(argument->key, value, INT64_MAX, &argument->value, reterr);
        case VALUE_STRING:
                return parse_string(argument->key, value, &argument->value, reterr);
        case VALUE_NAMES:
        case VALUE_PORTS:
                return parse_list(argument, value, &argument->value, reterr);
        }

        assert(false);
        return -EINVAL;
}

static const KnownKey *find_known_key(const char *key, bool only_limits) {
        for (size_t i = 0; i < ELEMENTS_OF(known_keys); i++)
                if (string_equal(key, known_keys[i].name) &&
                    (known_keys[i].is_limit || !only_limits))
                        return &known_keys[i];

        return NULL;
}

int argument_find_type(const char *key, bool is_limit, ValueType *ret) {
        const KnownKey *known = find_known_key(key, is_limit);

        if (!known || known->is_limit != is_limit)
                return -ENOENT;

        *ret = known->type;
        return 0;
}

const char *argument_key_at(size_t index, ValueType *ret_type, bool *ret_is_limit) {
        if (index >= ELEMENTS_OF(known_keys))
                return NULL;

        *ret_type = known_keys[index].type;
        *ret_is_limit = known_keys[index].is_limit;
        return known_keys[index].name;
}

static void find_type(Argument *argument, const char *value) {
        const KnownKey *known = find_known_key(argument->key, argument->is_limit);

        if (!known) {
                argument->type = guess_type(value, argument->operation);
                return;
        }

        argument->type = known->type;
        argument->is_limit = known->is_limit;
}

static int split_word(const char *word, Argument *argument, const char **ret_value) {
        size_t size = 0;
        const char *name;

        name = string_after_prefix(word, LIMIT_PREFIX);
        argument->is_limit = name != NULL;
        if (!name)
                name = word;

        while (isalnum((unsigned char) name[size]))
                size++;
        if (size == 0)
                return CHANGE_E_USAGE;

        argument->operation = name[size] == '+'   ? OPERATION_ADD
                              : name[size] == '-' ? OPERATION_REMOVE
                                                  : OPERATION_SET;
        argument->key = strndup(name, size);
        if (!argument->key)
                return -ENOMEM;

        size += argument->operation != OPERATION_SET;
        if (name[size] != '=')
                return CHANGE_E_USAGE;

        *ret_value = name + size + 1;
        return 0;
}

static int argument_parse(
                const char *word, ArgumentScope scope, Argument *argument, Failure *reterr) {
        const char *value;
        int r;

        r = split_word(word, argument, &value);
        if (r == CHANGE_E_USAGE)
                return usage(reterr, word, "is not KEY=VALUE");
        if (r < 0)
                return r;

        if (scope == ARGUMENT_LIMITS)
                argument->is_limit = true;
        find_type(argument, value);

        if (argument->operation != OPERATION_SET && argument->type != VALUE_NAMES &&
            argument->type != VALUE_PORTS)
                return usage(reterr, word, "only lists can be added to; write KEY=VALUE");

        return parse_value(argument, value, reterr);
}

static bool same_key(const Argument *a, const Argument *b) {
        return a->is_limit == b->is_limit && string_equal(a->key, b->key);
}

int change_parse(
                const char *const words[],
                size_t count,
                ArgumentScope scope,
                Change *ret,
                Failure *reterr) {
        CLEANUP(change_done) Change change = {};
        int r;

        change.items = calloc(MAX_OF(count, (size_t) 1), sizeof(*change.items));
        if (!change.items)
                return -ENOMEM;

        for (size_t i = 0; i < count; i++) {
                Argument *argument = &change.items[change.count++];

                r = argument_parse(words[i], scope, argument, reterr);
                if (r != 0)
                        return r;

                for (size_t k = 0; k < i; k++)
                        if (argument->operation == OPERATION_SET &&
                            same_key(argument, &change.items[k]))
                                return usage(reterr, words[i], "the key is given twice");
        }

        *ret = change;
        change = (Change){};
        return 0;
}
