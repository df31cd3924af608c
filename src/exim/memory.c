/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "exim/block.h"
#include "exim/edit.h"
#include "exim/edits.h"
#include "exim/layout.h"
#include "exim/memory.h"
#include "util/fd.h"

static void file_done(EximMemoryFile *file) {
        free(file->path);
        free(file->blocks);
        *file = (EximMemoryFile){};
}

void exim_memory_done(EximMemory *memory) {
        for (size_t i = 0; i < memory->count; i++)
                file_done(&memory->items[i]);
        free(memory->items);
        *memory = (EximMemory){};
}

void exim_damage_done(EximDamage *damage) {
        free(damage->path);
        free(damage->text);
        *damage = (EximDamage){};
}

static const EximMemoryFile *find_file(const EximMemory *memory, const char *path) {
        for (size_t i = 0; i < memory->count; i++)
                if (string_equal(memory->items[i].path, path))
                        return &memory->items[i];

        return NULL;
}

/* The text of a file, NULL when there is none or it cannot be read: then there is nothing to see.
 */
static char *read_text(const char *path, size_t *ret_size) {
        CLEANUP(fd_closep) int fd = -EBADF;
        const char *name;
        char *text;

        if (exim_file_open_directory(path, &fd, &name) < 0 ||
            exim_file_read(fd, name, &text, ret_size) < 0)
                return NULL;

        return text;
}

static int show_blocks(
                const char *text,
                size_t size,
                const EximMemoryFile *before,
                char **ret,
                size_t *ret_size) {
        CLEANUP(text_done) Text shown = {};

        exim_blocks_show(
                        &shown,
                        text,
                        size,
                        before ? before->blocks : NULL,
                        before ? before->size : 0);
        return text_finish(&shown, ret, ret_size);
}

/* Return: 1 if the file has to be remembered, 0 if not, -ENOMEM. */
static int look_at_file(const EximMemory *memory, const char *path, EximMemoryFile *ret) {
        CLEANUP(file_done) EximMemoryFile file = {};
        CLEANUP(exim_stripped_done) EximStripped stripped = {};
        CLEANUP(freep) char *text = NULL;
        const EximMemoryFile *before = find_file(memory, path);
        EximEditPlace place;
        size_t size;
        int r;

        text = read_text(path, &size);
        if (!text)
                return 0;

        r = exim_strip(text, size, &stripped, &place);
        if (r < 0)
                return r;
        if (r == 0 && !stripped.had_block)
                return 0;
        if (r > 0 && !before)
                return 0;

        file.path = strdup(path);
        if (!file.path)
                return -ENOMEM;
        if (r > 0)
                r = show_blocks(before->blocks, before->size, NULL, &file.blocks, &file.size);
        else
                r = show_blocks(text, size, NULL, &file.blocks, &file.size);
        if (r < 0)
                return r;

        *ret = file;
        file = (EximMemoryFile){};
        return 1;
}

int exim_memory_refresh(EximMemory *memory, const EximFacts *facts) {
        CLEANUP(exim_memory_done) EximMemory now = {};
        CLEANUP(string_list_done) StringList files = {};
        int r;

        r = exim_layout_files(facts, &files);
        if (r < 0)
                return r;
        now.items = calloc(files.count + 1, sizeof(EximMemoryFile));
        if (!now.items)
                return -ENOMEM;

        for (size_t i = 0; i < files.count; i++) {
                r = look_at_file(memory, files.items[i], &now.items[now.count]);
                if (r < 0)
                        return r;
                now.count += (size_t) r;
        }

        exim_memory_done(memory);
        *memory = now;
        now = (EximMemory){};
        return 0;
}

static int describe(
                const char *path,
                size_t line,
                const char *text,
                size_t size,
                const EximMemoryFile *before,
                EximDamage *ret) {
        CLEANUP(exim_damage_done) EximDamage damage = { .line = line, .is_diff = before != NULL };
        CLEANUP(freep) char *now = NULL;
        size_t now_size;
        int r;

        damage.path = strdup(path);
        if (!damage.path)
                return -ENOMEM;
        r = show_blocks(text, size, before, &now, &now_size);
        if (r < 0)
                return r;
        if (before)
                r = exim_diff_texts(
                                path, before->blocks, before->size, now, now_size, &damage.text);
        else
                damage.text = TAKE(now);
        if (r < 0)
                return r;

        *ret = damage;
        damage = (EximDamage){};
        return 1;
}

int exim_memory_find_damage(const EximMemory *memory, const EximFacts *facts, EximDamage *ret) {
        CLEANUP(string_list_done) StringList files = {};
        int r;

        r = exim_layout_files(facts, &files);
        if (r < 0)
                return r;

        for (size_t i = 0; i < files.count; i++) {
                CLEANUP(exim_stripped_done) EximStripped stripped = {};
                CLEANUP(freep) char *text = NULL;
                EximEditPlace place;
                size_t size;

                text = read_text(files.items[i], &size);
                if (!text)
                        continue;
                r = exim_strip(text, size, &stripped, &place);
                if (r < 0)
                        return r;
                if (r == EXIM_EDIT_E_DAMAGED)
                        return describe(files.items[i],
                                        place.line,
                                        text,
                                        size,
                                        find_file(memory, files.items[i]),
                                        ret);
        }

        return 0;
}
