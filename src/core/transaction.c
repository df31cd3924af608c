/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/clock.h"
#include "core/engine-systemd.h"
#include "core/transaction.h"
#include "util/fd.h"
#include "util/now.h"
#include "util/text.h"

/* What Exim is asked to read is smaller; a file that is larger counts as changed. */
#define CONFIG_SIZE_MAX ((size_t) 16 * 1024 * 1024)

/* A change has an answer within 20 s (dbus-api); what follows the reload takes the rest. */
#define CHANGE_USEC_MAX (18 * USEC_PER_SEC)
#define ASKING_USEC_MAX (14 * USEC_PER_SEC)
#define LEFT_USEC_MIN   USEC_PER_SEC

void transaction_init(Transaction *t, Engine *engine, const ConvergeRequest *request) {
        *t = (Transaction){
                .engine = engine,
                .request = request,
                .now_usec = clock_now_usec(),
                .began_usec = now_read_usec(CLOCK_MONOTONIC),
                .policy_file = ATOMIC_FILE_NONE,
                .exceptions_file = ATOMIC_FILE_NONE,
                .applied_file = ATOMIC_FILE_NONE,
                .reload_owed = request->reload_owed || engine->reload_owed,
        };
        applied_init(&t->next);
}

void transaction_done(Transaction *t) {
        if (t->kernel_locked)
                store_unlock_kernel(&t->engine->store);
        engine_disconnect_systemd(t->engine);
        exim_facts_done(&t->exim);
        exim_edits_free(t->edits);
        exim_listeners_done(&t->listeners);
        socket_list_done(&t->listening);
        applied_done(&t->next);
        atomic_file_done(&t->policy_file);
        atomic_file_done(&t->exceptions_file);
        atomic_file_done(&t->applied_file);
        free(t->old_policy_text);
        free(t->meter_text);
        problems_done(&t->problems);
}

uint64_t transaction_asking_ends_usec(const Transaction *t) {
        return t->began_usec + ASKING_USEC_MAX;
}

uint64_t transaction_time_left(const Transaction *t, uint64_t usec_max) {
        uint64_t spent = now_read_usec(CLOCK_MONOTONIC) - t->began_usec;
        uint64_t left = spent < CHANGE_USEC_MAX ? CHANGE_USEC_MAX - spent : 0;

        return MAX_OF(MIN_OF(left, usec_max), LEFT_USEC_MIN);
}

int transaction_digest_config(const Transaction *t, Digest *ret) {
        CLEANUP(freep) char *text = NULL;
        size_t size;
        int r;

        if (!t->exim.config)
                return -ENOENT;

        r = fd_read_file_at(AT_FDCWD, t->exim.config, CONFIG_SIZE_MAX, &text, &size);
        if (r < 0)
                return r;

        *ret = digest_of(text, size);
        return 0;
}

bool transaction_changes_exim(const Transaction *t) {
        return t->edits && !exim_edits_are_empty(t->edits);
}

/* The Exim half cannot be done. Where nobody asked for it, that is a Problem, and the rest goes on.
 */
int transaction_exim_failed(Transaction *t, int r, Failure *failure, Failure *reterr) {
        ProblemId id = PROBLEM_EXIM_CONFIG_INVALID;
        ProblemSeverity severity = PROBLEM_SEVERITY_NOTICE;

        (void) failure_set(failure, r, FAILURE_INTERNAL, "Exim: %s", strerror(-r));
        if (!t->request->exim_optional || r == -ENOMEM) {
                failure_move(reterr, failure);
                return r;
        }

        if (failure->code == FAILURE_EXIM_CONFIG_UNSUPPORTED || failure->code == FAILURE_NO_EXIM)
                id = PROBLEM_EXIM_CONFIG_UNSUPPORTED;
        else if (failure->code == FAILURE_STORAGE_FAILED)
                id = PROBLEM_STORAGE_FAILED;
        if (!mail_limits_are_empty(&t->request->policy->mail_limits))
                severity = PROBLEM_SEVERITY_WARNING;

        t->exim_skipped = true;
        t->exim_waits = t->reload_owed || (t->edits && !exim_edits_are_empty(t->edits)) ||
                        !mail_limits_are_empty(&t->request->policy->mail_limits) ||
                        !mail_limits_are_empty(&t->engine->applied.policy.mail_limits);
        t->edits = exim_edits_free(t->edits);
        return problems_add(
                        &t->problems,
                        id,
                        severity,
                        string_format("Exim's files were left as they are: %s", failure->text),
                        string_format("Mend what Exim names, then run smtp-restrictionsctl "
                                      "reload"));
}
