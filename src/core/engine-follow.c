/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "core/converge.h"
#include "core/engine-follow.h"
#include "core/engine-table.h"
#include "core/exim-files.h"
#include "core/identity.h"
#include "core/meter-file.h"
#include "util/log.h"

static bool is_same_exim(const EximFacts *a, const EximFacts *b) {
        return a->layout == b->layout && string_equal(a->version, b->version) &&
               string_equal(a->user, b->user);
}

/* One that was started since has read what the files say. */
static void forget_not_running(Engine *engine) {
        CLEANUP(exim_listeners_done) EximListeners listeners = {};

        if (problems_have(&engine->converge_problems, PROBLEM_EXIM_NOT_RUNNING) &&
            exim_listeners_read(&engine->exim, &listeners) >= 0 && listeners.port_count > 0)
                problems_remove(&engine->converge_problems, PROBLEM_EXIM_NOT_RUNNING);
}

int engine_follow_names(Engine *engine, Failure *reterr) {
        CLEANUP(host_facts_done) HostFacts facts = {};
        CLEANUP(exim_facts_done) EximFacts exim = {};
        CLEANUP(failure_done) Failure failure = {};
        bool same;
        int r;

        if (engine->unknown)
                return 0;
        forget_not_running(engine);

        /* what an Exim with a broken configuration says of itself is compared all the same */
        r = engine_read_exim(engine, 0, &exim, &failure);
        if (r == -ENOMEM)
                return r;
        same = r < 0 || is_same_exim(&exim, &engine->exim);
        r = identity_resolve(
                        &engine->applied.policy,
                        NULL,
                        same ? engine->exim.user : exim.user,
                        &engine->applied.facts,
                        &facts,
                        reterr);
        if (r < 0)
                return r;
        if (same && host_facts_have_same_names(&facts, &engine->applied.facts))
                return 0;

        log_notice("Users, groups or mail servers of this host are others now; following.");
        return converge_again(engine, false, reterr);
}

int engine_follow_meter(Engine *engine, Failure *reterr) {
        if (engine->unknown)
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_POLICY_FILE_CHANGED,
                                "what is in force is not known; run smtp-restrictionsctl reload");

        /* who is told that mail is held wants to know if Exim cannot do that */
        return converge_as_applied(engine, !meter_has_subjects(), false, reterr);
}

int engine_follow_clock(Engine *engine, Failure *reterr) {
        const Applied *applied = &engine->applied;
        int r;

        if (engine->unknown || !applied->policy.enabled)
                return 0;

        r = store_lock_kernel(&engine->store);
        if (r >= 0)
                r = engine_bring_table(engine, &applied->policy, &applied->facts, reterr);
        store_unlock_kernel(&engine->store);
        return r;
}
