/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "meter/bytes.h"
#include "meter/subject-settings.h"
#include "util/text.h"

/* 0: version, 1: SMTP AUTH, 2: suspension, 3: 0, 4: limits of hour and day; and if it is suspended
 * 12: since when, 20: by whom. */
#define VERSION        1
#define SIZE_PLAIN     12
#define SIZE_SUSPENDED 24

static const char *const auths[_SMTP_AUTH_MAX] = {
        [SMTP_AUTH_INHERIT] = "inherit",
        [SMTP_AUTH_ENABLED] = "enabled",
        [SMTP_AUTH_DISABLED] = "disabled",
};

static const char *const suspensions[_SUSPENSION_MAX] = {
        [SUSPENSION_NONE] = "none",
        [SUSPENSION_HOLD] = "hold",
        [SUSPENSION_REJECT] = "reject",
};

/* The first letter of a key: those of one kind are together. */
static const char letters[_SUBJECT_KIND_MAX] = {
        [SUBJECT_DOMAIN] = 'd',
        [SUBJECT_MAILBOX] = 'm',
        [SUBJECT_USER] = 'u',
};

const char *smtp_auth_to_string(SmtpAuth auth) {
        return auths[auth];
}

const char *suspension_to_string(Suspension suspension) {
        return suspensions[suspension];
}

int smtp_auth_from_string(const char *word, SmtpAuth *ret) {
        for (SmtpAuth i = 0; i < _SMTP_AUTH_MAX; i++)
                if (string_equal(word, auths[i])) {
                        *ret = i;
                        return 0;
                }

        return -EINVAL;
}

int suspension_from_string(const char *word, Suspension *ret) {
        for (Suspension i = 0; i < _SUSPENSION_MAX; i++)
                if (string_equal(word, suspensions[i])) {
                        *ret = i;
                        return 0;
                }

        return -EINVAL;
}

bool subject_settings_are_empty(const SubjectSettings *settings) {
        for (WindowLength i = 0; i < _WINDOW_LENGTH_MAX; i++)
                if (settings->limits[i] > 0)
                        return false;

        return settings->smtp_auth == SMTP_AUTH_INHERIT && settings->suspension == SUSPENSION_NONE;
}

const char *smtp_auth_level_to_string(SmtpAuthLevel level) {
        static const char *const names[_SMTP_AUTH_LEVEL_MAX] = {
                [SMTP_AUTH_LEVEL_MAILBOX] = "mailbox",
                [SMTP_AUTH_LEVEL_DOMAIN] = "domain",
                [SMTP_AUTH_LEVEL_SERVER] = "server",
        };

        return names[level];
}

bool smtp_auth_is_enabled(
                const SubjectSettings *mailbox,
                const SubjectSettings *domain,
                bool server,
                SmtpAuthLevel *ret_level) {
        const SubjectSettings *const levels[] = {
                [SMTP_AUTH_LEVEL_MAILBOX] = mailbox,
                [SMTP_AUTH_LEVEL_DOMAIN] = domain,
        };

        for (size_t i = 0; i < ELEMENTS_OF(levels); i++)
                if (levels[i] && levels[i]->smtp_auth != SMTP_AUTH_INHERIT) {
                        *ret_level = (SmtpAuthLevel) i;
                        return levels[i]->smtp_auth == SMTP_AUTH_ENABLED;
                }

        *ret_level = SMTP_AUTH_LEVEL_SERVER;
        return server;
}

size_t subject_key_encode(SubjectKind kind, const char *name, uint8_t ret[static SUBJECT_KEY_MAX]) {
        size_t size = strlen(name);

        if (size > SUBJECT_SETTINGS_NAME_MAX)
                return 0;

        ret[0] = (uint8_t) letters[kind];
        memcpy(ret + 1, name, size);
        return 1 + size;
}

int subject_key_decode(
                const uint8_t *key,
                size_t size,
                SubjectKind *ret_kind,
                char ret_name[static SUBJECT_KEY_MAX]) {
        const char *letter;

        /* a name is neither empty nor does it end within itself */
        if (size < 2 || size > SUBJECT_KEY_MAX || memchr(key, 0, size))
                return -EINVAL;
        letter = memchr(letters, key[0], sizeof(letters));
        if (!letter)
                return -EINVAL;

        *ret_kind = (SubjectKind) (letter - letters);
        memcpy(ret_name, key + 1, size - 1);
        ret_name[size - 1] = 0;
        return 0;
}

size_t subject_settings_encode(
                const SubjectSettings *settings, uint8_t ret[static SUBJECT_SETTINGS_VALUE_MAX]) {
        ret[0] = VERSION;
        ret[1] = (uint8_t) settings->smtp_auth;
        ret[2] = (uint8_t) settings->suspension;
        ret[3] = 0;
        bytes_put_u32(ret + 4, settings->limits[WINDOW_HOUR]);
        bytes_put_u32(ret + 8, settings->limits[WINDOW_DAY]);
        if (settings->suspension == SUSPENSION_NONE)
                return SIZE_PLAIN;

        bytes_put_u64(ret + SIZE_PLAIN, settings->suspended_usec);
        bytes_put_u32(ret + SIZE_PLAIN + 8, settings->suspended_by);
        return SIZE_SUSPENDED;
}

int subject_settings_decode(const uint8_t *value, size_t size, SubjectSettings *ret) {
        SubjectSettings settings = {};

        if (size < SIZE_PLAIN || value[0] != VERSION || value[1] >= _SMTP_AUTH_MAX ||
            value[2] >= _SUSPENSION_MAX)
                return -EINVAL;
        if (size != (value[2] == SUSPENSION_NONE ? SIZE_PLAIN : SIZE_SUSPENDED))
                return -EINVAL;

        settings.smtp_auth = (SmtpAuth) value[1];
        settings.suspension = (Suspension) value[2];
        settings.limits[WINDOW_HOUR] = bytes_get_u32(value + 4);
        settings.limits[WINDOW_DAY] = bytes_get_u32(value + 8);
        if (settings.suspension != SUSPENSION_NONE) {
                settings.suspended_usec = bytes_get_u64(value + SIZE_PLAIN);
                settings.suspended_by = bytes_get_u32(value + SIZE_PLAIN + 8);
        }

        *ret = settings;
        return 0;
}
