/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What tests of the ledger say to it again and again: mail of user 1000 with a sender at d1.test,
 * at a time that they choose. */

#include <glib.h>
#include <string.h>

#include "meter/ledger.h"

#define START ((int64_t) 1800000000)

static inline Ledger *ledger_with(uint64_t hourly_per_domain, OverLimitAction action) {
        static const HashKey key = { { 1, 2 } };
        LedgerRules rules = { .action = action, .percent = 125 };
        CLEANUP(ledger_freep) Ledger *ledger = NULL;

        g_assert_cmpint(ledger_new(&key, &ledger), ==, 0);
        rules.limits[SUBJECT_DOMAIN][WINDOW_HOUR] = hourly_per_domain;
        ledger_set_rules(ledger, &rules);
        return TAKE(ledger);
}

static inline const char *id_of(unsigned number) {
        static __thread char ids[8][MESSAGE_ID_SIZE];
        char *id = ids[number % ELEMENTS_OF(ids)];

        g_snprintf(id, MESSAGE_ID_SIZE, "%06u-000001-2M", number);
        return id;
}

static inline Subjects subjects_of(const char *domain, const char *mailbox, const char *user) {
        Subjects subjects;

        g_strlcpy(subjects.names[SUBJECT_DOMAIN], domain, SUBJECT_NAME_SIZE);
        g_strlcpy(subjects.names[SUBJECT_MAILBOX], mailbox, SUBJECT_NAME_SIZE);
        g_strlcpy(subjects.names[SUBJECT_USER], user, SUBJECT_NAME_SIZE);
        return subjects;
}

static inline VerdictKind ask_at(
                Ledger *ledger, unsigned number, uint32_t recipients, int64_t now) {
        Subjects subjects = subjects_of("d1.test", "", "1000");
        LedgerAnswer answer;

        g_assert_cmpint(ledger_ask(ledger,
                                   id_of(number),
                                   recipients,
                                   &subjects,
                                   true,
                                   1000,
                                   now,
                                   &answer),
                        ==,
                        0);
        return answer.verdict.kind;
}

static inline VerdictKind ask(Ledger *ledger, unsigned number, uint32_t recipients) {
        return ask_at(ledger, number, recipients, START);
}

static inline void accepted(Ledger *ledger, unsigned number, int64_t now) {
        Subjects nobody = subjects_of("", "", "");

        g_assert_cmpint(ledger_log_accepted(ledger, id_of(number), &nobody, now), ==, 0);
}

static inline void verdict_in_log(
                Ledger *ledger, unsigned number, const char *word, uint32_t recipients) {
        const LogLine line = {
                .verdict = { word, strlen(word) },
                .count = recipients,
                .has_uid = true,
                .uid = 1000,
        };

        g_assert_cmpint(ledger_log_verdict(ledger, id_of(number), &line, START, START), ==, 0);
}

static inline bool goes(Ledger *ledger, unsigned number, int64_t now) {
        bool go;

        g_assert_cmpint(ledger_release(ledger, id_of(number), NULL, now, &go), ==, 0);
        return go;
}

static inline LedgerUsage usage_at(Ledger *ledger, int64_t now) {
        LedgerUsage usage;

        ledger_read_usage(ledger, SUBJECT_DOMAIN, "d1.test", now, &usage);
        return usage;
}
