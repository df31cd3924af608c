/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Whose mail something has become of, for the failed share alone. Pure. */

#include "meter/ring.h"
#include "meter/subject.h"
#include "util/hash.h"

/* Of whom something has become. Lives as long as an outcome refers to it, and as long as there are
 * messages that do not count for him any more. */
typedef struct ShareSender {
        HashNode node;
        RingLink link; /* if .begins_with is set */
        uint64_t references;
        uint64_t begins_with; /* the number of the first message that counts for him */
        uint64_t recipients;
        uint64_t bad;
        /* over the bad ones' receivers: the sum of their hashes, and of the squares of these. n
         * times the one is the square of the other where all n are the same, and else by a chance
         * of one in 2^64. */
        uint64_t sum;
        uint64_t squares;
        SubjectKind kind;
        bool is_forgotten; /* not to be found any more */
        char name[];
} ShareSender;

typedef struct ShareSenderSet {
        ShareSender *items[_SUBJECT_KIND_MAX]; /* NULL: none of that kind */
} ShareSenderSet;

typedef struct ShareSenders {
        HashKey key;
        HashTable table;
        RingLink forgotten; /* who has been, by .begins_with */
} ShareSenders;

void share_senders_init(ShareSenders *senders, const HashKey *key);
/* No set may refer to one. */
void share_senders_done(ShareSenders *senders);

/* NULL: nothing has become of what he has sent. */
ShareSender *share_senders_find(const ShareSenders *senders, SubjectKind kind, const char *name);

/* Those for whom a message with that number counts. `names`: one for each kind, each with its NUL,
 * empty for none. Return: 0; -ENOMEM, and the set is as it was, empty. */
WARN_UNUSED int share_senders_get(
                ShareSenders *senders, const char *names, uint64_t number, ShareSenderSet *set);
void share_senders_drop(ShareSenders *senders, ShareSenderSet *set);

/* Of what he has sent nothing counts before the message with the number `begins_with` (0: there is
 * none before). Return: 0; -ENOMEM, and nothing was changed. */
WARN_UNUSED int share_senders_forget(
                ShareSenders *senders, SubjectKind kind, const char *name, uint64_t begins_with);
/* There are no messages before that one any more. */
void share_senders_let_begin(ShareSenders *senders, uint64_t oldest);
