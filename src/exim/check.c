/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "exim/check-staged.h"
#include "exim/edits.h"
#include "exim/layout.h"
#include "exim/probe-unit.h"
#include "exim/stage.h"
#include "util/text.h"

/* Write the file's new content beside it. */
static int prepare_file(EximFile *file, Failure *reterr) {
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

        r = exim_stage_make(facts->layout, text, size, &stage, reterr);
        if (r < 0)
                return r;

        return check_text(
                        facts,
                        settings,
                        &(const EximStaged){ .path = stage.output, .real = DEBIAN_GENERATED },
                        probing,
                        reterr);
}

/* The temporary stands beside the file, so that relative includes find what they would find. */
static int check_single(
                const EximFacts *facts,
                const EximSettings *settings,
                const EximFile *file,
                EximProbing *probing,
                Failure *reterr) {
        CLEANUP(freep) char *path = NULL;

        if (!file->staged.temporary)
                return 0;

        path =
                        string_format("%.*s/%s",
                                      (int) (file->name - file->path - 1),
                                      file->path,
                                      file->staged.temporary);
        if (!path)
                return failure_set(reterr, -ENOMEM, FAILURE_INTERNAL, "Out of memory");

        return check_text(
                        facts,
                        settings,
                        &(const EximStaged){ .path = path, .real = file->path },
                        probing,
                        reterr);
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

static int check_target(
                const EximFacts *facts,
                const EximSettings *settings,
                const EximFile *file,
                EximProbing *probing,
                Failure *reterr) {
        int r;

        if (!exim_layout_is_generated(facts->layout))
                return check_single(facts, settings, file, probing, reterr);

        if (settings->count > 0) {
                r = check_original(facts, file, reterr);
                if (r < 0)
                        return r;
        }

        return check_generated(facts, settings, file->after, file->after_size, probing, reterr);
}

/* Does Exim refuse the file as it is before our change? */
static bool was_broken_before(const EximFacts *facts, const EximFile *file) {
        const EximSettings none = {};

        if (exim_layout_is_generated(facts->layout))
                return check_generated(facts, &none, file->before, file->before_size, NULL, NULL) <
                       0;

        return exim_check_staged(
                               facts,
                               &none,
                               &(const EximStaged){ .path = file->path, .real = file->path },
                               NULL) < 0;
}

int exim_edits_check(
                EximEdits *edits,
                const EximFacts *facts,
                const MailLimits *limits,
                EximProbing *probing,
                Failure *reterr) {
        const EximSettings settings = exim_settings_of_limits(limits);
        CLEANUP(failure_done) Failure failure = {};
        const EximFile *file;
        int r;

        assert(edits && facts && limits);

        for (size_t i = 0; i < edits->count; i++) {
                r = prepare_file(&edits->items[i], reterr);
                if (r < 0)
                        return r;
        }

        file = edits->count > 0 ? &edits->items[edits->count - 1] : NULL;
        if (!file || !file->is_target || !facts->binary)
                return 0;

        r = check_target(facts, &settings, file, probing, &failure);
        if (r >= 0)
                return 0;

        /* Taking our lines out must work whatever else is broken: what Exim refuses then, it
         * refused before. */
        if (settings.count == 0 && was_broken_before(facts, file))
                return 0;

        failure_move(reterr, &failure);
        return r;
}
