/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The checking steps: read, render, check. Nothing on the host changes here. */

#include <errno.h>
#include <string.h>

#include "core/conflicts.h"
#include "core/engine-systemd.h"
#include "core/exim-files.h"
#include "core/identity.h"
#include "core/meter-file.h"
#include "core/steps.h"
#include "core/unknown-names.h"
#include "util/log.h"
#include "util/text.h"

/* The exceptions are no part of what is asked for here: those in force stay. */
int step_take_policy(Transaction *t, Failure *reterr) {
        Exceptions *exceptions = &t->next.policy.exceptions;
        int r;

        (void) reterr;
        r = policy_copy(t->request->policy, &t->next.policy);
        if (r < 0)
                return r;
        t->next.policy.mail_limits.has_subjects = meter_has_subjects();

        exceptions_done(exceptions);
        r = exceptions_copy(&t->engine->applied.policy.exceptions, exceptions);
        if (r < 0)
                return r;
        if (!t->request->undo)
                t->expired = exceptions_drop_expired(exceptions, t->now_usec);

        if (!failure_is_set(&t->engine->exceptions_failure))
                return 0;

        return problems_add(
                        &t->problems,
                        PROBLEM_STORAGE_FAILED,
                        PROBLEM_SEVERITY_ERROR,
                        string_format("No exception is in force: %s",
                                      t->engine->exceptions_failure.text),
                        string_format("Mend or remove the file in /var/lib/smtp-restrictions, then "
                                      "run smtp-restrictionsctl reload"));
}

int step_read_exim(Transaction *t, Failure *reterr) {
        CLEANUP(failure_done) Failure failure = {};
        int r;

        r = engine_read_exim(t->engine, transaction_asking_ends_usec(t), &t->exim, &failure);
        return r < 0 ? transaction_exim_failed(t, r, &failure, reterr) : 0;
}

int step_read_identity(Transaction *t, Failure *reterr) {
        const ConvergeRequest *request = t->request;

        if (request->facts)
                return host_facts_copy(request->facts, &t->next.facts);

        return identity_resolve(
                        &t->next.policy,
                        request->known,
                        t->exim.user,
                        &t->engine->applied.facts,
                        &t->next.facts,
                        reterr);
}

int step_judge_verdicts(Transaction *t, Failure *reterr) {
        int r;

        r = socket_list_read_listening(&t->listening);
        if (r < 0)
                return failure_set(
                                reterr,
                                r,
                                FAILURE_INTERNAL,
                                "the host's sockets cannot be read: %s",
                                strerror(-r));

        r =
                        verdicts_judge(t->request->policy,
                                       t->request->judgement,
                                       &t->request->verdicts,
                                       &t->listening,
                                       &t->next.facts.verdicts,
                                       reterr);
        if (r < 0)
                return r;

        return 0;
}

int step_find_problems(Transaction *t, Failure *reterr) {
        int r;

        (void) reterr;

        r = unknown_names_find(&t->next.policy, &t->next.facts, &t->problems);
        if (r < 0 || !t->next.policy.enabled)
                return r;

        return conflicts_find(&t->problems);
}

/* ---- render and check ---- */

int step_render_exim(Transaction *t, Failure *reterr) {
        CLEANUP(failure_done) Failure failure = {};
        int r;

        if (t->exim_skipped)
                return 0;

        r = exim_edits_render(
                        &t->exim,
                        &t->next.policy.mail_limits,
                        t->next.policy.contact,
                        &t->next.facts.denied,
                        &t->edits,
                        &failure);
        if (r < 0)
                return transaction_exim_failed(t, r, &failure, reterr);
        if (!exim_edits_lock_out(t->edits))
                return 0;

        return problems_add(
                        &t->problems,
                        PROBLEM_NOBODY_CAN_RELAY,
                        PROBLEM_SEVERITY_WARNING,
                        string_format(SMTP_RESTRICTIONS_LIMIT_REQUIRE_AUTH
                                      " is set, but Exim offers no AUTH: it has no authenticator "
                                      "for clients, or auth_advertise_hosts is empty. Nobody from "
                                      "elsewhere can relay but "
                                      "the " SMTP_RESTRICTIONS_LIMIT_RELAY_EXCEPTIONS),
                        string_format("Set up an authenticator with server_... options, or "
                                      "reset " SMTP_RESTRICTIONS_LIMIT_REQUIRE_AUTH));
}

int step_render_meter(Transaction *t, Failure *reterr) {
        CLEANUP(failure_done) Failure failure = {};
        int r;

        if (t->exim_skipped)
                return 0;

        r = meter_file_render(
                        &t->next.policy,
                        &t->next.facts,
                        &t->exim,
                        &t->meter_text,
                        &t->meter_size,
                        &failure);
        return r < 0 ? transaction_exim_failed(t, r, &failure, reterr) : 0;
}

int step_check_firewall(Transaction *t, Failure *reterr) {
        /* On the way back a kernel that is short of memory must not keep Exim from its old text. */
        if (t->request->undo)
                return 0;

        return firewall_check(t->engine->firewall, &t->next.policy, &t->next.facts, reterr);
}

int step_check_exim(Transaction *t, Failure *reterr) {
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(exim_probing_done) EximProbing probing = {};
        int r;

        if (t->exim_skipped || exim_edits_are_empty(t->edits))
                return 0;

        probing.systemd = engine_systemd(t->engine);
        /* what was in force has been tried, and there is nothing better to go back to */
        r = exim_edits_check(
                        t->edits,
                        &t->exim,
                        &t->next.policy.mail_limits,
                        t->request->undo ? NULL : &probing,
                        &failure);
        if (r < 0)
                return transaction_exim_failed(t, r, &failure, reterr);

        if (probing.left_open)
                log_notice("Whether Exim works with the change could not be tried, ignoring: %s",
                           probing.left_open);
        return 0;
}

/* The same user again and again is the rule: ask for each once. */
static int name_affected(JobResult *result) {
        CLEANUP(freep) char *name = NULL;
        int r;

        for (size_t i = 0; i < result->affected.count; i++) {
                if (i == 0 || result->affected.items[i].uid != result->affected.items[i - 1].uid) {
                        free(name);
                        name = identity_user_name(result->affected.items[i].uid);
                }

                r = string_list_append(&result->affected_users, name ? name : "");
                if (r < 0)
                        return r;
        }

        return 0;
}

int step_preview(Transaction *t, Failure *reterr) {
        CLEANUP(ruleset_plan_done) RulesetPlan plan = {};
        JobResult *result = t->request->preview;
        int r;

        (void) reterr;
        if (!result)
                return 0;

        r = ruleset_plan(&t->next.policy, &t->next.facts, &plan);
        if (r < 0)
                return r;
        r = ruleset_render(&plan, t->now_usec, &result->ruleset, NULL);
        if (r < 0)
                return r;
        if (t->edits) {
                r = exim_edits_diff(t->edits, &result->diffs, &result->diff_count);
                if (r < 0)
                        return r;
        }
        r = firewall_find_affected(&t->next.policy, &t->next.facts, &result->affected);
        if (r < 0)
                return r;
        r = name_affected(result);
        if (r < 0)
                return r;
        r = verdicts_find_problems(
                        t->request->policy,
                        &t->next.facts.verdicts,
                        &t->listening,
                        &result->problems);
        if (r < 0)
                return r;

        return problems_append_all(&result->problems, &t->problems);
}
