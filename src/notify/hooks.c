/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "notify/hooks.h"
#include "util/text.h"

#define ENTRIES_MAX 1000

static void closedirp(DIR **dir) {
        if (*dir)
                (void) closedir(*dir);
}

/* "x.dpkg-old", "x~", ".x.swp" are none. */
static bool is_hook_name(const char *name) {
        size_t size = strlen(name);

        return name[0] != '.' && name[size - 1] != '~' && !strstr(name, ".dpkg-") &&
               !strstr(name, ".rpm");
}

static int append_hook(const char *folder, int dir_fd, const char *name, StringList *hooks) {
        CLEANUP(freep) char *path = NULL;
        struct stat st;

        if (!is_hook_name(name) || fstatat(dir_fd, name, &st, 0) < 0 || !S_ISREG(st.st_mode) ||
            (st.st_mode & 0111) == 0)
                return 0;

        path = string_format("%s/%s", folder, name);
        return path ? string_list_append(hooks, path) : -ENOMEM;
}

int hooks_list(const char *folder, StringList *ret) {
        CLEANUP(string_list_done) StringList hooks = {};
        CLEANUP(closedirp) DIR *dir = NULL;
        size_t entries = 0;

        assert(folder && ret);

        dir = opendir(folder);
        if (!dir && errno != ENOENT)
                return -errno;

        while (dir && entries++ < ENTRIES_MAX) {
                const struct dirent *entry;
                int r;

                errno = 0;
                /* cppcheck-suppress readdirCalled // this program has one thread */
                entry = readdir(dir);
                if (!entry && errno > 0)
                        return -errno;
                if (!entry)
                        break;
                r = append_hook(folder, dirfd(dir), entry->d_name, &hooks);
                if (r < 0)
                        return r;
        }

        string_list_sort_unique(&hooks);
        while (hooks.count > HOOKS_MAX)
                free(hooks.items[--hooks.count]);
        *ret = hooks;
        hooks = (StringList){};
        return 0;
}
