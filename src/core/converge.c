/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "core/exception-log.h"
#include "core/exim-files.h"
#include "core/exim-sweep.h"
#include "core/meter-file.h"
#include "core/steps.h"
#include "util/log.h"

typedef int (*Step)(Transaction *t, Failure *reterr);

static const Step checking_steps[] = {
        step_take_policy,    step_read_exim,   step_read_identity, step_find_problems,
        step_judge_verdicts, step_render_exim, step_render_meter,  step_check_firewall,
        step_check_exim,     step_preview,
};

static const Step changing_steps[] = {
        step_record,         step_write_meter, step_apply_exim, step_reload_exim,
        step_apply_firewall, step_commit,      step_remember,   step_finish,
};

static int run_steps(Transaction *t, const Step *steps, size_t count, Failure *reterr) {
        for (size_t i = 0; i < count; i++) {
                int r = steps[i](t, reterr);

                if (r < 0)
                        return r;
        }

        return 0;
}

/* Files that hold nothing of ours any more can be forgotten; later is as good. */
static void forget_exim_files(Transaction *t) {
        CLEANUP(string_list_done) StringList files = {};
        CLEANUP(failure_done) Failure failure = {};
        int r;

        if (!t->edits)
                return;

        r = string_list_copy(exim_edits_in_included(t->edits), &files);
        if (r >= 0) {
                string_list_sort_unique(&files);
                r = exim_files_remember(t->engine, &files, &failure);
        }
        if (r < 0)
                log_warning_errno(
                                r,
                                "More of Exim's files are remembered than need be, ignoring: %s",
                                failure.text ? failure.text : strerror(-r));
}

/* Nothing asks the meter any more; a session that began before is answered by what it was told. */
static void remove_meter_file(const Transaction *t) {
        int r;

        if (t->meter_text || t->exim_skipped || t->reload_owed || t->unproven)
                return;

        r = meter_file_remove(&t->engine->store);
        if (r < 0)
                log_warning_errno(r, "What the mail meter was told stays, ignoring: %m");
}

/* Where Exim could not be asked, what was written before still holds. */
static void adopt_meter(Transaction *t) {
        if (t->exim_skipped)
                return;

        t->engine->meter_digest_set = t->meter_text != NULL;
        if (t->meter_text)
                t->engine->meter_digest = digest_of(t->meter_text, t->meter_size);
}

/* What is in force now is what the transaction brought. */
static void adopt(Transaction *t) {
        Engine *engine = t->engine;

        if (!t->request->undo) {
                if (t->expired > 0)
                        exception_log_expired(&engine->applied.policy.exceptions, t->now_usec);
                engine->applied_stored = engine->applied_stored || t->applied_stored;
                applied_done(&engine->applied);
                engine->applied = t->next;
                applied_init(&t->next);
        }
        engine->unknown = false;

        forget_exim_files(t);
        exim_facts_done(&engine->exim);
        engine->exim = t->exim;
        engine->exim.deadline_usec = 0; /* this change's */
        t->exim = (EximFacts){};

        /* without it the service can say less of what somebody else does to them */
        IGNORE_RESULT(exim_memory_refresh(&engine->exim_memory, &engine->exim));

        exim_listeners_done(&engine->unproven);
        engine->exim_waits = t->exim_waits;
        adopt_meter(t);
        engine->reload_owed = t->reload_owed;
        engine->reload_unproven = t->unproven;
        if (t->unproven) {
                engine->unproven = t->listeners;
                t->listeners = (EximListeners){};
        }

        problems_done(&engine->converge_problems);
        engine->converge_problems = t->problems;
        t->problems = (Problems){};
}

/*
 * A reload that was refused has not happened: the daemon still has what it had, which its files are
 * to hold again. Unless the unit got as far as generating the text from them.
 */
static bool reload_may_have_happened(const Transaction *t) {
        Digest config;

        if (t->exim_dead || !t->exim_touched || !t->listeners.unit)
                return false;
        if (t->unproven || t->exim_asked || exim_reload_is_proven(&t->exim, &t->listeners) != 0)
                return true;

        return t->exim.layout != EXIM_LAYOUT_SINGLE && (transaction_digest_config(t, &config) < 0 ||
                                                        !digest_equal(&config, &t->config_before));
}

static int rollback_failed(int cause, const Failure *why, Failure *reterr) {
        CLEANUP(failure_done) Failure both = {};

        (void) failure_set(
                        &both,
                        cause,
                        FAILURE_ROLLBACK_FAILED,
                        "%s; and the way back failed: %s; the next start or reload tries again",
                        reterr->text,
                        why->text);
        failure_move(reterr, &both);
        return cause;
}

/* Back to what is in force. The cause stays the name of the error; its text says where the host is
 * now. */
static int undo(Transaction *t, int cause, Failure *reterr) {
        CLEANUP(failure_done) Failure failure = {};
        const ConvergeRequest back = {
                .policy = &t->engine->applied.policy,
                .facts = &t->engine->applied.facts,
                .judgement = JUDGEMENT_KEEP,
                .verdicts = t->engine->applied.facts.verdicts,
                .digest = t->engine->applied.policy_digest,
                .reload_owed = t->request->reload_owed || reload_may_have_happened(t),
                .undo = true,
                .keep_firewall = !t->kernel_touched,
                .dead_unit = t->exim_dead ? t->listeners.unit : NULL,
        };
        bool changed;
        int r = 0;

        /* No temporary of ours may be in the way of those that the way back makes, and it takes the
         * lock itself. */
        t->edits = exim_edits_free(t->edits);
        if (t->kernel_locked)
                store_unlock_kernel(&t->engine->store);
        t->kernel_locked = false;

        if (t->commit_tried)
                r = store_restore_policy(
                                &t->engine->store,
                                t->old_policy_text,
                                t->old_policy_size,
                                &failure);
        if (r >= 0)
                r = converge(t->engine, &back, &changed, &failure);
        if (r < 0) {
                t->engine->reload_owed = t->engine->reload_owed || t->exim_touched;
                return rollback_failed(cause, &failure, reterr);
        }

        failure_append(reterr, "the old state is in force");
        return cause;
}

int converge(Engine *engine, const ConvergeRequest *request, bool *ret_changed, Failure *reterr) {
        CLEANUP(transaction_done) Transaction t;
        int r;

        transaction_init(&t, engine, request);

        r = run_steps(&t, checking_steps, ELEMENTS_OF(checking_steps), reterr);
        if (r >= 0 && request->check_only) {
                *ret_changed = !policy_equal(&engine->applied.policy, request->policy);
                return 0;
        }
        if (r >= 0)
                r = run_steps(&t, changing_steps, ELEMENTS_OF(changing_steps), reterr);
        if (r >= 0) {
                exim_sweep(&t);
                remove_meter_file(&t);
                adopt(&t);
                *ret_changed = t.policy_changed;
                return 0;
        }

        if (r == -ENOMEM)
                (void) failure_set(reterr, r, FAILURE_INTERNAL, "out of memory");
        else
                (void) failure_set(reterr, r, FAILURE_INTERNAL, "%s", strerror(-r));

        if (request->undo)
                return r;
        if (t.meter_touched || t.exim_touched || t.kernel_touched)
                return undo(&t, r, reterr);

        /* Nothing has begun; left behind, the next start would find nothing to do. */
        if (t.recorded && !t.reload_owed)
                IGNORE_RESULT(store_remove_pending(&engine->store, NULL));
        if (!request->check_only)
                failure_append(reterr, "nothing was changed");
        return r;
}

int converge_as_applied(Engine *engine, bool exim_optional, bool reload_owed, Failure *reterr) {
        bool changed;

        return converge(engine,
                        &(ConvergeRequest){
                                        .policy = &engine->applied.policy,
                                        .judgement = JUDGEMENT_KEEP,
                                        .verdicts = engine->applied.facts.verdicts,
                                        .digest = engine->applied.policy_digest,
                                        .exim_optional = exim_optional,
                                        .reload_owed = reload_owed,
                        },
                        &changed,
                        reterr);
}

int converge_again(Engine *engine, bool reload_owed, Failure *reterr) {
        return converge_as_applied(engine, true, reload_owed, reterr);
}
