/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What is set for subjects by name, and what follows from it for their mail. */

#include "meter/ledger-state.h"

#define PARKED_MAX 10000 /* recipients that wait for one who is suspended; more are refused */

bool ledger_look_up(
                const Ledger *ledger, SubjectKind kind, const char *name, SubjectSettings *ret) {
        const LedgerRules *rules = &ledger->rules;

        *ret = (SubjectSettings){};
        return rules->look_up && rules->look_up(kind, name, ret, rules->userdata);
}

uint64_t ledger_limit_of(
                const Ledger *ledger,
                const SubjectSettings *settings,
                SubjectKind kind,
                WindowLength window) {
        uint64_t limit = settings->limits[window] > 0 ? settings->limits[window]
                                                      : ledger->rules.limits[kind][window];

        /* a part of a limit is never none, which would be no limit */
        return limit > 0 ? MAX_OF(limit * ledger->part_percent / 100, (uint64_t) 1) : 0;
}

void ledger_look_up_all(
                const Ledger *ledger,
                const Subjects *names,
                SubjectSettings ret[static _SUBJECT_KIND_MAX]) {
        for (SubjectKind i = 0; i < _SUBJECT_KIND_MAX; i++) {
                ret[i] = (SubjectSettings){};
                if (names->names[i][0])
                        (void) ledger_look_up(ledger, i, names->names[i], &ret[i]);
        }
}

/* The worst of them all. Return: whether there is one. */
static bool find_suspended(
                const SubjectSettings settings[static _SUBJECT_KIND_MAX], SubjectKind *ret) {
        Suspension worst = SUSPENSION_NONE;

        for (SubjectKind i = 0; i < _SUBJECT_KIND_MAX; i++)
                if (settings[i].suspension > worst) {
                        worst = settings[i].suspension;
                        *ret = i;
                }

        return worst != SUSPENSION_NONE;
}

void ledger_suspend(
                LedgerSubject *const subjects[],
                const Subjects *names,
                const SubjectSettings settings[static _SUBJECT_KIND_MAX],
                uint32_t recipients,
                LedgerAnswer *answer) {
        VerdictKind verdict = VERDICT_HOLD;
        SubjectKind kind;

        if (!find_suspended(settings, &kind))
                return;
        if (settings[kind].suspension == SUSPENSION_REJECT ||
            (subjects[kind] && subjects[kind]->parked + recipients > PARKED_MAX))
                verdict = VERDICT_DENY;
        if (verdict < answer->verdict.kind)
                return;

        answer->verdict = (Verdict){ .kind = verdict };
        answer->suspension = settings[kind].suspension;
        answer->cause = (LimitState){ .subject = kind };
        answer->name = names->names[kind];
        answer->by_share = false;
        answer->tell = false;
}

bool ledger_is_suspended(
                const Ledger *ledger, const LedgerMessage *message, const Subjects *names) {
        SubjectKind kind;
        SubjectSettings settings[_SUBJECT_KIND_MAX] = {};
        bool is_known = false;

        for (SubjectKind i = 0; message && i < _SUBJECT_KIND_MAX; i++)
                if (message->subjects[i]) {
                        is_known = true;
                        (void) ledger_look_up(ledger, i, message->subjects[i]->name, &settings[i]);
                }
        if (!is_known && names)
                ledger_look_up_all(ledger, names, settings);
        return find_suspended(settings, &kind);
}
