/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "core/exim-sweep.h"
#include "util/log.h"

/*
 * Which of Exim's processes are older than its last reload is not known after a start of the
 * service: each of them may be.
 */
static void suspect_all(Engine *engine, const EximListeners *listeners) {
        if (!engine->exim_sessions.unit)
                IGNORE_RESULT(exim_sessions_read(listeners, &engine->exim_sessions));
}

static void sweep(Engine *engine, const EximEdits *edits) {
        size_t removed = 0;
        int r;

        engine->sweep_owed = exim_edits_need_sweep(edits) &&
                             !exim_sessions_are_over(&engine->exim_sessions);
        if (engine->sweep_owed)
                return;

        r = exim_edits_sweep(edits, &removed);
        engine->exim_changes += removed;
        if (r < 0)
                log_warning_errno(r, "ACL files that nothing uses any more stay, ignoring: %m");
}

void exim_sweep(Transaction *t) {
        /* Exim may still have the text that points to them. */
        if (t->exim_skipped || !t->edits || t->reload_owed || t->unproven)
                return;

        if (exim_edits_need_sweep(t->edits))
                suspect_all(t->engine, &t->listeners);
        sweep(t->engine, t->edits);
}

bool exim_sweep_again(Engine *engine) {
        CLEANUP(exim_facts_done) EximFacts exim = {};
        CLEANUP(exim_edits_freep) EximEdits *edits = NULL;
        CLEANUP(failure_done) Failure failure = {};
        int r;

        if (!engine->sweep_owed)
                return true;
        if (!exim_sessions_are_over(&engine->exim_sessions))
                return false;

        r = exim_facts_read(0, &exim, &failure);
        if (r >= 0)
                r = exim_edits_render(
                                &exim,
                                &engine->applied.policy.mail_limits,
                                engine->applied.policy.contact,
                                &engine->applied.facts.denied,
                                &edits,
                                &failure);
        /* what is not as it should be is for the next converge, which sweeps too */
        engine->sweep_owed = false;
        if (r >= 0 && exim_edits_are_empty(edits))
                sweep(engine, edits);

        return !engine->sweep_owed;
}
