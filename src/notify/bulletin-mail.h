/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The text of a mail. All that comes of strangers was made one line of printable ASCII before
 * (notify/event.h): nothing of it can begin a header, and what people may paste into a shell has it
 * only where it is harmless there. Pure.
 */

#include "notify/bulletin.h"

#define BULLETIN_MAIL_SUBJECTS_MAX 50 /* that are named; of more the number */
#define BULLETIN_MAIL_ITEMS_MAX    2  /* of each, in a mail about several */
#define BULLETIN_MAIL_SIZE_MAX     65536

typedef struct BulletinMail {
        const char *to;
        const char *host;
        BulletinEntry *const *entries;
        size_t count; /* at least 1 */
        uint64_t lost;
        bool last; /* of this hour */
} BulletinMail;

/* With its header. The caller frees. Return: 0 or -ENOMEM. */
WARN_UNUSED int bulletin_mail_write(const BulletinMail *mail, char **ret);
