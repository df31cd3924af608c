/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "notify/settings.h"
#include "util/parse.h"
#include "util/text.h"

#define TO_DEFAULT       "root"
#define ATTEMPTS_DEFAULT 20
#define GATHER_DEFAULT   30 /* seconds */

#define ATTEMPTS_MAX 1000000
#define GATHER_MAX   3600

/* The words of EVENTS. */
static const char *const words[_EVENT_KIND_MAX] = {
        [EVENT_HELD] = "held",        [EVENT_LIMIT] = "limits",  [EVENT_SUSPENDED] = "suspended",
        [EVENT_ATTEMPT] = "attempts", [EVENT_HEALTH] = "health", [EVENT_PROBLEM] = "health",
};

static bool set_kind(const char *word, size_t size, bool kinds[_EVENT_KIND_MAX]) {
        bool found = false;

        for (EventKind kind = 0; kind < _EVENT_KIND_MAX; kind++)
                if (words[kind] && strlen(words[kind]) == size &&
                    strncmp(words[kind], word, size) == 0)
                        found = kinds[kind] = true;
        return found;
}

static const char *read_events(const char *value, BulletinOptions *options) {
        memset(options->kinds, 0, sizeof(options->kinds));
        for (value += strspn(value, " "); *value; value += strspn(value, " ")) {
                size_t size = strcspn(value, " ");

                if (!set_kind(value, size, options->kinds))
                        return "EVENTS takes held, limits, suspended, attempts and health";
                value += size;
        }
        return NULL;
}

/* It becomes an argument of sendmail and a line of a header. */
static bool is_recipient(const char *value) {
        if (*value == '-' || strlen(value) > SETTINGS_TO_SIZE_MAX)
                return false;
        for (; *value; value++)
                if (*value <= ' ' || *value > '~' || strchr(",;<>()\"\\", *value))
                        return false;
        return true;
}

static const char *read_one(const char *name, const char *value, Settings *settings) {
        uint64_t number;

        if (string_equal(name, "MAIL_TO")) {
                if (!is_recipient(value))
                        return "MAIL_TO takes one address, or nothing for no mail";
                settings->to = value;
        } else if (string_equal(name, "EVENTS"))
                return read_events(value, &settings->bulletin);
        else if (string_equal(name, "ATTEMPTS_MIN")) {
                if (parse_u64(value, ATTEMPTS_MAX, &number) < 0 || number == 0)
                        return "ATTEMPTS_MIN takes a number from 1 to 1000000";
                settings->bulletin.attempts_min = number;
        } else if (string_equal(name, "GATHER_SECONDS")) {
                if (parse_u64(value, GATHER_MAX, &number) < 0)
                        return "GATHER_SECONDS takes a number from 0 to 3600";
                settings->bulletin.gather_usec = number * USEC_PER_SEC;
        }

        return NULL;
}

static const char *const names[] = { "MAIL_TO", "EVENTS", "ATTEMPTS_MIN", "GATHER_SECONDS" };

/* The name of ours that the string gives a value to, or NULL. */
static const char *name_of(const char *string) {
        for (size_t i = 0; i < ELEMENTS_OF(names); i++) {
                const char *rest = string_after_prefix(string, names[i]);

                if (rest && *rest == '=')
                        return names[i];
        }
        return NULL;
}

int settings_read(char *const strings[], Settings *ret, const char **reterr) {
        Settings settings = {
                .to = TO_DEFAULT,
                .bulletin = {
                        .attempts_min = ATTEMPTS_DEFAULT,
                        .gather_usec = GATHER_DEFAULT * USEC_PER_SEC,
                },
        };
        const char *wrong = NULL;

        assert(strings && ret && reterr);

        for (EventKind kind = 0; kind < _EVENT_KIND_MAX; kind++)
                settings.bulletin.kinds[kind] = words[kind];
        for (; *strings && !wrong; strings++) {
                const char *name = name_of(*strings);

                if (name)
                        wrong = read_one(name, *strings + strlen(name) + 1, &settings);
        }
        if (wrong) {
                *reterr = wrong;
                return -EINVAL;
        }

        *ret = settings;
        return 0;
}
