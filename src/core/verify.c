/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Is the host as the policy wants it? Looks at the things themselves, and changes none. */

#include <errno.h>
#include <string.h>

#include "core/engine.h"
#include "core/exim-files.h"
#include "core/meter-file.h"
#include "core/policy-file.h"
#include "util/text.h"

static int verify_firewall(const Engine *engine, Problems *problems, Failure *reterr) {
        int r;

        /* not in the middle of a repair */
        r = store_lock_kernel(&engine->store);
        if (r >= 0)
                r =
                                firewall_verify(engine->firewall,
                                                &engine->applied.policy,
                                                &engine->applied.facts,
                                                &engine->firewall_digest,
                                                problems);
        store_unlock_kernel(&engine->store);

        if (r < 0)
                return failure_set(
                                reterr,
                                r,
                                FAILURE_FIREWALL_FAILED,
                                "the kernel cannot be read: %s",
                                strerror(-r));
        return 0;
}

/* What converge would change in Exim's files now: nothing, if they are right. */
static int find_edits(const Engine *engine, bool *ret_lost, Failure *reterr) {
        CLEANUP(exim_facts_done) EximFacts exim = {};
        CLEANUP(exim_edits_freep) EximEdits *edits = NULL;
        int r;

        r = engine_read_exim(engine, 0, &exim, reterr);
        if (r < 0)
                return r;
        r = exim_edits_render(
                        &exim,
                        &engine->applied.policy.mail_limits,
                        engine->applied.policy.contact,
                        &engine->applied.facts.denied,
                        &edits,
                        reterr);
        if (r < 0)
                return r;

        *ret_lost = !exim_edits_are_empty(edits);
        return 0;
}

static int verify_exim(const Engine *engine, Problems *problems) {
        CLEANUP(failure_done) Failure failure = {};
        bool lost = false;
        int r;

        r = find_edits(engine, &lost, &failure);
        if (r == -ENOMEM)
                return r;
        /* an Exim that is broken without any limit of ours is not our concern */
        if (r < 0 && !mail_limits_are_empty(&engine->applied.policy.mail_limits))
                return problems_add(
                                problems,
                                PROBLEM_EXIM_CONFIG_INVALID,
                                PROBLEM_SEVERITY_WARNING,
                                string_format("The limits in Exim's files cannot be verified: %s",
                                              failure.text),
                                string_format("Mend what Exim names, then run smtp-restrictionsctl "
                                              "reload"));
        if (!lost)
                return 0;

        return problems_add(
                        problems,
                        PROBLEM_EXIM_EDITS_LOST,
                        PROBLEM_SEVERITY_ERROR,
                        string_format("Exim's files do not hold what the policy says"),
                        string_format("Run smtp-restrictionsctl reload"));
}

static int verify_policy_file(const Engine *engine, Problems *problems) {
        CLEANUP(policy_file_done) PolicyFile file = {};
        int r;

        r = policy_file_read(&engine->store, &file);
        if (r < 0)
                return r;
        if (file.state == POLICY_FILE_MISSING ||
            digest_equal(&file.digest, &engine->applied.policy_digest))
                return 0;

        return problems_add(
                        problems,
                        PROBLEM_POLICY_FILE_CHANGED,
                        PROBLEM_SEVERITY_WARNING,
                        string_format("%s was edited and is not in force", store_policy_path()),
                        string_format("Run smtp-restrictionsctl reload to take the edit over"));
}

int engine_verify(const Engine *engine, Problems *problems, Failure *reterr) {
        int r;

        r = verify_firewall(engine, problems, reterr);
        if (r < 0)
                return r;
        r = verify_exim(engine, problems);
        if (r >= 0 && engine->meter_digest_set)
                r = meter_file_find_problem(&engine->meter_digest, problems);
        if (r < 0)
                return r;

        return verify_policy_file(engine, problems);
}
