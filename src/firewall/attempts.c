/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>

#include "firewall/attempts.h"
#include "firewall/ruleset.h"
#include "util/array.h"

#define TYPE_V4 "uid . ipv4_addr . inet_service"
#define TYPE_V6 "uid . ipv6_addr . inet_service"

#define TYPE_INTERFACE "ifname"

static const struct {
        const char *name;
        const char *type;
        const char *verdict;
} sets[_ATTEMPT_SET_MAX] = {
        [ATTEMPTS_USERS] = { "attempts", "uid", NULL },
        [ATTEMPTS_REJECT_V4] = { "rejected4", TYPE_V4, "reject" },
        [ATTEMPTS_REJECT_V6] = { "rejected6", TYPE_V6, "reject" },
        [ATTEMPTS_REDIRECT_V4] = { "redirected4", TYPE_V4, "redirect" },
        [ATTEMPTS_REDIRECT_V6] = { "redirected6", TYPE_V6, "redirect" },
        [ATTEMPTS_OBSERVE_V4] = { "observed4", TYPE_V4, "observe" },
        [ATTEMPTS_OBSERVE_V6] = { "observed6", TYPE_V6, "observe" },
        [ATTEMPTS_FORWARD_REJECT] = { "forward_rejected", TYPE_INTERFACE, "reject" },
        [ATTEMPTS_FORWARD_OBSERVE] = { "forward_observed", TYPE_INTERFACE, "observe" },
};

const char *attempt_set_name(AttemptSet set) {
        return sets[set].name;
}

const char *attempt_set_type(AttemptSet set) {
        return sets[set].type;
}

const char *attempt_set_verdict(AttemptSet set) {
        return sets[set].verdict;
}

bool attempt_set_from_name(const char *name, AttemptSet *ret) {
        for (AttemptSet i = 0; i < _ATTEMPT_SET_MAX; i++)
                if (string_equal(name, sets[i].name)) {
                        *ret = i;
                        return true;
                }

        return false;
}

bool attempt_set_is_v6(AttemptSet set) {
        return string_equal(sets[set].type, TYPE_V6);
}

bool attempt_set_is_forwarded(AttemptSet set) {
        return set == ATTEMPTS_FORWARD_REJECT || set == ATTEMPTS_FORWARD_OBSERVE;
}

bool attempt_set_of_forwarded(const char *verdict, AttemptSet *ret) {
        for (AttemptSet i = ATTEMPTS_FORWARD_REJECT; i <= ATTEMPTS_FORWARD_OBSERVE; i++)
                if (string_equal(verdict, sets[i].verdict)) {
                        *ret = i;
                        return true;
                }

        return false;
}

uint64_t attempt_set_timeout_msec(AttemptSet set) {
        return (set == ATTEMPTS_USERS ? ATTEMPTS_USERS_DAYS : ATTEMPTS_DESTINATIONS_DAYS) *
               MSEC_PER_DAY;
}

void attempts_done(Attempts *attempts) {
        free(attempts->items);
        *attempts = (Attempts){};
}

int attempts_append(Attempts *attempts, const Attempt *attempt) {
        int r;

        assert(attempt->expires_msec > 0);

        if (attempts->count >= ATTEMPTS_MAX)
                return -E2BIG;
        r = ARRAY_MAKE_ROOM(&attempts->items, &attempts->allocated, attempts->count + 1);
        if (r < 0)
                return r;

        attempts->items[attempts->count++] = *attempt;
        return 0;
}

void attempts_drop_user(Attempts *attempts, uint32_t uid) {
        size_t count = 0;

        for (size_t i = 0; i < attempts->count; i++)
                if (attempts->items[i].uid != uid)
                        attempts->items[count++] = attempts->items[i];
        attempts->count = count;
}

/* The same element of the same set? Then 0. */
static int compare_keys(const Attempt *a, const Attempt *b) {
        if (a->uid != b->uid)
                return a->uid < b->uid ? -1 : 1;
        if (a->set != b->set)
                return a->set < b->set ? -1 : 1;
        if (a->port != b->port)
                return a->port < b->port ? -1 : 1;

        return memcmp(a->address, b->address, sizeof(a->address));
}

static int compare_by_key(const void *first, const void *second) {
        return compare_keys(first, second);
}

static int compare(const void *first, const void *second) {
        const Attempt *a = first, *b = second;
        bool of_user = a->set == ATTEMPTS_USERS || b->set == ATTEMPTS_USERS;

        if (a->uid == b->uid && !of_user && a->packets != b->packets)
                return a->packets > b->packets ? -1 : 1;

        return compare_keys(a, b);
}

void attempts_sort(Attempts *attempts) {
        size_t count = 0;

        if (attempts->count == 0)
                return;

        qsort(attempts->items, attempts->count, sizeof(Attempt), compare_by_key);
        for (size_t i = 1; i < attempts->count; i++)
                if (compare_keys(&attempts->items[count], &attempts->items[i]) != 0)
                        attempts->items[++count] = attempts->items[i];
        attempts->count = count + 1;
        qsort(attempts->items, attempts->count, sizeof(Attempt), compare);
}

static void append_key(Text *text, const Attempt *attempt) {
        bool is_v6 = attempt_set_is_v6(attempt->set);
        char address[INET6_ADDRSTRLEN] = "";

        /* only names that need no more than quotes are ever read */
        if (attempt_set_is_forwarded(attempt->set)) {
                text_append_format(text, "\"%.15s\"", (const char *) attempt->address);
                return;
        }

        text_append_format(text, "%" PRIu32, attempt->uid);
        if (attempt->set == ATTEMPTS_USERS)
                return;

        /* fails for no family that it knows and a buffer of this size */
        (void) inet_ntop(is_v6 ? AF_INET6 : AF_INET, attempt->address, address, sizeof(address));
        text_append_format(text, " . %s . %u", address, attempt->port);
}

static void append_verb(Text *text, const char *verb, const Attempt *attempt) {
        text_append_format(
                        text,
                        "%s element inet " RULESET_TABLE " %s { ",
                        verb,
                        attempt_set_name(attempt->set));
        append_key(text, attempt);
}

/* nft takes no number of a unit that is a whole one of a larger unit. */
static void append_time(Text *text, uint64_t msec) {
        uint64_t seconds = msec / 1000;

        text_append_format(
                        text,
                        "%" PRIu64 "d%" PRIu64 "h%" PRIu64 "m%" PRIu64 "s%" PRIu64 "ms",
                        seconds / (24 * 60 * 60),
                        seconds / (60 * 60) % 24,
                        seconds / 60 % 60,
                        seconds % 60,
                        msec % 1000);
}

void attempts_append_restore(Text *text, const Attempts *attempts) {
        for (size_t i = 0; i < attempts->count; i++) {
                const Attempt *attempt = &attempts->items[i];

                append_verb(text, "add", attempt);
                text_append_format(
                                text,
                                " counter packets %" PRIu64 " bytes 0 timeout %ud expires ",
                                attempt->packets,
                                attempt->set == ATTEMPTS_USERS ? ATTEMPTS_USERS_DAYS
                                                               : ATTEMPTS_DESTINATIONS_DAYS);
                append_time(text, attempt->expires_msec);
                text_append_string(text, "\n}\n");
        }
}

/* What is gone meanwhile cannot be deleted: it is there for the length of the batch. */
void attempts_append_removal(Text *text, const Attempts *attempts) {
        for (size_t i = 0; i < attempts->count; i++) {
                append_verb(text, "add", &attempts->items[i]);
                text_append_string(text, "\n}\n");
                append_verb(text, "delete", &attempts->items[i]);
                text_append_string(text, "\n}\n");
        }
}
