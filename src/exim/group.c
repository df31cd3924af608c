/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The main file of layout "single" and the files that it includes, edited together. */

#include <errno.h>
#include <fcntl.h>

#include "exim/confd.h"
#include "exim/edits.h"
#include "exim/layout.h"
#include "exim/part.h"
#include "util/fd.h"
#include "util/text.h"

/* what Exim itself would take is more; this is about our memory */
#define GROUP_SIZE_MAX (4 * EXIM_CONFIG_SIZE_MAX)

typedef struct Group {
        EximFile *files;     /* owned: the main file is the first */
        int *obstacles;      /* owned: why a file cannot be replaced, though it can be read */
        EximPart *parts;     /* owned */
        EximPartPlan *plans; /* owned */
        size_t count;
        size_t size; /* of all texts */
} Group;

static void group_done(Group *group) {
        for (size_t i = 0; i < group->count; i++) {
                exim_file_done(&group->files[i]);
                exim_part_done(&group->parts[i]);
        }
        free(group->files);
        free(group->obstacles);
        free(group->parts);
        free(group->plans);
        *group = (Group){};
}

static int group_init(Group *group, size_t count) {
        group->files = calloc(count, sizeof(EximFile));
        group->obstacles = calloc(count, sizeof(int));
        group->parts = calloc(count, sizeof(EximPart));
        group->plans = calloc(count, sizeof(EximPartPlan));

        return group->files && group->obstacles && group->parts && group->plans ? 0 : -ENOMEM;
}

/* Of a link to a file only the text is wanted, to see whether there is anything to edit. Return: 0
 * or a negative errno. */
static int read_file(EximFile *file, int *ret_obstacle) {
        int r;

        *ret_obstacle = 0;
        r = exim_file_open_directory(file->path, &file->dir_fd, &file->name);
        if (r >= 0)
                r = exim_file_read(file->dir_fd, file->name, &file->before, &file->before_size);
        if (r != -ELOOP)
                return r;

        *ret_obstacle = r;
        return exim_confd_read(file->path, &file->before, &file->before_size);
}

/* Does the main section end in something that this file includes? */
static void find_end_of_main(
                const EximFacts *facts, const EximFile *file, EximPartOptions *options) {
        const EximIncludes *includes = &facts->includes;

        for (size_t i = 0; i < includes->count; i++) {
                const EximInclude *include = &includes->items[i];

                if (!include->ends_main || !string_equal(include->parent, file->path))
                        continue;
                options->main_ends = exim_include_find(
                                                     file->before,
                                                     file->before_size,
                                                     include->line,
                                                     &options->last_include) >= 0;
                return;
        }
}

/* Read a file into the next place of the group. */
static int add_part(
                Group *group,
                const EximFacts *facts,
                const char *path,
                const EximSettings *settings,
                Failure *reterr) {
        size_t i = group->count;
        EximFile *file = &group->files[i];
        EximPartOptions options = { .is_included = i > 0 };
        EximEditPlace place = {};
        int r;

        *file = (EximFile) EXIM_FILE_NONE;
        group->count++;

        file->is_target = i == 0;
        file->path = strdup(path);
        if (!file->path)
                return -ENOMEM;
        r = read_file(file, &group->obstacles[i]);
        if (r < 0)
                return exim_file_refuse(path, r, reterr);
        group->size += file->before_size;
        if (group->size > GROUP_SIZE_MAX)
                return exim_file_refuse(path, -E2BIG, reterr);
        if (file->before)
                find_end_of_main(facts, file, &options);

        r =
                        exim_part_read(file->before,
                                       file->before_size,
                                       settings,
                                       &options,
                                       &group->parts[i],
                                       &place);
        if (r != 0)
                return exim_file_refuse_edit(path, r, &place, reterr);

        file->had_block = group->parts[i].stripped.had_block;
        return 0;
}

static bool group_has(const Group *group, const char *path) {
        for (size_t i = 0; i < group->count; i++)
                if (string_equal(group->files[i].path, path))
                        return true;

        return false;
}

static int add_all(
                Group *group,
                const EximFacts *facts,
                const EximSettings *settings,
                Failure *reterr) {
        int r;

        r = add_part(group, facts, facts->config, settings, reterr);

        for (size_t i = 0; r >= 0 && i < facts->includes.count; i++) {
                const EximInclude *include = &facts->includes.items[i];

                if (include->in_main && !group_has(group, include->path))
                        r = add_part(group, facts, include->path, settings, reterr);
        }

        return r;
}

static int refuse_scattered(
                const Group *group, const EximSetting *setting, size_t second, Failure *reterr) {
        const EximFile *file = &group->files[second];
        size_t line = 0;

        /* it is there, as the plan says */
        IGNORE_RESULT(exim_find_option(file->before, file->before_size, setting->option, &line));
        return failure_set(
                        reterr,
                        -EOPNOTSUPP,
                        FAILURE_EXIM_CONFIG_UNSUPPORTED,
                        "%s: %s is set under conditions (.ifdef) in '%s', line %zu, and in another "
                        "file too; set it in one of them",
                        setting->key,
                        setting->option,
                        file->path,
                        line);
}

static int plan_all(Group *group, const EximSettings *settings, Failure *reterr) {
        size_t second;

        for (size_t i = 0; i < settings->count; i++)
                if (exim_parts_plan(group->parts, group->count, i, group->plans, &second) != 0)
                        return refuse_scattered(group, &settings->items[i], second, reterr);

        return 0;
}

/* Hand the file over to the edits if it has to change. */
static int write_part(
                Group *group,
                size_t i,
                const EximSettings *settings,
                EximEdits *edits,
                Failure *reterr) {
        EximFile *file = &group->files[i];
        int r;

        r =
                        exim_part_write(&group->parts[i],
                                        settings,
                                        &group->plans[i],
                                        &file->after,
                                        &file->after_size);
        if (r < 0)
                return r;
        if (i > 0 && group->parts[i].hit_count > 0) {
                r = string_list_append(&edits->in_included, file->path);
                if (r < 0)
                        return r;
        }
        /* gone meanwhile, or as it should be */
        if ((i > 0 && !file->before) || !exim_file_changes(file))
                return 0;
        if (group->obstacles[i] < 0)
                return exim_file_refuse(file->path, group->obstacles[i], reterr);
        if (file->after_size > EXIM_CONFIG_SIZE_MAX)
                return exim_file_refuse(file->path, -EFBIG, reterr);

        r = exim_file_check_owner(file->path, reterr);
        if (r < 0)
                return r;

        edits->items[edits->count++] = *file;
        *file = (EximFile) EXIM_FILE_NONE;
        return 0;
}

int exim_group_render(
                const EximFacts *facts,
                const EximSettings *settings,
                EximEdits *edits,
                Failure *reterr) {
        CLEANUP(group_done) Group group = {};
        int r;

        r = group_init(&group, facts->includes.count + 1);
        if (r >= 0)
                r = add_all(&group, facts, settings, reterr);
        if (r >= 0)
                r = plan_all(&group, settings, reterr);

        /* what is included first, the main file last */
        for (size_t i = group.count; r >= 0 && i > 0; i--)
                r = write_part(&group, i - 1, settings, edits, reterr);

        return r == -ENOMEM ? failure_set(reterr, r, FAILURE_INTERNAL, "Out of memory") : r;
}
