/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>

#include "exim/ask.h"
#include "exim/confd.h"
#include "exim/edit.h"
#include "exim/edits.h"
#include "exim/layout.h"
#include "exim/stage.h"
#include "util/fd.h"
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

/* Is it set in one of Debian's files that are not edited? The caller frees the path. */
static bool find_in_debian(
                EximLayout layout, const char *option, char **ret_path, size_t *ret_line) {
        CLEANUP(freep) char *text = NULL;
        size_t size;

        if (layout == EXIM_LAYOUT_DEBIAN_SPLIT)
                return exim_confd_find_option(option, ret_path, ret_line) >= 0;
        if (layout != EXIM_LAYOUT_DEBIAN_UNSPLIT ||
            fd_read_file_at(AT_FDCWD, DEBIAN_TEMPLATE, EXIM_CONFIG_SIZE_MAX, &text, &size) < 0 ||
            exim_find_option(text, size, option, ret_line) < 0)
                return false;

        *ret_path = strdup(DEBIAN_TEMPLATE);
        return *ret_path;
}

/*
 * Exim found one of our options set a second time: by a macro, which the editor cannot see, or in a
 * file that is not edited. Say which, instead of Exim's riddle.
 */
static int explain_set_twice(
                const EximFacts *facts,
                const EximSettings *settings,
                const EximStaged *staged,
                const EximErrorPlace *place,
                Failure *reterr) {
        CLEANUP(failure_done) Failure said = {};
        CLEANUP(freep) char *path = NULL;
        const EximSetting *setting = NULL;
        size_t line;

        failure_move(&said, reterr);
        for (size_t i = 0; said.text && i < settings->count; i++) {
                CLEANUP(freep)
                char *quoted = string_format("\"%s\" option", settings->items[i].option);

                if (quoted && strstr(said.text, quoted))
                        setting = &settings->items[i];
        }

        if (!setting) {
                failure_move(reterr, &said);
                return -EBADMSG;
        }

        if (find_in_debian(facts->layout, setting->option, &path, &line))
                return failure_set(
                                reterr,
                                -EOPNOTSUPP,
                                FAILURE_EXIM_BLOCKED_BY_MACRO,
                                "%s: %s is set in '%s', line %zu, which is not edited, as it is "
                                "Debian's or yours; %s",
                                setting->key,
                                setting->option,
                                path,
                                line,
                                facts->layout == EXIM_LAYOUT_DEBIAN_UNSPLIT
                                                ? "move the line to '" DEBIAN_LOCALMACROS "'"
                                                : "take the line out there");

        if (place->path && !string_equal(place->path, staged->path))
                return failure_set(
                                reterr,
                                -EOPNOTSUPP,
                                FAILURE_EXIM_BLOCKED_BY_MACRO,
                                "%s: %s is set in the included file '%s', line %u, which is not "
                                "edited; take it out there",
                                setting->key,
                                setting->option,
                                place->path,
                                place->line);

        return failure_set(
                        reterr,
                        -EOPNOTSUPP,
                        FAILURE_EXIM_BLOCKED_BY_MACRO,
                        "%s: %s is set by a macro, which cannot be edited; %s",
                        setting->key,
                        setting->option,
                        said.text ?: "");
}

/* -bP shows each value that we want. */
static int check_values(
                const EximFacts *facts,
                const EximSettings *settings,
                const EximStaged *staged,
                Failure *reterr) {
        const char *options[_MAIL_LIMIT_MAX];
        CLEANUP(freep) char *output = NULL;
        int r;

        for (size_t i = 0; i < settings->count; i++)
                options[i] = settings->items[i].option;

        r = exim_ask_options(facts->binary, staged, options, settings->count, &output, reterr);
        if (r < 0)
                return r;

        for (size_t i = 0; i < settings->count; i++) {
                const EximSetting *setting = &settings->items[i];
                CLEANUP(freep) char *value = NULL;

                r = exim_option_parse(output, setting->option, &value);
                if (r < 0 && r != -ENOENT)
                        return failure_set(reterr, r, FAILURE_INTERNAL, "Out of memory");
                if (value && exim_value_equals(value, setting->value))
                        continue;

                return failure_set(
                                reterr,
                                -EOPNOTSUPP,
                                FAILURE_EXIM_BLOCKED_BY_MACRO,
                                "%s: Exim would use %s = %.100s instead of %s: a macro or an "
                                "included file in '%s' stands against it",
                                setting->key,
                                setting->option,
                                value ?: "(nothing)",
                                setting->value,
                                staged->real);
        }

        return 0;
}

/* Exim judges the owner of its main file only: those that it includes are run as root as well. */
static int check_included(const EximFacts *facts, const EximStaged *staged, Failure *reterr) {
        static const char *const config[] = { "config" };
        CLEANUP(string_list_done) StringList files = {};
        CLEANUP(freep) char *output = NULL;
        int r;

        r = exim_ask_options(facts->binary, staged, config, 1, &output, reterr);
        if (r < 0)
                return r;
        r = exim_files_parse(output, &files);
        if (r < 0)
                return failure_set(reterr, r, FAILURE_INTERNAL, "Out of memory");

        for (size_t i = 0; i < files.count; i++) {
                if (string_equal(files.items[i], staged->path))
                        continue;
                r = exim_file_check_owner(files.items[i], reterr);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int check_staged(
                const EximFacts *facts,
                const EximSettings *settings,
                const EximStaged *staged,
                Failure *reterr) {
        CLEANUP(exim_error_place_done) EximErrorPlace place = {};
        int r;

        r = exim_ask_version(facts->binary, staged, NULL, &place, reterr);
        if (r < 0)
                return place.set_twice && reterr
                                       ? explain_set_twice(facts, settings, staged, &place, reterr)
                                       : r;
        if (settings->count == 0)
                return 0;

        r = check_values(facts, settings, staged, reterr);
        if (r < 0)
                return r;

        return check_included(facts, staged, reterr);
}

static int check_generated(
                const EximFacts *facts,
                const EximSettings *settings,
                const char *text,
                size_t size,
                Failure *reterr) {
        CLEANUP(exim_stage_done) EximStage stage = {};
        int r;

        r = exim_stage_make(facts->layout, text, size, &stage, reterr);
        if (r < 0)
                return r;

        return check_staged(
                        facts,
                        settings,
                        &(const EximStaged){ .path = stage.output, .real = DEBIAN_GENERATED },
                        reterr);
}

/* The temporary stands beside the file, so that relative includes find what they would find. */
static int check_single(
                const EximFacts *facts,
                const EximSettings *settings,
                const EximFile *file,
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

        return check_staged(
                        facts,
                        settings,
                        &(const EximStaged){ .path = path, .real = file->path },
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

        r = check_generated(facts, &none, file->before, file->before_size, reterr);
        if (r < 0 && reterr)
                failure_append(reterr, "it is so without any change of ours");
        return r;
}

static int check_target(
                const EximFacts *facts,
                const EximSettings *settings,
                const EximFile *file,
                Failure *reterr) {
        int r;

        if (!exim_layout_is_generated(facts->layout))
                return check_single(facts, settings, file, reterr);

        if (settings->count > 0) {
                r = check_original(facts, file, reterr);
                if (r < 0)
                        return r;
        }

        return check_generated(facts, settings, file->after, file->after_size, reterr);
}

/* Does Exim refuse the file as it is before our change? */
static bool was_broken_before(const EximFacts *facts, const EximFile *file) {
        const EximSettings none = {};

        if (exim_layout_is_generated(facts->layout))
                return check_generated(facts, &none, file->before, file->before_size, NULL) < 0;

        return check_staged(facts,
                            &none,
                            &(const EximStaged){ .path = file->path, .real = file->path },
                            NULL) < 0;
}

int exim_edits_check(
                EximEdits *edits,
                const EximFacts *facts,
                const MailLimits *limits,
                Failure *reterr) {
        CLEANUP(failure_done) Failure failure = {};
        const EximFile *file;
        int r;

        assert(edits && facts && limits);
        assert(mail_limits_are_empty(limits) == (edits->settings.count == 0));

        for (size_t i = 0; i < edits->count; i++) {
                r = prepare_file(&edits->items[i], reterr);
                if (r < 0)
                        return r;
        }

        file = edits->count > 0 ? &edits->items[edits->count - 1] : NULL;
        if (!file || !file->is_target || !facts->binary)
                return 0;

        r = check_target(facts, &edits->settings, file, &failure);
        if (r >= 0)
                return 0;

        /* Taking our lines out must work whatever else is broken: what Exim refuses then, it
         * refused before. */
        if (edits->settings.count == 0 && was_broken_before(facts, file))
                return 0;

        failure_move(reterr, &failure);
        return r;
}
