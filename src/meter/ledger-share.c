/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the ledger does about mail that fails: which messages it is looked for of, and what becomes
 * of a domain of whose mail too much does. */

#include "meter/ledger-state.h"

/* Also of one that is said to be delivered before it is accepted, as cut-through does. */
static int begin(Ledger *ledger, const LedgerMessage *message, int64_t now_sec) {
        const char *names[_SUBJECT_KIND_MAX];
        bool is_from_here = false;

        for (size_t i = 0; i < _SUBJECT_KIND_MAX; i++) {
                names[i] = message->subjects[i] ? message->subjects[i]->name : "";
                is_from_here = is_from_here || names[i][0];
        }

        return is_from_here ? share_begin(ledger->share, message->id, names, now_sec) : 0;
}

int ledger_share_accepted(Ledger *ledger, const LedgerMessage *message, int64_t now_sec) {
        /* what is held may stay for days: it is named when it is tried */
        return message->state == LEDGER_COUNTED ? begin(ledger, message, now_sec) : 0;
}

int ledger_log_outcome(
                Ledger *ledger,
                const char *id,
                const LogLine *line,
                int64_t time_sec,
                int64_t now_sec) {
        if (line->kind != LOG_LINE_COMPLETED && !share_knows(ledger->share, id)) {
                const LedgerMessage *message = ledger_find(ledger, id);
                int r;

                if (!message)
                        return 0;
                r = begin(ledger, message, now_sec);
                if (r < 0)
                        return r;
        }

        return share_note(ledger->share, line, time_sec, now_sec);
}

bool ledger_share_is_reached(
                Ledger *ledger, const char *domain, int64_t now_sec, ShareCounts *ret) {
        if (ledger->rules.fail_percent == 0)
                return false;

        *ret = share_read(ledger->share, SUBJECT_DOMAIN, domain, now_sec);
        return share_is_reached(ret, ledger->rules.fail_percent, ledger->rules.fail_minimum);
}

void ledger_judge_share(
                Ledger *ledger,
                LedgerSubject *subject,
                const char *domain,
                int64_t now_sec,
                LedgerAnswer *answer) {
        ShareCounts counts;

        if (!domain[0] || ledger->rules.fail_verdict <= answer->verdict.kind ||
            !ledger_share_is_reached(ledger, domain, now_sec, &counts))
                return;

        answer->verdict = (Verdict){ .kind = ledger->rules.fail_verdict };
        answer->cause = (LimitState){ .subject = SUBJECT_DOMAIN };
        answer->name = domain;
        answer->by_share = true;
        answer->share = counts;
        answer->tell = subject && ledger_is_to_tell(&subject->share_told_sec, now_sec);
}

bool ledger_share_lets_go(Ledger *ledger, const LedgerMessage *message, int64_t now_sec) {
        const LedgerSubject *subject = message->subjects[SUBJECT_DOMAIN];
        ShareCounts counts;

        return !subject || ledger->rules.fail_verdict != VERDICT_HOLD ||
               !ledger_share_is_reached(ledger, subject->name, now_sec, &counts);
}

void ledger_read_share(
                Ledger *ledger,
                SubjectKind kind,
                const char *name,
                int64_t now_sec,
                LedgerUsage *usage) {
        usage->share = share_read(ledger->share, kind, name, now_sec);
        usage->is_share_reached = kind == SUBJECT_DOMAIN && ledger->rules.fail_percent > 0 &&
                                  share_is_reached(
                                                  &usage->share,
                                                  ledger->rules.fail_percent,
                                                  ledger->rules.fail_minimum);
}
