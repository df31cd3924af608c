/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The record of what begins: everything that will be renamed is on the disk before anything is. */

#include <errno.h>

#include "core/exim-files.h"
#include "core/steps.h"
#include "policy/policy-text.h"
#include "util/text.h"

/* The new policy.json as a temporary; nothing if the file would hold the same bytes. */
static int stage_policy(Transaction *t, Failure *reterr) {
        CLEANUP(freep) char *text = NULL;
        size_t size;
        int r;

        t->next.policy_digest = t->request->digest;
        if (!t->request->write_policy)
                return 0;

        r = policy_to_text(t->request->policy, &text, &size);
        if (r < 0)
                return r;

        t->next.policy_digest = digest_of(text, size);
        if (digest_equal(&t->next.policy_digest, &t->request->digest))
                return 0;

        r = store_read_policy_text(
                        &t->engine->store, &t->old_policy_text, &t->old_policy_size, reterr);
        if (r < 0)
                return r;

        return store_prepare_policy(&t->engine->store, text, size, &t->policy_file, reterr);
}

static int stage_applied(Transaction *t, Failure *reterr) {
        const Applied *old = &t->engine->applied;
        CLEANUP(freep) char *old_text = NULL, *new_text = NULL;
        int r;

        t->policy_changed = !policy_equal(&old->policy, &t->next.policy) ||
                            !port_verdicts_equal(&old->facts.verdicts, &t->next.facts.verdicts);
        t->next.generation = old->generation + (t->policy_changed ? 1 : 0);
        r = last_change_copy(
                        t->policy_changed && t->request->change ? t->request->change
                                                                : &old->last_change,
                        &t->next.last_change);
        if (r < 0)
                return r;

        /* Users come and go without a change of policy: what counts is whether the boot loader
         * would do another thing. */
        r = applied_to_text(old, &old_text, NULL);
        if (r < 0)
                return r;
        r = applied_to_text(&t->next, &new_text, NULL);
        if (r < 0)
                return r;
        if (string_equal(old_text, new_text) && t->engine->applied_stored)
                return 0;

        return store_prepare_applied(&t->engine->store, &t->next, &t->applied_file, reterr);
}

/* Only who they are may be others than before, and those whose time is over are gone. */
static int stage_exceptions(Transaction *t, Failure *reterr) {
        const Engine *engine = t->engine;
        const ExceptionState state = {
                .exceptions = t->next.policy.exceptions, /* all borrowed: written, not freed */
                .subjects = t->next.facts.subjects,
                .generation = t->next.generation,
                .last_change = t->next.last_change,
        };

        if (failure_is_set(&engine->exceptions_failure))
                return 0;
        if (t->expired == 0 && engine->exceptions_stored &&
            subject_ids_equal(&engine->applied.facts.subjects, &t->next.facts.subjects))
                return 0;

        return store_prepare_exceptions(&engine->store, &state, &t->exceptions_file, reterr);
}

/*
 * Before anything of ours is in them: whoever takes such a file out of Exim's configuration leaves
 * nothing else that names it.
 */
static int record_exim_files(Transaction *t, Failure *reterr) {
        CLEANUP(string_list_done) StringList files = {};
        const StringList *now;
        int r;

        if (!t->edits)
                return 0;

        now = exim_edits_in_included(t->edits);
        r = string_list_copy(&t->engine->exim_edited, &files);
        for (size_t i = 0; r >= 0 && i < now->count; i++)
                r = string_list_append(&files, now->items[i]);
        if (r < 0)
                return r;

        string_list_sort_unique(&files);
        return exim_files_remember(t->engine, &files, reterr);
}

int step_record(Transaction *t, Failure *reterr) {
        Pending pending = {
                .old_digest = t->request->digest,
                .reload_owed = t->reload_owed || transaction_changes_exim(t),
        };
        int r;

        if (t->request->undo)
                return 0;

        r = stage_policy(t, reterr);
        if (r < 0)
                return r;
        r = stage_applied(t, reterr);
        if (r >= 0)
                r = record_exim_files(t, reterr);
        if (r < 0)
                return r;
        r = stage_exceptions(t, reterr);
        if (r < 0)
                return r;

        if (t->request->trial) {
                t->request->trial->tried = t->next.policy_digest;
                r = store_write_trial(&t->engine->store, t->request->trial, reterr);
                if (r < 0)
                        return r;
        }

        if (!pending.reload_owed && !t->policy_file.temporary)
                return 0;

        pending.new_digest = t->next.policy_digest;
        pending.verdicts = t->next.facts.verdicts;
        if (t->request->change)
                pending.change = *t->request->change; /* borrowed: written, not freed */
        t->recorded = true;
        return store_write_pending(&t->engine->store, &pending, reterr);
}
