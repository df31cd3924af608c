/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What is set for one subject by name: limits of its own, whether it may log in to send, whether it
 * is suspended; and its form on disk. Pure.
 */

#include "meter/subject.h"
#include "meter/window.h"

typedef enum SmtpAuth {
        SMTP_AUTH_INHERIT, /* of a mailbox: as its domain; of a domain: as the server */
        SMTP_AUTH_ENABLED,
        SMTP_AUTH_DISABLED,
        _SMTP_AUTH_MAX,
} SmtpAuth;

/* From the best to the worst. */
typedef enum Suspension {
        SUSPENSION_NONE,
        SUSPENSION_HOLD,   /* new mail is accepted, and nothing leaves */
        SUSPENSION_REJECT, /* new mail is refused, and nothing leaves */
        _SUSPENSION_MAX,
} Suspension;

/* Zero-initialized: nothing is set. */
typedef struct SubjectSettings {
        uint32_t limits[_WINDOW_LENGTH_MAX]; /* 0: as all of its kind */
        SmtpAuth smtp_auth;                  /* not of a user */
        Suspension suspension;
        uint64_t suspended_usec; /* CLOCK_REALTIME: since when */
        uint32_t suspended_by;   /* uid */
} SubjectSettings;

/* "inherit", "enabled", "disabled"; "none", "hold", "reject". */
const char *smtp_auth_to_string(SmtpAuth auth);
const char *suspension_to_string(Suspension suspension);
/* Return: 0, or -EINVAL if it is none of these words. */
WARN_UNUSED int smtp_auth_from_string(const char *word, SmtpAuth *ret);
WARN_UNUSED int suspension_from_string(const char *word, Suspension *ret);

/* Nothing is set: it need not be kept. */
bool subject_settings_are_empty(const SubjectSettings *settings);

/* The nearest that is not "inherit" counts: the mailbox, its domain, the server. What is NULL has
 * said nothing. */
typedef enum SmtpAuthLevel {
        SMTP_AUTH_LEVEL_MAILBOX,
        SMTP_AUTH_LEVEL_DOMAIN,
        SMTP_AUTH_LEVEL_SERVER,
        _SMTP_AUTH_LEVEL_MAX,
} SmtpAuthLevel;

/* "mailbox", "domain", "server". */
const char *smtp_auth_level_to_string(SmtpAuthLevel level);

bool smtp_auth_is_enabled(
                const SubjectSettings *mailbox,
                const SubjectSettings *domain,
                bool server,
                SmtpAuthLevel *ret_level);

/* LMDB's keys end at 511 bytes. A longer name can have no settings. */
#define SUBJECT_KEY_MAX            ((size_t) 511)
#define SUBJECT_SETTINGS_NAME_MAX  (SUBJECT_KEY_MAX - 1)
#define SUBJECT_SETTINGS_VALUE_MAX ((size_t) 24)

/* Return: the size; of a key 0, if the name is too long to be one. */
size_t subject_key_encode(SubjectKind kind, const char *name, uint8_t ret[static SUBJECT_KEY_MAX]);
size_t subject_settings_encode(
                const SubjectSettings *settings, uint8_t ret[static SUBJECT_SETTINGS_VALUE_MAX]);

/* Return: 0, or -EINVAL if it is none of the above. */
WARN_UNUSED int subject_key_decode(
                const uint8_t *key,
                size_t size,
                SubjectKind *ret_kind,
                char ret_name[static SUBJECT_KEY_MAX]);
WARN_UNUSED int subject_settings_decode(const uint8_t *value, size_t size, SubjectSettings *ret);
