/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the subjects of a ledger have used, for people. */

#include "meter/ledger-state.h"

#define LOOK_BUCKETS 2048 /* in one go: about a millisecond */

int64_t ledger_time_of_room(
                const LedgerSubject *subject,
                WindowLength window,
                uint64_t limit,
                uint32_t recipients,
                int64_t now_sec) {
        uint64_t taken = subject->reserved + subject->held + recipients;
        int64_t time_sec = window_time_below(
                        &subject->window, window, taken < limit ? limit - taken : 0, now_sec);

        /* nothing that counts is in the way: what is about to will count from now on */
        if (time_sec <= now_sec)
                time_sec = now_sec + (window == WINDOW_HOUR ? WINDOW_HOUR_SEC : WINDOW_DAY_SEC);
        return time_sec;
}

static void read_usage(Ledger *ledger, LedgerSubject *subject, int64_t now_sec, LedgerUsage *ret) {
        SubjectKind kind = (SubjectKind) subject->kind;
        SubjectSettings settings;

        *ret = (LedgerUsage){ .reserved = subject->reserved,
                              .held = subject->held + subject->parked };
        (void) ledger_look_up(ledger, kind, subject->name, &settings);

        window_advance(&subject->window, now_sec);
        for (WindowLength i = 0; i < _WINDOW_LENGTH_MAX; i++) {
                uint64_t limit = ledger_limit_of(ledger, &settings, kind, i);

                ret->limits[i] = limit;
                ret->used[i] = window_sum(&subject->window, i);
                if (limit > 0 && ret->used[i] + ret->reserved + ret->held >= limit)
                        ret->until_sec[i] = ledger_time_of_room(subject, i, limit, 1, now_sec);
        }
        ledger_read_share(ledger, (SubjectKind) subject->kind, subject->name, now_sec, ret);
}

void ledger_read_usage(
                Ledger *ledger,
                SubjectKind kind,
                const char *name,
                int64_t now_sec,
                LedgerUsage *ret) {
        LedgerSubject *subject = ledger_find_subject(ledger, kind, name);
        SubjectSettings settings;

        if (subject) {
                read_usage(ledger, subject, now_sec, ret);
                return;
        }

        *ret = (LedgerUsage){};
        (void) ledger_look_up(ledger, kind, name, &settings);
        for (WindowLength i = 0; i < _WINDOW_LENGTH_MAX; i++)
                ret->limits[i] = ledger_limit_of(ledger, &settings, kind, i);
        ledger_read_share(ledger, kind, name, now_sec, ret);
}

static int look_into(
                Ledger *ledger,
                HashNode *node,
                int64_t now_sec,
                LedgerSubjectHandler handler,
                void *userdata) {
        for (; node; node = node->next) {
                LedgerSubject *subject = HASH_ENTRY(node, LedgerSubject, node);
                LedgerUsage usage;
                int r;

                read_usage(ledger, subject, now_sec, &usage);
                r = handler((SubjectKind) subject->kind, subject->name, &usage, userdata);
                if (r < 0)
                        return r;
        }

        return 0;
}

int ledger_look_on(
                Ledger *ledger,
                LedgerLook *look,
                int64_t now_sec,
                LedgerSubjectHandler handler,
                void *userdata) {
        size_t count = ledger->subjects.allocated;

        if (look->allocated != count) {
                bool was_begun = look->bucket > 0;

                /* the table has grown: each is in another place */
                *look = (LedgerLook){ .allocated = count };
                if (was_begun)
                        return LEDGER_E_ANEW;
        }

        for (size_t i = 0; i < LOOK_BUCKETS && look->bucket < count; i++) {
                int r =
                                look_into(ledger,
                                          ledger->subjects.buckets[look->bucket++],
                                          now_sec,
                                          handler,
                                          userdata);

                if (r < 0)
                        return r;
        }

        return look->bucket < count ? LEDGER_E_MORE : 0;
}
