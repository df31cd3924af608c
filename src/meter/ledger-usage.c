/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the subjects of a ledger have used, for people. */

#include "meter/ledger-state.h"

int64_t ledger_time_of_room(
                const LedgerSubject *subject,
                WindowLength window,
                uint64_t limit,
                uint32_t recipients,
                int64_t now_sec) {
        uint64_t taken = subject->reserved + subject->held + recipients;

        return window_time_below(
                        &subject->window, window, taken < limit ? limit - taken : 0, now_sec);
}

static void read_usage(
                const Ledger *ledger, LedgerSubject *subject, int64_t now_sec, LedgerUsage *ret) {
        *ret = (LedgerUsage){ .reserved = subject->reserved, .held = subject->held };

        window_advance(&subject->window, now_sec);
        for (WindowLength i = 0; i < _WINDOW_LENGTH_MAX; i++) {
                uint64_t limit = ledger->rules.limits[subject->kind][i];

                ret->limits[i] = limit;
                ret->used[i] = window_sum(&subject->window, i);
                if (limit > 0 && ret->used[i] + ret->reserved + ret->held >= limit)
                        ret->until_sec[i] = ledger_time_of_room(subject, i, limit, 1, now_sec);
        }
}

void ledger_read_usage(
                Ledger *ledger,
                SubjectKind kind,
                const char *name,
                int64_t now_sec,
                LedgerUsage *ret) {
        LedgerSubject *subject = ledger_find_subject(ledger, kind, name);

        if (subject) {
                read_usage(ledger, subject, now_sec, ret);
                return;
        }

        *ret = (LedgerUsage){};
        for (WindowLength i = 0; i < _WINDOW_LENGTH_MAX; i++)
                ret->limits[i] = ledger->rules.limits[kind][i];
}
