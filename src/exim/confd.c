/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "exim/confd.h"
#include "exim/edit.h"
#include "exim/layout.h"
#include "util/fd.h"
#include "util/text.h"

#define FILES_MAX ((size_t) 4096)

const char *const exim_confd_sections[] = {
        "main", "acl", "router", "transport", "retry", "rewrite", "auth", NULL,
};

static void closedirp(DIR **directory) {
        if (*directory)
                (void) closedir(*directory);
}

static int list_section(const char *section, StringList *files) {
        CLEANUP(closedirp) DIR *directory = NULL;
        CLEANUP(freep) char *folder = string_format(DEBIAN_CONFD "/%s", section);

        if (!folder)
                return -ENOMEM;
        directory = opendir(folder);
        if (!directory)
                return errno == ENOENT ? 0 : -errno; /* its absence is for the generator to judge */

        for (;;) {
                CLEANUP(freep) char *path = NULL;
                const struct dirent *entry;
                struct stat st;

                errno = 0;
                entry = readdir(directory);
                if (!entry)
                        return -errno;

                /* A link to a file is read as well. */
                if (fstatat(dirfd(directory), entry->d_name, &st, 0) < 0 || !S_ISREG(st.st_mode))
                        continue;
                if (files->count >= FILES_MAX)
                        return -E2BIG;

                path = string_format("%s/%s", folder, entry->d_name);
                if (!path || string_list_append(files, path) < 0)
                        return -ENOMEM;
        }
}

int exim_confd_list(StringList *ret) {
        CLEANUP(string_list_done) StringList files = {};

        for (const char *const *section = exim_confd_sections; *section; section++) {
                int r = list_section(*section, &files);

                if (r < 0)
                        return r;
        }

        string_list_sort_unique(&files);
        *ret = files;
        files = (StringList){};
        return 0;
}

int exim_confd_read(const char *path, char **ret_text, size_t *ret_size) {
        CLEANUP(fd_closep) int fd = -EBADF;

        /* Links are followed, as the generator does. It was a regular file when it was listed. */
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0)
                return -errno;

        return fd_read_all(fd, EXIM_CONFIG_SIZE_MAX, ret_text, ret_size);
}

static bool is_plain_name(const char *name, size_t size) {
        static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789_-";

        return size > 0 && strspn(name, allowed) >= size;
}

bool exim_confd_is_read(const StringList *files, const char *path) {
        static const char suffix[] = ".rul";
        const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
        CLEANUP(freep) char *other = NULL;
        size_t size = strlen(name);

        if (is_plain_name(name, size)) {
                other = string_format("%s%s", path, suffix);
                return other && !string_list_has_sorted(files, other);
        }

        if (size < sizeof(suffix) || !string_equal(name + size - (sizeof(suffix) - 1), suffix) ||
            !is_plain_name(name, size - (sizeof(suffix) - 1)))
                return false;

        other = strndup(path, strlen(path) - (sizeof(suffix) - 1));
        return other && string_list_has_sorted(files, other);
}

int exim_confd_find_option(const char *option, char **ret_path, size_t *ret_line) {
        CLEANUP(string_list_done) StringList files = {};
        int r;

        r = exim_confd_list(&files);
        if (r < 0)
                return r;

        for (size_t i = 0; i < files.count; i++) {
                CLEANUP(freep) char *text = NULL;
                const char *path = files.items[i];
                size_t size;

                if (!string_after_prefix(path, DEBIAN_CONFD "/main/") ||
                    string_equal(path, DEBIAN_SPLIT_FILE) || !exim_confd_is_read(&files, path))
                        continue;

                r = exim_confd_read(path, &text, &size);
                if (r < 0)
                        return r;
                if (exim_find_option(text, size, option, ret_line) < 0)
                        continue;

                *ret_path = strdup(path);
                return *ret_path ? 0 : -ENOMEM;
        }

        return -ENOENT;
}
