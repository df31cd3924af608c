/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The changing steps: Exim, firewall, commit. */

#include <errno.h>
#include <string.h>

#include "core/engine-attempts.h"
#include "core/engine-systemd.h"
#include "core/engine-table.h"
#include "core/history.h"
#include "core/meter-file.h"
#include "core/steps.h"
#include "util/log.h"
#include "util/text.h"

#define RELOAD_TIMEOUT_USEC (15 * USEC_PER_SEC)
#define START_TIMEOUT_USEC  (10 * USEC_PER_SEC)

/* Before anything of Exim's asks the meter. */
int step_write_meter(Transaction *t, Failure *reterr) {
        int r;

        if (!t->meter_text)
                return 0;

        r = meter_file_write(&t->engine->store, t->meter_text, t->meter_size, reterr);
        t->meter_touched = r != 0;
        return r < 0 ? r : 0;
}

int step_apply_exim(Transaction *t, Failure *reterr) {
        CLEANUP(failure_done) Failure failure = {};
        int r;

        if (t->exim_skipped || t->exim.layout == EXIM_LAYOUT_NONE)
                return 0;

        /* before the files change: the inodes must be others afterwards */
        r = exim_listeners_read(&t->exim, &t->listeners);
        if (r < 0) {
                (void) failure_set(
                                &failure,
                                r,
                                FAILURE_EXIM_RELOAD_FAILED,
                                "Exim's listening sockets cannot be found: %s",
                                strerror(-r));
                return transaction_exim_failed(t, r, &failure, reterr);
        }
        if (!transaction_changes_exim(t))
                return 0;

        /* what cannot be read now counts as changed later, which costs one reload */
        IGNORE_RESULT(transaction_digest_config(t, &t->config_before));
        t->exim_touched = true;
        if (!t->request->undo)
                t->reload_owed = true;
        t->engine->exim_changes += exim_edits_count(t->edits);
        r = exim_edits_apply(t->edits, &failure);
        return r < 0 ? transaction_exim_failed(t, r, &failure, reterr) : 0;
}

static int add_not_running(Transaction *t) {
        if (mail_limits_are_empty(&t->request->policy->mail_limits))
                return 0;

        return problems_add(
                        &t->problems,
                        PROBLEM_EXIM_NOT_RUNNING,
                        PROBLEM_SEVERITY_WARNING,
                        string_format("Exim's files hold the limits, but no Exim daemon runs that "
                                      "could keep them"),
                        string_format("Start Exim; it reads the limits then"));
}

static int add_unproven(Transaction *t) {
        t->unproven = true;
        return problems_add(
                        &t->problems,
                        PROBLEM_RELOAD_UNPROVEN,
                        PROBLEM_SEVERITY_WARNING,
                        string_format("Exim was told to reload, but has not opened its sockets "
                                      "again yet"),
                        string_format("A name server that does not answer holds Exim up; the proof "
                                      "goes on"));
}

static int start_dead_exim(Transaction *t, const char *unit, Failure *reterr) {
        int r = exim_start(engine_systemd(t->engine), unit, START_TIMEOUT_USEC, reterr);

        if (r < 0)
                return r;

        t->reload_owed = false;
        return 0;
}

static int reload_failed(Transaction *t, int r, Failure *failure, Failure *reterr) {
        CLEANUP(failure_done) Failure ignored = {};

        /* Where the text stays, a daemon that it killed is brought back at once. */
        if (t->exim_dead && t->request->exim_optional &&
            start_dead_exim(t, t->listeners.unit, &ignored) < 0)
                failure_append(failure, "%s", ignored.text);

        return transaction_exim_failed(t, r, failure, reterr);
}

int step_reload_exim(Transaction *t, Failure *reterr) {
        CLEANUP(failure_done) Failure failure = {};
        int r;

        if (t->exim_skipped)
                return 0;
        if (t->request->dead_unit)
                return start_dead_exim(t, t->request->dead_unit, reterr);
        if (!t->listeners.unit) {
                t->reload_owed = false;
                return t->exim.layout == EXIM_LAYOUT_NONE ? 0 : add_not_running(t);
        }
        if (!t->reload_owed)
                return 0;

        /* without them ACL files that they need may be gone a moment too early */
        exim_sessions_done(&t->engine->exim_sessions);
        IGNORE_RESULT(exim_sessions_read(&t->listeners, &t->engine->exim_sessions));

        r = exim_reload(engine_systemd(t->engine),
                        &t->exim,
                        &t->listeners,
                        transaction_time_left(t, RELOAD_TIMEOUT_USEC),
                        &failure);
        switch (r) {
        case 0:
                t->reload_owed = false;
                return 0;
        case EXIM_RELOAD_E_NOT_RUNNING:
                t->reload_owed = false;
                return add_not_running(t);
        case EXIM_RELOAD_E_UNPROVEN:
                return add_unproven(t);
        case EXIM_RELOAD_E_DEAD:
                t->exim_dead = true;
                return reload_failed(t, -EHOSTDOWN, &failure, reterr);
        case EXIM_RELOAD_E_REFUSED:
                return reload_failed(t, -EREMOTEIO, &failure, reterr);
        default:
                /* systemd may have taken the job before we lost sight of it */
                t->exim_asked = true;
                return reload_failed(t, r, &failure, reterr);
        }
}

/* ---- firewall, commit ---- */

int step_apply_firewall(Transaction *t, Failure *reterr) {
        int r;

        if (t->request->keep_firewall)
                return 0;

        /* they go with the table */
        if (!t->next.policy.enabled && t->engine->applied.policy.enabled)
                engine_save_attempts(t->engine);

        r = store_lock_kernel(&t->engine->store);
        if (r < 0)
                return failure_set(reterr, r, FAILURE_STORAGE_FAILED, "lock: %s", strerror(-r));
        t->kernel_locked = true;

        /* it may also fail behind the batch, while it reads back */
        t->kernel_touched = true;
        return engine_bring_table(t->engine, &t->next.policy, &t->next.facts, reterr);
}

int step_commit(Transaction *t, Failure *reterr) {
        int r;

        if (!t->policy_file.temporary)
                return 0;

        t->commit_tried = true;
        r = atomic_file_commit(&t->policy_file);
        if (r < 0)
                return failure_set(
                                reterr,
                                r,
                                FAILURE_STORAGE_FAILED,
                                "%s cannot be replaced: %s",
                                store_policy_path(),
                                strerror(-r));

        return 0;
}

/* Before applied.json: a crash in between is found at the next start, which remembers it then. */
int step_remember(Transaction *t, Failure *reterr) {
        (void) reterr;

        if (t->request->undo || t->next.generation == 0)
                return 0;

        if (t->policy_changed || !t->engine->history_read)
                history_append(&t->engine->store, &t->next);
        t->engine->history_read = true;
        return 0;
}

static int commit_state_file(AtomicFile *file, const char *name, Failure *failure) {
        int r;

        if (!file->temporary)
                return 0;

        r = atomic_file_commit(file);
        if (r < 0)
                return failure_set(
                                failure,
                                r,
                                FAILURE_STORAGE_FAILED,
                                "%s cannot be replaced: %s",
                                name,
                                strerror(-r));
        return 0;
}

/*
 * Behind the commit there is no way back and no failure: what cannot be written now is written by
 * the next start, which finds pending.json.
 */
int step_finish(Transaction *t, Failure *reterr) {
        CLEANUP(failure_done) Failure failure = {};
        int r = 0;

        (void) reterr;
        if (t->exceptions_file.temporary) {
                r = commit_state_file(&t->exceptions_file, "exceptions.json", &failure);
                t->engine->exceptions_stored = r >= 0;
        }
        if (r >= 0)
                r = commit_state_file(&t->applied_file, "applied.json", &failure);
        store_unlock_kernel(&t->engine->store);
        t->kernel_locked = false;

        t->applied_stored = r >= 0;

        if (r >= 0 && !t->reload_owed)
                r = store_remove_pending(&t->engine->store, &failure);
        if (r >= 0)
                return 0;

        log_error("The change is in force, but its record is not complete: %s", failure.text);
        return problems_add(
                        &t->problems,
                        PROBLEM_STORAGE_FAILED,
                        PROBLEM_SEVERITY_ERROR,
                        string_format("The state of the service cannot be written: %s",
                                      failure.text),
                        string_format("Make room or mend the disk, then run smtp-restrictionsctl "
                                      "reload"));
}
