/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "util/cgroup.h"
#include "util/fd.h"
#include "util/parse.h"
#include "util/text.h"

#define DEPTH_MAX      16
#define PROCS_SIZE_MAX ((size_t) 1024 * 1024)
#define PROC_FILE_MAX  4096

/* What to look for: an inode, or a name. */
typedef struct Wanted {
        uint64_t id;
        const char *name;
} Wanted;

static void directory_closep(DIR **directory) {
        if (*directory)
                (void) closedir(*directory);
}

static bool entry_matches(const struct dirent *entry, const Wanted *wanted) {
        return wanted->name ? strcmp(entry->d_name, wanted->name) == 0 : entry->d_ino == wanted->id;
}

/* Depth first; *ret_path is set when found. Groups come and go meanwhile, which is no failure. */
static int search(const char *path, unsigned depth, const Wanted *wanted, char **ret_path) {
        CLEANUP(directory_closep) DIR *directory = opendir(path);
        const struct dirent *entry;

        if (!directory)
                return errno == ENOENT ? 0 : -errno;

        /* cppcheck-suppress readdirCalled // the stream is this call's own; glibc is safe then */
        while ((entry = readdir(directory))) {
                CLEANUP(freep) char *inner = NULL;
                int r;

                if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
                        continue;

                inner = string_format("%s/%s", path, entry->d_name);
                if (!inner)
                        return -ENOMEM;
                if (entry_matches(entry, wanted)) {
                        *ret_path = TAKE(inner);
                        return 0;
                }
                if (depth == DEPTH_MAX)
                        continue;

                r = search(inner, depth + 1, wanted, ret_path);
                if (r < 0 || *ret_path)
                        return r;
        }

        return 0;
}

static int find(const Wanted *wanted, char **ret_path) {
        CLEANUP(freep) char *path = NULL;
        /* with version 1 beside it, version 2 is here */
        static const char hybrid[] = "/sys/fs/cgroup/unified";
        const char *root = access(hybrid, F_OK) == 0 ? hybrid : "/sys/fs/cgroup";
        int r;

        r = search(root, 0, wanted, &path);
        if (r < 0)
                return r;
        if (!path)
                return -ENOENT;

        *ret_path = TAKE(path);
        return 0;
}

int cgroup_find_by_id(uint64_t id, char **ret_path) {
        if (id == 0)
                return -ENOENT;

        return find(&(const Wanted){ .id = id }, ret_path);
}

int cgroup_find_by_unit(const char *unit, char **ret_path) {
        return find(&(const Wanted){ .name = unit }, ret_path);
}

static bool has_suffix(const char *s, size_t size, const char *suffix) {
        size_t suffix_size = strlen(suffix);

        return size > suffix_size && memcmp(s + size - suffix_size, suffix, suffix_size) == 0;
}

int cgroup_path_unit(const char *path, char **ret_unit) {
        for (const char *s = path; *s;) {
                size_t size = strcspn(s, "/");

                if (has_suffix(s, size, ".service") || has_suffix(s, size, ".scope")) {
                        char *unit = strndup(s, size);

                        if (!unit)
                                return -ENOMEM;
                        *ret_unit = unit;
                        return 0;
                }
                s += size + (s[size] == '/');
        }

        return -ENOENT;
}

/* A process or a group that ended before its file was opened, or between that and the reading. */
static bool is_gone(int r) {
        return r == -ENOENT || r == -ESRCH || r == -ENODEV;
}

/* Name and start time of a process. Return: 0, or a negative errno when it is gone. */
static int read_stat(pid_t pid, char ret_comm[static 32], uint64_t *ret_start) {
        CLEANUP(freep) char *path = string_format("/proc/%d/stat", (int) pid);
        CLEANUP(freep) char *text = NULL;
        const char *open, *close, *s;
        char number[24];
        size_t size;
        int r;

        if (!path)
                return -ENOMEM;
        r = fd_read_file_at(AT_FDCWD, path, PROC_FILE_MAX, &text, &size);
        if (r < 0)
                return r;

        /* "304 (exim4) S ...": the name may hold anything, so its end is the last bracket */
        open = strchr(text, '(');
        close = strrchr(text, ')');
        if (!open || !close || close < open)
                return -EBADMSG;
        (void) snprintf(ret_comm, 32, "%.*s", (int) (close - open - 1), open + 1);

        /* the start time is field 22; the state, behind the name, is field 3 */
        s = close + 1;
        for (unsigned field = 3; field <= 22; field++) {
                s = strchr(s, ' ');
                if (!s)
                        return -EBADMSG;
                s++;
        }
        (void) snprintf(number, sizeof(number), "%.*s", (int) strcspn(s, " \n"), s);

        return parse_u64(number, UINT64_MAX, ret_start);
}

int cgroup_list_processes(const char *path, uint32_t **ret, size_t *ret_count) {
        CLEANUP(freep) char *procs = string_format("%s/cgroup.procs", path);
        CLEANUP(freep) char *text = NULL;
        CLEANUP(freep) uint32_t *pids = NULL;
        size_t size, count = 0;
        int r;

        if (!procs)
                return -ENOMEM;
        r = fd_read_file_at(AT_FDCWD, procs, PROCS_SIZE_MAX, &text, &size);
        if (r < 0)
                return is_gone(r) ? -ENOENT : r;
        /* a line is two bytes at least */
        pids = calloc(size / 2 + 1, sizeof(uint32_t));
        if (!pids)
                return -ENOMEM;

        for (const char *line = text; *line; line += strspn(line, "\n")) {
                size_t line_size = strcspn(line, "\n");
                char number[16];
                uint32_t pid;

                (void) snprintf(number, sizeof(number), "%.*s", (int) line_size, line);
                line += line_size;
                /* 0: not of our pid namespace */
                if (parse_u32(number, INT32_MAX, &pid) >= 0 && pid > 0)
                        pids[count++] = pid;
        }

        *ret = TAKE(pids);
        *ret_count = count;
        return 0;
}

int cgroup_find_process(const char *path, const char *comm_prefix, pid_t *ret_pid) {
        CLEANUP(freep) uint32_t *pids = NULL;
        uint64_t first = UINT64_MAX;
        pid_t found = 0;
        size_t count;
        int r;

        r = cgroup_list_processes(path, &pids, &count);
        if (r < 0)
                return r;

        for (size_t i = 0; i < count; i++) {
                char comm[32];
                uint64_t start;

                r = read_stat((pid_t) pids[i], comm, &start);
                if (r < 0 && !is_gone(r))
                        return r;
                if (r < 0 || !string_after_prefix(comm, comm_prefix))
                        continue;
                if (start < first) {
                        first = start;
                        found = (pid_t) pids[i];
                }
        }

        if (found == 0)
                return -ENOENT;

        *ret_pid = found;
        return 0;
}
