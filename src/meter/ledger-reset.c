/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * How a subject begins anew. On disk a reset stands between what was counted before it and after
 * it, with an id that no message has, and ends as they do when it is a day old: reading all of them
 * in their order leads to what is in memory now.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "meter/ledger-state.h"

/* An id of Exim's begins with the time: this one would be in the year 2750. In a second there are
 * not so many of them. */
static void make_id(Ledger *ledger, int64_t now_sec, char ret[static MESSAGE_ID_SIZE]) {
        (void) snprintf(ret,
                        MESSAGE_ID_SIZE,
                        "Reset0-%011" PRIu32 "-%04u",
                        (uint32_t) now_sec,
                        (unsigned) (ledger->resets++ % 10000));
}

int ledger_apply_reset(Ledger *ledger, SubjectKind kind, const char *name, int64_t until_sec) {
        LedgerSubject *subject = ledger_find_subject(ledger, kind, name);
        int r;

        r = share_forget(ledger->share, kind, name);
        if (r < 0)
                return r;
        if (subject) {
                window_forget(&subject->window, until_sec);
                subject->told_sec = subject->share_told_sec = 0;
        }
        return 0;
}

int ledger_reset(Ledger *ledger, SubjectKind kind, const char *name, int64_t now_sec) {
        const char *names[_SUBJECT_KIND_MAX] = { "", "", "" };
        LedgerMessage *message;
        char id[MESSAGE_ID_SIZE];
        int r;

        assert(now_sec >= 0 && now_sec <= UINT32_MAX);

        if (ledger->messages.count >= LEDGER_MESSAGES_MAX)
                return -ENOSPC;
        make_id(ledger, now_sec, id);
        r = ledger_add_message(
                        ledger,
                        id,
                        LEDGER_RESET,
                        0,
                        (uint32_t) now_sec,
                        (uint32_t) now_sec,
                        &message);
        if (r < 0)
                return r;

        names[kind] = name;
        r = ledger_set_subjects(ledger, message, names);
        if (r >= 0)
                r = ledger_apply_reset(ledger, kind, name, now_sec);
        if (r < 0) {
                ledger_free_message(ledger, message);
                return r;
        }

        ledger_note_reset(ledger, message->subjects[kind]);
        ledger_mark_dirty(ledger, message);
        return 0;
}
