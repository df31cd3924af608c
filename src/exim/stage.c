/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exim/ask.h"
#include "exim/layout.h"
#include "exim/stage.h"
#include "util/fd.h"
#include "util/text.h"

#define NAME_CONF     "update-exim4.conf.conf"
#define NAME_TEMPLATE "exim4.conf.template"
#define NAME_MACROS   "exim4.conf.localmacros"
#define NAME_OUTPUT   "out"

void exim_stage_done(EximStage *stage) {
        static const char *const names[] = { NAME_CONF, NAME_TEMPLATE, NAME_MACROS, NAME_OUTPUT };
        CLEANUP(fd_closep) int fd = -EBADF;

        if (stage->directory) {
                fd = open(stage->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
                for (size_t i = 0; fd >= 0 && i < ELEMENTS_OF(names); i++)
                        (void) unlinkat(fd, names[i], 0);
                (void) rmdir(stage->directory);
        }

        free(stage->directory);
        free(stage->output);
        *stage = (EximStage){};
}

/* The unit's own folder in /run, else /tmp (which is private in the unit). */
static int make_directory(char **ret) {
        const char *runtime = getenv("RUNTIME_DIRECTORY");
        CLEANUP(freep) char *path = NULL;

        path = string_format("%s/exim-XXXXXX", runtime && runtime[0] == '/' ? runtime : "/tmp");
        if (!path)
                return -ENOMEM;
        if (!mkdtemp(path))
                return -errno;

        *ret = TAKE(path);
        return 0;
}

static int write_file(int dir_fd, const char *name, const Text *text) {
        CLEANUP(fd_closep) int fd = -EBADF;

        if (text->failed)
                return -ENOMEM;

        fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;

        return fd_write_all(fd, text->data ?: "", text->size);
}

static int append_live(Text *text, const char *path) {
        CLEANUP(freep) char *live = NULL;
        size_t size;
        int r;

        r = fd_read_file_at(AT_FDCWD, path, EXIM_CONFIG_SIZE_MAX, &live, &size);
        if (r < 0)
                return r;

        text_append(text, live, size);
        return 0;
}

/*
 * update-exim4.conf(8) reads localmacros from its folder only if the live one exists, and puts
 * nothing between it and the template. So the text stands before the template, and what is made is
 * the same in both cases.
 */
static int fill(const EximStage *stage, const char *localmacros, size_t size) {
        CLEANUP(text_done) Text conf = {};
        CLEANUP(text_done) Text template = {};
        CLEANUP(fd_closep) int fd = -EBADF;
        const Text empty = {};
        int r;

        fd = open(stage->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
                return -errno;

        r = append_live(&conf, DEBIAN_CONF);
        if (r < 0)
                return r;
        r = write_file(fd, NAME_CONF, &conf);
        if (r < 0)
                return r;

        if (localmacros)
                text_append(&template, localmacros, size);
        r = append_live(&template, DEBIAN_TEMPLATE);
        if (r < 0)
                return r;
        r = write_file(fd, NAME_TEMPLATE, &template);
        if (r < 0)
                return r;

        return write_file(fd, NAME_MACROS, &empty);
}

static int generate(const EximStage *stage, Failure *reterr) {
        const char *const argv[] = { DEBIAN_GENERATOR, "-d", stage->directory, "-o",
                                     stage->output,    NULL };
        CLEANUP(process_result_done) ProcessResult result = {};
        CLEANUP(freep) char *words = NULL;
        int r;

        r = exim_run(argv, &result, reterr);
        if (r < 0)
                return r;
        if (result.status == 0)
                return 0;

        words = exim_error_text(result.errors, stage->directory, DEBIAN_CONFDIR);
        return failure_set(
                        reterr,
                        -EBADMSG,
                        FAILURE_EXIM_CONFIG_INVALID,
                        "update-exim4.conf says: %s",
                        words ?: "?");
}

int exim_stage_make(const char *localmacros, size_t size, EximStage *ret, Failure *reterr) {
        CLEANUP(exim_stage_done) EximStage stage = {};
        int r;

        r = make_directory(&stage.directory);
        if (r >= 0) {
                stage.output = string_format("%s/" NAME_OUTPUT, stage.directory);
                r = stage.output ? fill(&stage, localmacros, size) : -ENOMEM;
        }
        if (r < 0)
                return failure_set(
                                reterr,
                                r,
                                FAILURE_STORAGE_FAILED,
                                "Failed to stage Exim's configuration: %s",
                                strerror(-r));

        r = generate(&stage, reterr);
        if (r < 0)
                return r;

        *ret = stage;
        stage = (EximStage){};
        return 0;
}
