/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "exim/acl-files.h"
#include "exim/check-staged.h"
#include "exim/edits.h"
#include "exim/layout.h"
#include "exim/probe-unit.h"
#include "exim/stage.h"
#include "exim/view.h"

int exim_file_prepare(EximFile *file, Failure *reterr) {
        int r;

        atomic_file_done(&file->staged);
        if (!file->after)
                return 0; /* to be removed */

        r = atomic_file_prepare(
                        file->dir_fd,
                        file->name,
                        file->after,
                        file->after_size,
                        &(const AtomicFileOptions){
                                        .mode = 0644,
                                        .uid = 0,
                                        .gid = 0,
                                        .keep_metadata = true,
                        },
                        &file->staged);
        if (r < 0)
                return failure_set(
                                reterr,
                                r,
                                FAILURE_STORAGE_FAILED,
                                "Failed to write beside '%s': %s",
                                file->path,
                                strerror(-r));

        return 0;
}

/* Exim reads it, and then does what it did before. */
static int check_text(
                const EximFacts *facts,
                const EximSettings *settings,
                const EximStaged *staged,
                EximProbing *probing,
                Failure *reterr) {
        int r;

        r = exim_check_staged(facts, settings, staged, reterr);
        if (r < 0 || settings->count == 0 || !probing)
                return r;

        return exim_probe_staged(probing, facts, staged, reterr);
}

static int check_generated(
                const EximFacts *facts,
                const EximSettings *settings,
                const char *text,
                size_t size,
                EximProbing *probing,
                Failure *reterr) {
        CLEANUP(exim_stage_done) EximStage stage = {};
        int r;

        r = exim_stage_make(facts, text, size, &stage, reterr);
        if (r < 0)
                return r;

        return check_text(
                        facts,
                        settings,
                        &(const EximStaged){ .path = stage.output, .real = DEBIAN_GENERATED },
                        probing,
                        reterr);
}

/* Does Exim take the configuration in which only so many of the files are new yet? */
static int check_step(
                const EximEdits *edits, const EximFacts *facts, size_t new_count, Failure *reterr) {
        CLEANUP(exim_view_done) EximView view = {};
        const EximSettings none = {};
        int r;

        r = exim_view_make(edits, facts, new_count, &view, reterr);
        if (r < 0)
                return r;

        return exim_check_staged(facts, &none, view.staged, reterr);
}

/*
 * Exim reads its files at any moment, and after a crash those that were renamed until then: each
 * step on the way has to be a configuration that it takes.
 */
static int check_steps(
                const EximEdits *edits, const EximFacts *facts, size_t count, Failure *reterr) {
        for (size_t i = 1; i < count; i++) {
                int r = check_step(edits, facts, i, reterr);

                if (r < 0)
                        return r;
        }

        return 0;
}

/* Only of the files that Exim reads itself: what they point to stays before them. */
static void reverse(EximEdits *edits) {
        size_t first = 0, last = edits->count;

        for (;;) {
                EximFile swapped;

                while (first < last && !edits->items[first].is_read)
                        first++;
                while (last > first && !edits->items[last - 1].is_read)
                        last--;
                if (last - first < 2)
                        return;

                swapped = edits->items[first];
                edits->items[first++] = edits->items[--last];
                edits->items[last] = swapped;
        }
}

/* The order in which the files are renamed. */
static int find_order(EximEdits *edits, const EximFacts *facts, size_t count, Failure *reterr) {
        int r;

        if (check_steps(edits, facts, count, NULL) >= 0)
                return 0;

        reverse(edits);
        r = check_steps(edits, facts, count, reterr);
        if (r < 0 && reterr)
                failure_append(reterr,
                               "this is so while only some of the files are changed; set the "
                               "options in one file, or change them one by one");
        return r;
}

/* The temporaries stand beside their files, so that relative includes find what they would find. */
static int check_single(
                EximEdits *edits,
                const EximFacts *facts,
                const EximSettings *settings,
                EximProbing *probing,
                Failure *reterr) {
        CLEANUP(exim_view_done) EximView view = {};
        size_t count = 0;
        int r;

        for (size_t i = 0; i < edits->count; i++)
                count += edits->items[i].is_read;
        if (count == 0)
                return 0;

        r = exim_view_make(edits, facts, count, &view, reterr);
        if (r < 0)
                return r;
        r = check_text(facts, settings, view.staged, probing, reterr);
        if (r < 0)
                return r;
        exim_view_done(&view);

        return find_order(edits, facts, count, reterr);
}

/*
 * What we replace may be what was wrong with it, and then there would be no way back. A file that
 * Exim uses was read by it in exim_facts_read(); what Debian makes its own from was not.
 */
static int check_original(const EximFacts *facts, const EximFile *file, Failure *reterr) {
        const EximSettings none = {};
        int r;

        if (!file->before || file->had_block)
                return 0;

        r = check_generated(facts, &none, file->before, file->before_size, NULL, reterr);
        if (r < 0 && reterr)
                failure_append(reterr, "it is so without any change of ours");
        return r;
}

static int check_debian(
                const EximFacts *facts,
                const EximSettings *settings,
                const EximFile *file,
                EximProbing *probing,
                Failure *reterr) {
        int r;

        if (settings->count > 0) {
                r = check_original(facts, file, reterr);
                if (r < 0)
                        return r;
        }

        return check_generated(facts, settings, file->after, file->after_size, probing, reterr);
}

/* Does Exim refuse the files as they are before our change? */
static bool was_broken_before(const EximFacts *facts, const EximFile *target) {
        const EximSettings none = {};

        if (target)
                return check_generated(facts,
                                       &none,
                                       target->before,
                                       target->before_size,
                                       NULL,
                                       NULL) < 0;

        return exim_check_staged(
                               facts,
                               &none,
                               &(const EximStaged){ .path = facts->config, .real = facts->config },
                               NULL) < 0;
}

int exim_edits_check(
                EximEdits *edits,
                const EximFacts *facts,
                const MailLimits *limits,
                EximProbing *probing,
                Failure *reterr) {
        EximSettings settings = exim_settings_of_limits(limits);
        CLEANUP(failure_done) Failure failure = {};
        const EximFile *target = NULL;
        int r;

        assert(edits && facts && limits);

        exim_hooks_append_settings(&edits->hooks, facts->layout, &settings);
        for (size_t i = 0; i < edits->count; i++) {
                EximFile *item = &edits->items[i];

                r = item->is_acl ? exim_acl_prepare(item, reterr) : exim_file_prepare(item, reterr);
                if (r < 0)
                        return r;
                if (edits->items[i].is_target && exim_layout_is_generated(facts->layout))
                        target = &edits->items[i];
        }

        if (!facts->binary)
                return 0;
        if (facts->layout == EXIM_LAYOUT_SINGLE)
                r = check_single(edits, facts, &settings, probing, &failure);
        else
                r = target ? check_debian(facts, &settings, target, probing, &failure) : 0;
        if (r >= 0)
                return 0;

        /* Taking our lines out must work whatever else is broken: what Exim refuses then, it
         * refused before. */
        if (settings.count == 0 && was_broken_before(facts, target))
                return 0;

        failure_move(reterr, &failure);
        return r;
}
