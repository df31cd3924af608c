/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "core/exim-files.h"
#include "util/fd.h"
#include "util/log.h"
#include "util/text.h"

#define FILES_NAME     "exim-files"
#define FILES_SIZE_MAX ((size_t) 4 * 1024 * 1024)

static const AtomicFileOptions options = { .mode = 0600, .uid = (uid_t) -1, .gid = (gid_t) -1 };

int exim_files_read(const Store *store, StringList *ret) {
        CLEANUP(string_list_done) StringList files = {};
        CLEANUP(freep) char *text = NULL;
        size_t size;
        int r;

        r = fd_read_file_at(store->state_fd, FILES_NAME, FILES_SIZE_MAX, &text, &size);
        if (r < 0 && r != -ENOENT)
                return r;

        for (const char *line = text ? text : ""; *line;) {
                const char *end = strchrnul(line, '\n');
                CLEANUP(freep) char *path = strndup(line, (size_t) (end - line));

                if (!path || (path[0] == '/' && string_list_append(&files, path) < 0))
                        return -ENOMEM;
                line = *end ? end + 1 : end;
        }

        string_list_sort_unique(&files);
        *ret = files;
        files = (StringList){};
        return 0;
}

void exim_files_load(Engine *engine) {
        int r = exim_files_read(&engine->store, &engine->exim_edited);

        engine->exim_edited_stored = r >= 0;
        if (r < 0)
                log_warning_errno(
                                r,
                                "Edits in files that Exim does not include any more may stay, "
                                "ignoring: %m");
        IGNORE_RESULT(atomic_file_forget(engine->store.state_fd, FILES_NAME));
}

static int write_files(const Store *store, const StringList *files) {
        CLEANUP(text_done) Text text = {};

        if (files->count == 0)
                return atomic_file_remove(store->state_fd, FILES_NAME);

        for (size_t i = 0; i < files->count; i++)
                text_append_format(&text, "%s\n", files->items[i]);
        if (text.failed)
                return -ENOMEM;

        return atomic_file_write(store->state_fd, FILES_NAME, text.data, text.size, &options);
}

int exim_files_remember(Engine *engine, StringList *files, Failure *reterr) {
        int r;

        if (engine->exim_edited_stored && string_list_equal(&engine->exim_edited, files))
                return 0;

        /* a file that cannot be written or removed for sure may be there or not */
        engine->exim_edited_stored = false;
        r = write_files(&engine->store, files);
        if (r < 0)
                return failure_set(
                                reterr,
                                r,
                                FAILURE_STORAGE_FAILED,
                                FILES_NAME " cannot be written: %s",
                                strerror(-r));

        engine->exim_edited_stored = true;
        string_list_done(&engine->exim_edited);
        engine->exim_edited = *files;
        *files = (StringList){};
        return 0;
}

int engine_read_exim(
                const Engine *engine, uint64_t deadline_usec, EximFacts *ret, Failure *reterr) {
        CLEANUP(exim_facts_done) EximFacts facts = {};
        int r, q;

        r = exim_facts_read(deadline_usec, &facts, reterr);
        q = string_list_copy(&engine->exim_edited, &facts.edited);

        *ret = facts;
        facts = (EximFacts){};
        return q < 0 ? q : r;
}
