/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "meter/subject.h"
#include "util/text.h"

const char *subject_kind_to_string(SubjectKind kind) {
        static const char *const names[_SUBJECT_KIND_MAX] = {
                [SUBJECT_DOMAIN] = "domain",
                [SUBJECT_MAILBOX] = "mailbox",
                [SUBJECT_USER] = "user",
        };

        return names[kind];
}

/* ASCII only: what is not means itself, whatever the locale. */
static char to_lower(char c) {
        return c >= 'A' && c <= 'Z' ? (char) (c - 'A' + 'a') : c;
}

static bool is_domain_byte(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr(".-_[]:", c) ||
               (unsigned char) c >= 0x80;
}

/* The domain of an address, empty if it has none that a domain could be. */
static void find_domain(const char *address, size_t size, char ret[static SUBJECT_NAME_SIZE]) {
        const char *at = size > 0 ? memrchr(address, '@', size) : NULL;
        size_t domain_size = at ? size - (size_t) (at + 1 - address) : 0;

        ret[0] = 0;
        if (domain_size > 0 && at[domain_size] == '.')
                domain_size--;
        if (domain_size == 0 || domain_size > OWNERS_DOMAIN_MAX)
                return;

        for (size_t i = 0; i < domain_size; i++) {
                ret[i] = to_lower(at[1 + i]);
                if (!ret[i] || !is_domain_byte(ret[i])) {
                        ret[0] = 0;
                        return;
                }
        }
        ret[domain_size] = 0;
}

static void find_mailbox(const char *auth_id, size_t size, char ret[static SUBJECT_NAME_SIZE]) {
        size_t used = MIN_OF(size, (size_t) SUBJECT_NAME_MAX);

        for (size_t i = 0; i < used; i++)
                ret[i] = to_lower(auth_id[i]);
        ret[used] = 0;
}

/* Does one of the names that sent this, as a login or as a user of this host, own the domain? */
static bool may_claim(
                const char *domain,
                const char *login,
                const Origin *origin,
                const Owners *owners,
                const UserNames *users) {
        char number[16];

        if (!owners || (origin->is_from_here && !login[0] && !origin->has_uid))
                return true;
        if (login[0] && owners_has(owners, domain, login))
                return true;
        if (!origin->has_uid)
                return false;

        (void) snprintf(number, sizeof(number), "%" PRIu32, origin->uid);
        return owners_has(owners, domain, user_names_find(users, origin->uid)) ||
               owners_has(owners, domain, number);
}

void subjects_find(
                const Origin *origin, const Owners *owners, const UserNames *users, Subjects *ret) {
        char *domain = ret->names[SUBJECT_DOMAIN];
        char *mailbox = ret->names[SUBJECT_MAILBOX];
        char *user = ret->names[SUBJECT_USER];

        find_mailbox(origin->auth_id, origin->auth_id_size, mailbox);
        user[0] = 0;
        if (origin->has_uid)
                (void) snprintf(user, SUBJECT_NAME_SIZE, "%" PRIu32, origin->uid);

        find_domain(origin->auth_id, origin->auth_id_size, domain);
        if (domain[0] || (!mailbox[0] && !origin->has_uid && !origin->is_from_here))
                return;

        find_domain(origin->sender, origin->sender_size, domain);
        if (domain[0] && !may_claim(domain, mailbox, origin, owners, users))
                domain[0] = 0;
}

bool subjects_are_empty(const Subjects *subjects) {
        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++)
                if (subjects->names[i][0])
                        return false;

        return true;
}
