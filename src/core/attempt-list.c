/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "core/attempt-list.h"

static void attempt_user_done(AttemptUser *user) {
        free(user->name);
        free(user->destinations);
        *user = (AttemptUser){};
}

void attempt_list_done(AttemptList *list) {
        for (size_t i = 0; i < list->count; i++)
                attempt_user_done(&list->users[i]);
        free(list->users);
        *list = (AttemptList){};
}

static void read_destination(const Attempt *attempt, uint64_t now_usec, AttemptDestination *ret) {
        *ret = (AttemptDestination){
                .port = attempt->port,
                .verdict = attempt_set_verdict(attempt->set),
                .count = attempt->packets,
                .last_usec = attempt_last_usec(attempt, now_usec),
        };
        /* fails for no family that it knows and a buffer of this size */
        (void) inet_ntop(
                        attempt_set_is_v6(attempt->set) ? AF_INET6 : AF_INET,
                        attempt->address,
                        ret->address,
                        sizeof(ret->address));
}

/*
 * `items` are those of one user. Where the set of users was full when he came, he is known by his
 * destinations alone.
 */
static int read_user(
                const Attempt *items,
                size_t count,
                const AttemptBook *book,
                uint64_t now_usec,
                AttemptUser *ret) {
        bool has_total = items[0].set == ATTEMPTS_USERS;
        size_t first = has_total ? 1 : 0,
               shown = MIN_OF(count - first, (size_t) ATTEMPT_LIST_DESTINATIONS_MAX);
        AttemptUser user = {
                .uid = items[0].uid,
                .destination_count = shown,
                .destinations_known = count - first,
        };

        user.destinations = calloc(shown + 1, sizeof(AttemptDestination));
        if (!user.destinations)
                return -ENOMEM;

        for (size_t i = 0; i < count; i++) {
                if (i < first || !has_total)
                        user.count += items[i].packets;
                user.last_usec = MAX_OF(user.last_usec, attempt_last_usec(&items[i], now_usec));
                if (i >= first && i - first < shown)
                        read_destination(&items[i], now_usec, &user.destinations[i - first]);
        }
        /* it is noted a moment after the kernel has counted it */
        user.first_usec = attempt_book_find(book, user.uid) ?: user.last_usec;
        user.first_usec = MIN_OF(user.first_usec, user.last_usec);

        *ret = user;
        return 0;
}

/* Its destinations are not counted, and since when is not known. */
static AttemptUser read_interface(const Attempt *attempt, uint64_t now_usec) {
        AttemptUser user = {
                .verdict = attempt_set_verdict(attempt->set),
                .uid = attempt->uid,
                .count = attempt->packets,
                .last_usec = attempt_last_usec(attempt, now_usec),
        };

        memcpy(user.interface, attempt->address, sizeof(user.interface) - 1);
        return user;
}

static int compare_users(const void *first, const void *second) {
        const AttemptUser *a = first, *b = second;

        if (a->count != b->count)
                return a->count > b->count ? -1 : 1;

        return a->uid < b->uid ? -1 : 1;
}

static size_t count_users(const Attempts *attempts) {
        size_t count = 0;

        for (size_t i = 0; i < attempts->count; i++)
                if (i == 0 || attempts->items[i].uid != attempts->items[i - 1].uid ||
                    attempt_set_is_forwarded(attempts->items[i].set))
                        count++;

        return count;
}

static void cut(AttemptList *list, size_t most) {
        qsort(list->users, list->count, sizeof(AttemptUser), compare_users);
        while (list->count > most)
                attempt_user_done(&list->users[--list->count]);
}

int attempt_list_make(
                const Attempts *attempts,
                const AttemptBook *book,
                const uint32_t *uid,
                const AttemptFilter *filter,
                uint64_t now_usec,
                AttemptList *ret) {
        CLEANUP(attempt_list_done) AttemptList list = {};
        size_t end;

        list.users = calloc(count_users(attempts) + 1, sizeof(AttemptUser));
        if (!list.users)
                return -ENOMEM;

        for (size_t i = 0; i < attempts->count; i = end) {
                AttemptUser *user = &list.users[list.count];
                bool forwarded = attempt_set_is_forwarded(attempts->items[i].set);
                int r = 0;

                for (end = i + 1; !forwarded && end < attempts->count &&
                                  attempts->items[end].uid == attempts->items[i].uid;)
                        end++;
                if (uid && attempts->items[i].uid != *uid)
                        continue;
                if (forwarded)
                        *user = read_interface(&attempts->items[i], now_usec);
                else
                        r = read_user(&attempts->items[i], end - i, book, now_usec, user);
                if (r < 0)
                        return r;
                if (user->last_usec < filter->since_usec)
                        attempt_user_done(user);
                else
                        list.count++;
        }

        cut(&list, filter->most);
        *ret = list;
        list = (AttemptList){};
        return 0;
}
