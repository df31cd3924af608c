/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "exim/acl-files.h"
#include "exim/edit.h"
#include "exim/edits.h"
#include "exim/hook-facts.h"
#include "exim/layout.h"
#include "util/fd.h"
#include "util/text.h"

void exim_file_done(EximFile *file) {
        exim_acl_discard(file);
        atomic_file_done(&file->staged);
        free(file->path);
        free(file->before);
        free(file->after);
        (void) fd_close(file->dir_fd);
        *file = (EximFile) EXIM_FILE_NONE;
}

EximEdits *exim_edits_free(EximEdits *edits) {
        if (!edits)
                return NULL;

        for (size_t i = 0; i < edits->count; i++)
                exim_file_done(&edits->items[i]);
        string_list_done(&edits->in_included);
        exim_hooks_done(&edits->hooks);
        free(edits->items);
        free(edits);
        return NULL;
}

const StringList *exim_edits_in_included(const EximEdits *edits) {
        return &edits->in_included;
}

bool exim_edits_lock_out(const EximEdits *edits) {
        return edits->hooks.locks_out;
}

bool exim_edits_are_empty(const EximEdits *edits) {
        return edits->count == 0;
}

size_t exim_edits_count(const EximEdits *edits) {
        return edits->count;
}

const char *exim_edits_first_path(const EximEdits *edits) {
        return edits->count > 0 ? edits->items[0].path : NULL;
}

int exim_file_read(int dir_fd, const char *name, char **ret_text, size_t *ret_size) {
        struct stat st;

        if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
                if (errno != ENOENT)
                        return -errno;
                *ret_text = NULL;
                *ret_size = 0;
                return 0;
        }
        if (S_ISLNK(st.st_mode))
                return -ELOOP;
        if (!S_ISREG(st.st_mode))
                return -EISDIR;

        return fd_read_file_at(dir_fd, name, EXIM_CONFIG_SIZE_MAX, ret_text, ret_size);
}

static bool is_same(const char *a, size_t a_size, const char *b, size_t b_size) {
        if (!a || !b)
                return a == b;

        return a_size == b_size && memcmp(a, b, a_size) == 0;
}

bool exim_file_changes(const EximFile *file) {
        return !is_same(file->before, file->before_size, file->after, file->after_size);
}

int exim_file_check_unchanged(const EximFile *file, Failure *reterr) {
        CLEANUP(freep) char *now = NULL;
        size_t size = 0;
        int r;

        r = exim_file_read(file->dir_fd, file->name, &now, &size);
        if (r >= 0 && !is_same(now, size, file->before, file->before_size))
                r = -ESTALE;
        if (r >= 0)
                return 0;

        return failure_set(
                        reterr,
                        r,
                        FAILURE_STORAGE_FAILED,
                        "'%s' was changed by somebody else at this moment; try again",
                        file->path);
}

int exim_file_refuse(const char *path, int error, Failure *reterr) {
        const char *why = strerror(-error);

        if (error == -ELOOP)
                why = "it is a symbolic link, which replacing would cut; make it a file, or let it "
                      "include one";
        else if (error == -EISDIR)
                why = "it is not a regular file";
        else if (error == -EFBIG)
                why = "it is larger than 4 MiB";
        else if (error == -E2BIG)
                why = "with the files that are included before it, it is larger than 16 MiB";

        return failure_set(
                        reterr,
                        error,
                        FAILURE_EXIM_CONFIG_UNSUPPORTED,
                        "Exim's file '%s' cannot be edited: %s",
                        path,
                        why);
}

int exim_file_refuse_edit(
                const char *path, int error, const EximEditPlace *place, Failure *reterr) {
        if (error == EXIM_EDIT_E_DAMAGED)
                return failure_set(
                                reterr,
                                -EBADMSG,
                                FAILURE_EXIM_CONFIG_INVALID,
                                "'%s', line %zu: the block marked smtp-restrictions was edited by "
                                "somebody else, so it is not known what to put back; make it as "
                                "it was, or remove it with its mark lines",
                                path,
                                place->line);
        if (error == EXIM_EDIT_E_DIRECTIVE)
                return failure_set(
                                reterr,
                                -EOPNOTSUPP,
                                FAILURE_EXIM_CONFIG_UNSUPPORTED,
                                "'%s', line %zu: %s is set in a line that a condition (.ifdef) or "
                                "an .include runs through; write it as one plain line",
                                path,
                                place->line,
                                place->option);

        return failure_set(reterr, error, FAILURE_INTERNAL, "Out of memory");
}

/* Compute what the file shall be. */
static int render_file(EximFile *file, const EximSettings *settings, Failure *reterr) {
        CLEANUP(exim_stripped_done) EximStripped stripped = {};
        EximEditPlace place = {};
        int r;

        if (file->before) {
                r = exim_strip(file->before, file->before_size, &stripped, &place);
                if (r != 0)
                        return exim_file_refuse_edit(file->path, r, &place, reterr);
                file->had_block = stripped.had_block;
        }

        if (settings->count > 0) {
                r = exim_edit(file->before,
                              file->before_size,
                              settings,
                              &file->after,
                              &file->after_size,
                              &place);
                if (r != 0)
                        return exim_file_refuse_edit(file->path, r, &place, reterr);
                if (file->after_size > EXIM_CONFIG_SIZE_MAX)
                        return exim_file_refuse(file->path, -EFBIG, reterr);
                return 0;
        }

        if (!file->before || (stripped.was_made && stripped.size == 0))
                return 0; /* it was not there before us */

        file->after = TAKE(stripped.text);
        file->after_size = stripped.size;
        return 0;
}

/* Errors by which a file that Exim does not read just now is no file of ours. */
static bool is_not_ours(int error) {
        return error == -ENOENT || error == -ENOTDIR || error == -ELOOP || error == -EISDIR ||
               error == -EFBIG;
}

/* `is_needed`: one that cannot be edited is refused. Return: 1 if the file is to change, 0 if not,
 * or a negative errno. */
static int load_file(
                const char *path,
                bool is_target,
                bool is_needed,
                const EximSettings *settings,
                EximFile *file,
                Failure *reterr) {
        const EximSettings none = {};
        int r;

        file->is_target = is_target;
        file->path = strdup(path);
        if (!file->path)
                return failure_set(reterr, -ENOMEM, FAILURE_INTERNAL, "Out of memory");

        r = exim_file_open_directory(file->path, &file->dir_fd, &file->name);
        if (r >= 0)
                r = exim_file_read(file->dir_fd, file->name, &file->before, &file->before_size);
        if (r < 0) {
                if (is_needed)
                        return exim_file_refuse(path, r, reterr);
                if (is_not_ours(r))
                        return 0;
                return failure_set(
                                reterr,
                                r,
                                FAILURE_STORAGE_FAILED,
                                "Failed to read '%s': %s",
                                path,
                                strerror(-r));
        }

        r = render_file(file, is_target ? settings : &none, reterr);
        if (r < 0)
                return r;

        return exim_file_changes(file);
}

static int add_file(
                EximEdits *edits,
                const char *path,
                const EximSettings *settings,
                bool is_target,
                Failure *reterr) {
        CLEANUP(exim_file_done) EximFile file = EXIM_FILE_NONE;
        int r;

        r = load_file(path, is_target, is_target && settings->count > 0, settings, &file, reterr);
        if (r <= 0)
                return r;

        edits->items[edits->count++] = file;
        file = (EximFile) EXIM_FILE_NONE;
        return 0;
}

static bool is_read(const EximFacts *facts, const EximFile *file) {
        return facts->layout == EXIM_LAYOUT_SINGLE &&
               (file->is_target || exim_includes_have(&facts->includes, file->path));
}

/*
 * What the hooks need depends on what Exim says of its configuration without them: with the other
 * limits in it, since without these it may be one that Exim refuses.
 */
static int read_hook_facts(
                const EximFacts *facts,
                const EximSettings *settings,
                EximHookFacts *ret,
                Failure *reterr) {
        CLEANUP(exim_edits_freep) EximEdits *plain = calloc(1, sizeof(*plain));
        int r;

        if (plain)
                plain->items = calloc(facts->includes.count + 1, sizeof(EximFile));
        if (!plain || !plain->items)
                return failure_set(reterr, -ENOMEM, FAILURE_INTERNAL, "Out of memory");

        if (facts->layout == EXIM_LAYOUT_SINGLE)
                r = exim_group_render(facts, settings, plain, reterr);
        else {
                plain->items[0] = (EximFile) EXIM_FILE_NONE;
                plain->count = 1;
                r = load_file(exim_layout_target(facts),
                              true,
                              true,
                              settings,
                              &plain->items[0],
                              reterr);
        }
        if (r < 0)
                return r;

        return exim_hook_facts_read(facts, plain, ret, reterr);
}

static int add_hooks(
                EximEdits *edits,
                const EximFacts *facts,
                const char *contact,
                const AllowedIds *denied,
                EximSettings *settings,
                Failure *reterr) {
        CLEANUP(exim_hook_facts_done) EximHookFacts hook_facts = {};
        int r;

        if (!exim_hooks_are_wanted(settings->limits))
                return 0;

        r = read_hook_facts(facts, settings, &hook_facts, reterr);
        if (r >= 0)
                r = exim_hooks_render(
                                &hook_facts,
                                settings->limits,
                                contact,
                                denied,
                                &edits->hooks,
                                reterr);
        if (r < 0)
                return r;

        exim_hooks_append_settings(&edits->hooks, facts->layout, settings);
        for (size_t i = 0; i < edits->hooks.acl_count; i++) {
                CLEANUP(exim_file_done) EximFile acl = EXIM_FILE_NONE;

                r = exim_acl_load(&edits->hooks.acls[i], &acl, reterr);
                if (r < 0)
                        return r;
                if (r == 0)
                        continue;
                edits->items[edits->count++] = acl;
                acl = (EximFile) EXIM_FILE_NONE;
        }

        return 0;
}

int exim_edits_render(
                const EximFacts *facts,
                const MailLimits *limits,
                const char *contact,
                const AllowedIds *denied,
                EximEdits **ret,
                Failure *reterr) {
        CLEANUP(exim_edits_freep) EximEdits *edits = NULL;
        CLEANUP(string_list_done) StringList files = {};
        EximSettings settings = exim_settings_of_limits(limits);
        const char *target = exim_layout_target(facts);
        int r;

        assert(facts && limits && ret);

        settings.take_macros = facts->layout == EXIM_LAYOUT_DEBIAN_UNSPLIT;
        edits = calloc(1, sizeof(*edits));
        r = edits ? exim_layout_files(facts, &files) : -ENOMEM;
        if (r < 0)
                return failure_set(reterr, r, FAILURE_INTERNAL, "Out of memory");

        edits->items = calloc(files.count + 1 + ELEMENTS_OF(edits->hooks.acls), sizeof(EximFile));
        if (!edits->items)
                return failure_set(reterr, -ENOMEM, FAILURE_INTERNAL, "Out of memory");

        if (settings.count > 0 || exim_hooks_are_wanted(limits)) {
                r = exim_layout_check(facts, reterr);
                if (r >= 0)
                        r = add_hooks(edits, facts, contact, denied, &settings, reterr);
                if (r < 0)
                        return r;
        }

        for (size_t i = 0; i < files.count; i++) {
                if (string_equal(files.items[i], target) ||
                    (settings.count > 0 && exim_includes_have(&facts->includes, files.items[i])))
                        continue;
                r = add_file(edits, files.items[i], &settings, false, reterr);
                if (r < 0)
                        return r;
        }

        if (settings.count > 0 && facts->layout == EXIM_LAYOUT_SINGLE)
                r = exim_group_render(facts, &settings, edits, reterr);
        else if (target)
                r = add_file(edits, target, &settings, true, reterr);
        if (r < 0)
                return r;

        for (size_t i = 0; i < edits->count; i++) {
                edits->items[i].is_read = is_read(facts, &edits->items[i]);
                r = exim_file_check_place(edits->items[i].path, reterr);
                if (r < 0)
                        return r;
        }

        *ret = TAKE(edits);
        return 0;
}
