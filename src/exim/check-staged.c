/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>

#include "exim/check-staged.h"
#include "exim/confd.h"
#include "exim/edit.h"
#include "exim/effective.h"
#include "exim/layout.h"
#include "util/fd.h"
#include "util/text.h"

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

        if (setting->macro && find_in_debian(facts->layout, setting->macro, &path, &line))
                return failure_set(
                                reterr,
                                -EOPNOTSUPP,
                                FAILURE_EXIM_BLOCKED_BY_MACRO,
                                "%s: %s is set by the macro %s, which is defined in '%s', line "
                                "%zu, which is not edited, as it is Debian's or yours; take that "
                                "line out",
                                setting->key,
                                setting->option,
                                setting->macro,
                                path,
                                line);

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

        if (place->path && !string_equal(place->path, staged->real))
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

static int check_value(
                const EximSetting *setting,
                const char *output,
                const EximStaged *staged,
                Failure *reterr) {
        CLEANUP(freep) char *value = NULL;
        CLEANUP(freep) char *wanted = NULL;
        CLEANUP(text_done) Text text = {};
        int r;

        exim_setting_append_value(setting, &text);
        r = text_finish(&text, &wanted, NULL);
        if (r >= 0)
                r = exim_option_parse(output, setting->shown, &value);
        if (r < 0 && r != -ENOENT)
                return failure_set(reterr, r, FAILURE_INTERNAL, "Out of memory");
        if (value && exim_value_equals(value, wanted))
                return 0;

        return failure_set(
                        reterr,
                        -EOPNOTSUPP,
                        FAILURE_EXIM_BLOCKED_BY_MACRO,
                        "%s: Exim would use %s = %.100s instead of %.100s: a macro or an included "
                        "file in '%s' stands against it",
                        setting->key,
                        setting->shown,
                        value ?: "(nothing)",
                        wanted,
                        staged->real);
}

/* -bP shows each value that we want, and the administrator's own do not make a trap of them. */
static int check_values(
                const EximFacts *facts,
                const EximSettings *settings,
                const EximStaged *staged,
                Failure *reterr) {
        const char *options[EXIM_SETTINGS_MAX + EXIM_EFFECTIVE_OPTIONS];
        CLEANUP(freep) char *output = NULL;
        size_t count = 0;
        int r;

        for (size_t i = 0; i < settings->count; i++)
                options[count++] = settings->items[i].shown;
        for (size_t i = 0; i < EXIM_EFFECTIVE_OPTIONS; i++)
                options[count++] = exim_effective_options[i];

        r = exim_ask_options(facts, staged, options, count, &output, reterr);
        if (r < 0)
                return r;

        for (size_t i = 0; i < settings->count; i++) {
                r = check_value(&settings->items[i], output, staged, reterr);
                if (r < 0)
                        return r;
        }

        return exim_effective_check(settings->limits, output, reterr);
}

/*
 * The values could be right for another reason than our lines, which a macro changed or a
 * continuation swallowed: then the next change of anything else would lose the limit.
 */
static int check_lines(
                const EximSettings *settings,
                const char *config,
                const EximStaged *staged,
                Failure *reterr) {
        for (size_t i = 0; i < settings->count; i++) {
                CLEANUP(text_done) Text line = {};

                if (!exim_setting_is_option(&settings->items[i]))
                        continue; /* macros are not shown */
                exim_setting_append_line(&settings->items[i], &line);
                if (line.failed)
                        return failure_set(reterr, -ENOMEM, FAILURE_INTERNAL, "Out of memory");
                if (exim_config_has_line(config, line.data))
                        continue;

                return failure_set(
                                reterr,
                                -EOPNOTSUPP,
                                FAILURE_EXIM_BLOCKED_BY_MACRO,
                                "%s: Exim does not see the line '%.100s' as it is written: a "
                                "macro or an included file in '%s' stands against it",
                                settings->items[i].key,
                                line.data,
                                staged->real);
        }

        return 0;
}

/* Every staged file was read in place of its original, which some macro could name as well. */
static int check_staged_files(const StringList *files, const EximStaged *staged, Failure *reterr) {
        for (const EximStaged *s = staged; s; s = s->next) {
                if (string_list_has_sorted(files, s->path) &&
                    (string_equal(s->path, s->real) || !string_list_has_sorted(files, s->real)))
                        continue;

                return failure_set(
                                reterr,
                                -EOPNOTSUPP,
                                FAILURE_EXIM_BLOCKED_BY_MACRO,
                                "A change of '%s' cannot be checked before it is made: a macro "
                                "stands in the way of it, or the file is included by several names",
                                s->real);
        }

        return 0;
}

static bool is_staged(const EximStaged *staged, const char *path) {
        for (; staged; staged = staged->next)
                if (string_equal(staged->path, path))
                        return true;

        return false;
}

/* Exim judges the owner of its main file only: those that it includes are run as root as well. */
static int check_included(const char *config, const EximStaged *staged, Failure *reterr) {
        CLEANUP(string_list_done) StringList files = {};
        int r;

        r = exim_files_parse(config, &files);
        if (r < 0)
                return failure_set(reterr, r, FAILURE_INTERNAL, "Out of memory");

        for (size_t i = 0; i < files.count; i++) {
                if (is_staged(staged, files.items[i]))
                        continue;
                r = exim_file_check_owner(files.items[i], reterr);
                if (r < 0)
                        return r;
        }

        return check_staged_files(&files, staged, reterr);
}

static int check_config(
                const EximFacts *facts,
                const EximSettings *settings,
                const EximStaged *staged,
                Failure *reterr) {
        static const char *const option[] = { "config" };
        CLEANUP(freep) char *config = NULL;
        int r;

        r = exim_ask_options(facts, staged, option, 1, &config, reterr);
        if (r < 0)
                return r;

        r = check_lines(settings, config, staged, reterr);
        if (r < 0)
                return r;

        return check_included(config, staged, reterr);
}

/*
 * A macro of ours that is defined a second time, behind us, is not ours to define: say where.
 * Return: an error, or 0 if it is something else.
 */
static int explain_defined_twice(
                const EximFacts *facts,
                const EximSettings *settings,
                const char *words,
                Failure *reterr) {
        for (size_t i = 0; i < settings->count; i++) {
                const EximSetting *setting = &settings->items[i];
                CLEANUP(freep) char *quoted = NULL;
                CLEANUP(freep) char *path = NULL;
                size_t line;

                quoted = string_format("macro \"%s\" is already defined", setting->option);
                if (exim_setting_is_option(setting) || !quoted || !strstr(words, quoted) ||
                    !find_in_debian(facts->layout, setting->option, &path, &line))
                        continue;

                return failure_set(
                                reterr,
                                -EOPNOTSUPP,
                                FAILURE_EXIM_BLOCKED_BY_MACRO,
                                "%s: %s is defined in '%s', line %zu, which is read behind '%s'; "
                                "define it in %s",
                                setting->key,
                                setting->option,
                                path,
                                line,
                                exim_layout_target(facts),
                                facts->layout == EXIM_LAYOUT_DEBIAN_UNSPLIT
                                                ? "that file"
                                                : "'" DEBIAN_CONFD "/main/000_localmacros'");
        }

        return 0;
}

/* Exim's words about the staged text, or better ones where we know what they mean. */
static int explain(
                const EximFacts *facts,
                const EximSettings *settings,
                const EximStaged *staged,
                const EximErrorPlace *place,
                int error,
                Failure *reterr) {
        CLEANUP(failure_done) Failure better = {};
        int r;

        if (!reterr || !reterr->text || settings->count == 0)
                return error;
        if (place->set_twice)
                return explain_set_twice(facts, settings, staged, place, reterr);

        r = explain_defined_twice(facts, settings, reterr->text, &better);
        if (r == 0)
                r = exim_effective_explain(settings->limits, reterr->text, &better);
        if (r == 0)
                return error;

        failure_done(reterr);
        failure_move(reterr, &better);
        return r;
}

int exim_check_staged(
                const EximFacts *facts,
                const EximSettings *settings,
                const EximStaged *staged,
                Failure *reterr) {
        CLEANUP(exim_error_place_done) EximErrorPlace place = {};
        int r;

        r = exim_ask_version(facts, staged, NULL, &place, reterr);
        if (r < 0)
                return explain(facts, settings, staged, &place, r, reterr);
        if (settings->count == 0)
                return 0;

        r = check_values(facts, settings, staged, reterr);
        if (r < 0)
                return r;

        return check_config(facts, settings, staged, reterr);
}
