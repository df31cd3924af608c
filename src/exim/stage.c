/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exim/ask.h"
#include "exim/confd.h"
#include "exim/layout.h"
#include "exim/stage.h"
#include "util/fd.h"
#include "util/text.h"

#define NAME_CONF   "update-exim4.conf.conf"
#define NAME_CONFD  "conf.d"
#define NAME_WHOLE  NAME_CONFD "/main/whole"
#define NAME_OUTPUT "out"

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *where) {
        (void) st;
        (void) type;
        (void) where;

        return remove(path);
}

void exim_stage_done(EximStage *stage) {
        /* what cannot be removed goes with the unit's folder */
        if (stage->directory)
                (void) nftw(stage->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);

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

static int write_file(int dir_fd, const char *name, const char *data, size_t size) {
        CLEANUP(fd_closep) int fd = -EBADF;

        fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;

        return fd_write_all(fd, data ?: "", size);
}

static int append_live(Text *text, const char *path) {
        CLEANUP(freep) char *live = NULL;
        size_t size;
        int r;

        r = fd_read_file_at(AT_FDCWD, path, EXIM_CONFIG_SIZE_MAX, &live, &size);
        if (r < 0)
                return r;

        text_append(text, live, size);
        return text->failed ? -ENOMEM : 0;
}

/*
 * As the live one, but always split. In an unsplit configuration of type "none" the generator takes
 * exim4.conf.localmacros from its usual folder whatever folder it is told to use, and in others it
 * looks there whether that file exists. A split one with a single file is made into the same.
 */
static int write_conf(int fd) {
        CLEANUP(text_done) Text conf = {};
        int r;

        r = append_live(&conf, DEBIAN_CONF);
        if (r < 0)
                return r;
        text_append_string(&conf, "\ndc_use_split_config='true'\n");

        return conf.failed ? -ENOMEM : write_file(fd, NAME_CONF, conf.data, conf.size);
}

static int make_sections(int fd) {
        if (mkdirat(fd, NAME_CONFD, 0700) < 0)
                return -errno;

        for (const char *const *section = exim_confd_sections; *section; section++) {
                CLEANUP(freep) char *name = string_format(NAME_CONFD "/%s", *section);

                if (!name)
                        return -ENOMEM;
                if (mkdirat(fd, name, 0700) < 0)
                        return -errno;
        }

        return 0;
}

/* exim4.conf.localmacros and the template, with nothing in between. */
static int fill_unsplit(int fd, const char *text, size_t size) {
        CLEANUP(text_done) Text whole = {};
        int r;

        text_append(&whole, text ?: "", size);
        r = append_live(&whole, DEBIAN_TEMPLATE);
        if (r < 0)
                return r;

        return write_file(fd, NAME_WHOLE, whole.data, whole.size);
}

static int fill_split(int fd, const char *text, size_t size) {
        CLEANUP(string_list_done) StringList files = {};
        size_t room = EXIM_CONFIG_SIZE_MAX;
        int r;

        r = exim_confd_list(&files);
        if (r < 0)
                return r;

        for (size_t i = 0; i < files.count; i++) {
                const char *name = string_after_prefix(files.items[i], DEBIAN_CONFDIR "/");
                CLEANUP(freep) char *live = NULL;
                size_t live_size;

                if (!name || string_equal(files.items[i], DEBIAN_SPLIT_FILE))
                        continue;

                r = exim_confd_read(files.items[i], &live, &live_size);
                if (r < 0)
                        return r;
                if (live_size > room)
                        return -EFBIG;
                room -= live_size;

                r = write_file(fd, name, live, live_size);
                if (r < 0)
                        return r;
        }

        if (!text)
                return 0;

        return write_file(
                        fd, string_after_prefix(DEBIAN_SPLIT_FILE, DEBIAN_CONFDIR "/"), text, size);
}

static int fill(EximLayout layout, const EximStage *stage, const char *text, size_t size) {
        CLEANUP(fd_closep) int fd = -EBADF;
        int r;

        fd = open(stage->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
                return -errno;

        r = write_conf(fd);
        if (r >= 0)
                r = make_sections(fd);
        if (r < 0)
                return r;

        return layout == EXIM_LAYOUT_DEBIAN_SPLIT ? fill_split(fd, text, size)
                                                  : fill_unsplit(fd, text, size);
}

static int generate(const EximStage *stage, uint64_t deadline_usec, Failure *reterr) {
        const char *const argv[] = { DEBIAN_GENERATOR, "-d", stage->directory, "-o",
                                     stage->output,    NULL };
        CLEANUP(process_result_done) ProcessResult result = {};
        CLEANUP(freep) char *words = NULL;
        int r;

        r = exim_run(argv, deadline_usec, &result, reterr);
        if (r < 0)
                return r;
        if (result.status == 0)
                return 0;

        words = exim_error_text(
                        result.errors,
                        &(const EximStaged){ .path = stage->directory, .real = DEBIAN_CONFDIR });
        return failure_set(
                        reterr,
                        -EBADMSG,
                        FAILURE_EXIM_CONFIG_INVALID,
                        "update-exim4.conf says: %s",
                        words ?: "?");
}

int exim_stage_make(
                const EximFacts *facts,
                const char *text,
                size_t size,
                EximStage *ret,
                Failure *reterr) {
        CLEANUP(exim_stage_done) EximStage stage = {};
        int r;

        r = make_directory(&stage.directory);
        if (r >= 0) {
                stage.output = string_format("%s/" NAME_OUTPUT, stage.directory);
                r = stage.output ? fill(facts->layout, &stage, text, size) : -ENOMEM;
        }
        if (r < 0)
                return failure_set(
                                reterr,
                                r,
                                FAILURE_STORAGE_FAILED,
                                "Failed to stage Exim's configuration: %s",
                                strerror(-r));

        r = generate(&stage, facts->deadline_usec, reterr);
        if (r < 0)
                return r;

        *ret = stage;
        stage = (EximStage){};
        return 0;
}
