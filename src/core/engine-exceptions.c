/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/engine-exceptions.h"
#include "core/engine-table.h"
#include "core/engine-trial.h"
#include "core/exception-check.h"
#include "core/exception-log.h"
#include "core/identity.h"
#include "core/unknown-names.h"
#include "policy/plain-text.h"
#include "util/log.h"
#include "util/text.h"

void engine_read_exceptions(Engine *engine) {
        CLEANUP(exception_state_done) ExceptionState state = {};
        Applied *applied = &engine->applied;
        int r;

        failure_done(&engine->exceptions_failure);
        r = store_read_exceptions(&engine->store, &state, &engine->exceptions_failure);
        if (r < 0) {
                (void) failure_set(
                                &engine->exceptions_failure,
                                r,
                                FAILURE_STORAGE_FAILED,
                                "exceptions.json: %s",
                                strerror(-r));
                log_error("The exceptions cannot be read, so that none is in force: %s",
                          engine->exceptions_failure.text);
        }
        engine->exceptions_stored = r >= 0;
        if (r <= 0)
                return;

        exception_state_move(&state, applied);
        applied->generation = MAX_OF(applied->generation, state.generation);
        if (state.last_change.when_usec > applied->last_change.when_usec) {
                last_change_done(&applied->last_change);
                applied->last_change = state.last_change;
                state.last_change = (LastChange){};
        }
}

/* ---- the change ---- */

typedef struct Grant {
        Engine *engine;
        const JobRequest *request;
        uint64_t now_usec;
        Exceptions exceptions; /* wanted */
        SubjectIds subjects;
        Exception *added;  /* borrowed; NULL if one is removed */
        LastChange change; /* once grant_name() has been there */
} Grant;

static void grant_done(Grant *grant) {
        exceptions_done(&grant->exceptions);
        subject_ids_done(&grant->subjects);
        last_change_done(&grant->change);
}

/* What is in force, without those whose time is over. */
static int grant_begin(Grant *grant, Failure *reterr) {
        const Engine *engine = grant->engine;
        int r;

        r = engine_check_no_trial(engine, reterr);
        if (r < 0)
                return r;
        if (engine->unknown)
                return failure_set(
                                reterr,
                                -ESTALE,
                                FAILURE_POLICY_FILE_CHANGED,
                                "nothing is in force, because %s cannot be used; mend or remove it "
                                "first",
                                store_policy_path());
        if (failure_is_set(&engine->exceptions_failure))
                return failure_set(
                                reterr,
                                -EUCLEAN,
                                FAILURE_STORAGE_FAILED,
                                "%s; mend or remove the file and run smtp-restrictionsctl reload",
                                engine->exceptions_failure.text);

        grant->now_usec = clock_now_usec();

        r = exceptions_copy(&engine->applied.policy.exceptions, &grant->exceptions);
        if (r < 0)
                return r;
        (void) exceptions_drop_expired(&grant->exceptions, grant->now_usec);

        return subject_ids_copy(&engine->applied.facts.subjects, &grant->subjects);
}

/* Who it was: behind the kernel's part, which does not need it, because a name service may take its
 * time. */
static int grant_name(Grant *grant) {
        const JobRequest *request = grant->request;
        const char *user;
        int r;

        if (grant->change.action)
                return 0;

        r = identity_begin_change(request->action, request->uid, &grant->change);
        if (r < 0)
                return r;
        grant->change.when_usec = grant->now_usec;
        if (!grant->added)
                return 0;

        /* nobody has looked at that yet; and not every name is one that can be shown */
        user = grant->change.user && plain_text_check(grant->change.user) == 0 ? grant->change.user
                                                                               : NULL;
        free(grant->added->granted_by);
        grant->added->granted_by =
                        user ? strdup(user) : string_format("uid %" PRIu32, request->uid);
        return grant->added->granted_by ? 0 : -ENOMEM;
}

static int apply_to_kernel(
                Engine *engine,
                const Exceptions *exceptions,
                const SubjectIds *subjects,
                Failure *reterr) {
        /* borrowed, all of both */
        Policy policy = engine->applied.policy;
        HostFacts facts = engine->applied.facts;

        policy.exceptions = *exceptions;
        facts.subjects = *subjects;
        return engine_bring_table(engine, &policy, &facts, reterr);
}

static int write_file(Engine *engine, const ExceptionState *state, Failure *reterr) {
        CLEANUP(atomic_file_done) AtomicFile file = ATOMIC_FILE_NONE;
        int r;

        r = store_prepare_exceptions(&engine->store, state, &file, reterr);
        if (r < 0)
                return r;

        engine->exceptions_stored = false;
        r = atomic_file_commit(&file);
        if (r < 0)
                return failure_set(
                                reterr,
                                r,
                                FAILURE_STORAGE_FAILED,
                                "exceptions.json cannot be replaced: %s",
                                strerror(-r));
        engine->exceptions_stored = true;
        return 0;
}

/* Back to what is in force: the kernel, and the file if it may hold the other. */
static int take_back(Engine *engine, int cause, Failure *reterr) {
        const Applied *applied = &engine->applied;
        const ExceptionState state = {
                .exceptions = applied->policy.exceptions, /* borrowed: written, not freed */
                .subjects = applied->facts.subjects,
                .generation = applied->generation,
                .last_change = applied->last_change,
        };
        CLEANUP(failure_done) Failure failure = {}, both = {};
        int r;

        r = apply_to_kernel(engine, &state.exceptions, &state.subjects, &failure);
        if (r >= 0 && !engine->exceptions_stored)
                r = write_file(engine, &state, &failure);
        if (r >= 0) {
                failure_append(reterr, "the old state is in force");
                return cause;
        }

        (void) failure_set(
                        &both,
                        cause,
                        FAILURE_ROLLBACK_FAILED,
                        "%s; and the way back failed: %s; the next start or reload tries again",
                        reterr->text,
                        failure.text ?: strerror(-r));
        failure_move(reterr, &both);
        return cause;
}

static void adopt(Grant *grant) {
        Engine *engine = grant->engine;
        Applied *applied = &engine->applied;

        exception_log_expired(&applied->policy.exceptions, grant->now_usec);

        exceptions_done(&applied->policy.exceptions);
        applied->policy.exceptions = grant->exceptions;
        grant->exceptions = (Exceptions){};
        subject_ids_done(&applied->facts.subjects);
        applied->facts.subjects = grant->subjects;
        grant->subjects = (SubjectIds){};
        applied->generation++;
        last_change_done(&applied->last_change);
        applied->last_change = grant->change;
        grant->change = (LastChange){};
        last_change_done(&engine->last_failure);

        problems_remove(&engine->converge_problems, PROBLEM_NAME_UNKNOWN);
        /* without memory a warning is missing until the next change */
        IGNORE_RESULT(unknown_names_find(
                        &applied->policy, &applied->facts, &engine->converge_problems));
}

static int write_grant(Grant *grant, Failure *reterr) {
        const ExceptionState state = {
                .exceptions = grant->exceptions, /* all borrowed: written, not freed */
                .subjects = grant->subjects,
                .generation = grant->engine->applied.generation + 1,
                .last_change = grant->change,
        };

        return write_file(grant->engine, &state, reterr);
}

static int carry_out(Grant *grant, Failure *reterr) {
        Engine *engine = grant->engine;
        int r;

        /* between kernel and file the boot loader must not bring back what the file still says */
        r = store_lock_kernel(&engine->store);
        if (r < 0) {
                (void) failure_set(reterr, r, FAILURE_STORAGE_FAILED, "lock: %s", strerror(-r));
                failure_append(reterr, "nothing was changed");
                return r;
        }

        r = apply_to_kernel(engine, &grant->exceptions, &grant->subjects, reterr);
        if (r >= 0)
                r = grant_name(grant);
        if (r >= 0)
                r = write_grant(grant, reterr);
        if (r < 0) {
                (void) failure_set(reterr, r, FAILURE_INTERNAL, "%s", strerror(-r));
                r = take_back(engine, r, reterr);
        }
        store_unlock_kernel(&engine->store);
        if (r < 0)
                return r;

        adopt(grant);
        return 0;
}

static int finish(Grant *grant, int r, Failure *reterr) {
        if (r >= 0)
                r = carry_out(grant, reterr);
        if (r < 0 && failure_is_set(reterr) && grant_name(grant) >= 0)
                engine_remember_failure(grant->engine, &grant->change, reterr);
        return r;
}

/* ---- AddException ---- */

static int resolve(Grant *grant, const Exception *exception, Failure *reterr) {
        CLEANUP(accounts_done) Accounts accounts = {};
        int r;

        if (exception->kind == SUBJECT_INTERFACE)
                return 0; /* it may come and go, and has no number */

        r = exception->kind == SUBJECT_GROUP ? accounts_read(&accounts)
                                             : accounts_read_user(exception->name, &accounts);
        if (r < 0)
                return r;

        r = identity_resolve_subject(
                        exception,
                        &accounts,
                        &grant->engine->applied.facts.subjects,
                        &grant->subjects,
                        reterr);
        if (r == 0)
                return failure_set(
                                reterr,
                                -ENXIO,
                                FAILURE_UNKNOWN_NAME,
                                "%s: no %s named '%s'",
                                SMTP_RESTRICTIONS_EXCEPTION_SUBJECT,
                                subject_kind_to_string(exception->kind),
                                exception->name);

        return r < 0 ? r : 0;
}

static int add(Grant *grant, Failure *reterr) {
        const PortVerdicts *restricted = &grant->engine->applied.policy.port_verdicts;
        Exception *exception = grant->request->exception;
        int r;

        r = exception_check(exception, restricted, reterr);
        if (r < 0)
                return r;

        /* nobody else has it yet */
        exception->granted_usec = grant->now_usec;
        if (grant->request->expires_in > 0)
                exception->expires_usec =
                                grant->now_usec + grant->request->expires_in * USEC_PER_SEC;

        r = exceptions_add(&grant->exceptions, exception, grant->now_usec, reterr);
        if (r < 0)
                return r;

        grant->added = exception;
        return resolve(grant, exception, reterr);
}

int engine_add_exception(
                Engine *engine, const JobRequest *request, JobResult *ret, Failure *reterr) {
        CLEANUP(grant_done) Grant grant = { .engine = engine, .request = request };
        int r;

        r = grant_begin(&grant, reterr);
        if (r >= 0)
                r = add(&grant, reterr);
        r = finish(&grant, r, reterr);
        if (r < 0)
                return r;

        (void) snprintf(ret->id, sizeof(ret->id), "%" PRIu64, request->exception->id);
        exception_log_granted(request->exception);
        return 0;
}

/* ---- RemoveException ---- */

static bool is_subject(const Exceptions *exceptions, const Exception *of) {
        for (size_t i = 0; i < exceptions->count; i++)
                if (exceptions->items[i]->kind == of->kind &&
                    string_equal(exceptions->items[i]->name, of->name))
                        return true;

        return false;
}

static int take_out(Grant *grant, Exception **ret, Failure *reterr) {
        uint64_t id = grant->request->exception_id;
        CLEANUP(exception_unrefp) Exception *exception = exceptions_find(&grant->exceptions, id);
        int r;

        if (exception)
                exception = exception_ref(exception);
        r = exceptions_remove(&grant->exceptions, id, grant->now_usec, reterr);
        if (r < 0)
                return r;

        if (!is_subject(&grant->exceptions, exception))
                subject_ids_remove(&grant->subjects, exception->kind, exception->name);
        *ret = TAKE(exception);
        return 0;
}

int engine_remove_exception(Engine *engine, const JobRequest *request, Failure *reterr) {
        CLEANUP(grant_done) Grant grant = { .engine = engine, .request = request };
        CLEANUP(exception_unrefp) Exception *removed = NULL;
        int r;

        r = grant_begin(&grant, reterr);
        if (r >= 0)
                r = take_out(&grant, &removed, reterr);
        r = finish(&grant, r, reterr);
        if (r < 0)
                return r;

        exception_log_removed(removed, &engine->applied.last_change);
        return 0;
}
