/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/history.h"
#include "util/fd.h"
#include "util/log.h"
#include "util/parse.h"
#include "util/text.h"

#define HISTORY_NAME "history"

/* Files that are looked at: others than we make may be there, but not without end. */
#define NAMES_MAX 1000

#define FILE_NAME_SIZE 32 /* of a number of 20 digits and ".json" */

/* Ids that are there, the highest first. */
typedef struct Ids {
        uint64_t items[NAMES_MAX];
        size_t count;
} Ids;

static void format_name(uint64_t id, char ret[static FILE_NAME_SIZE]) {
        (void) snprintf(ret, FILE_NAME_SIZE, "%ju.json", (uintmax_t) id);
}

/* Only names that we give: "1.json", not "01.json". */
static bool parse_name(const char *name, uint64_t *ret) {
        const char *dot = strchr(name, '.');
        char digits[21], again[FILE_NAME_SIZE];
        uint64_t id;

        if (!dot || (size_t) (dot - name) >= sizeof(digits))
                return false;

        (void) memcpy(digits, name, (size_t) (dot - name));
        digits[dot - name] = 0;
        if (parse_u64(digits, UINT64_MAX - 1, &id) < 0 || id == 0)
                return false;
        format_name(id, again);
        if (!string_equal(name, again))
                return false;

        *ret = id;
        return true;
}

static int compare_ids(const void *a, const void *b) {
        uint64_t left = *(const uint64_t *) a, right = *(const uint64_t *) b;

        return left < right ? 1 : left > right ? -1 : 0;
}

static void directory_closep(DIR **directory) {
        if (*directory)
                (void) closedir(*directory);
}

static int open_history(const Store *store) {
        int fd = openat(store->state_fd,
                        HISTORY_NAME,
                        O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

        return fd < 0 ? -errno : fd;
}

static int list_ids(int dir_fd, Ids *ret) {
        CLEANUP(directory_closep) DIR *directory = NULL;
        const struct dirent *entry;
        int fd;

        ret->count = 0;
        fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        directory = fdopendir(fd);
        if (!directory) {
                int r = -errno;

                (void) fd_close(fd);
                return r;
        }

        while (ret->count < NAMES_MAX && (entry = readdir(directory)))
                if (parse_name(entry->d_name, &ret->items[ret->count]))
                        ret->count++;
        qsort(ret->items, ret->count, sizeof(ret->items[0]), compare_ids);

        return 0;
}

static int read_entry(int dir_fd, uint64_t id, HistoryEntry *ret, Failure *reterr) {
        CLEANUP(freep) char *text = NULL;
        char name[FILE_NAME_SIZE];
        size_t size;
        int r;

        format_name(id, name);
        r = fd_read_file_at(dir_fd, name, HISTORY_ENTRY_SIZE_MAX, &text, &size);
        if (r < 0)
                return r;
        r = history_entry_from_text(text, size, ret, reterr);
        if (r < 0)
                return r;

        ret->id = id;
        return 0;
}

static int warn_damaged(uint64_t id, int r, const Failure *failure) {
        log_warning("The past policy %ju cannot be read, ignoring: %s",
                    (uintmax_t) id,
                    failure->text ?: strerror(-r));
        return 0;
}

static int write_entry(int dir_fd, uint64_t id, const Policy *before, const Applied *now) {
        static const AtomicFileOptions options = { .mode = 0600,
                                                   .uid = (uid_t) -1,
                                                   .gid = (gid_t) -1 };
        HistoryEntry entry = {
                .generation = now->generation,
                .change = now->last_change, /* borrowed, as is the policy */
                .policy = now->policy,
        };
        CLEANUP(policy_change_done) PolicyChange delta = {};
        CLEANUP(freep) char *text = NULL;
        char name[FILE_NAME_SIZE];
        size_t size;
        int r;

        policy_change_init(&delta);
        r = policy_change_between(before, &now->policy, &delta);
        if (r < 0)
                return r;
        entry.delta = delta;
        r = history_entry_to_text(&entry, &text, &size);
        if (r < 0)
                return r;

        format_name(id, name);
        return atomic_file_write(dir_fd, name, text, size, &options);
}

static int append(const Store *store, const Applied *now) {
        CLEANUP(history_entry_done) HistoryEntry newest;
        CLEANUP(fd_closep) int dir_fd = -EBADF;
        bool readable;
        Ids ids;
        int r;

        history_entry_init(&newest);

        if (mkdirat(store->state_fd, HISTORY_NAME, 0700) < 0 && errno != EEXIST)
                return -errno;
        dir_fd = open_history(store);
        if (dir_fd < 0)
                return dir_fd;
        r = list_ids(dir_fd, &ids);
        if (r < 0)
                return r;

        /* without one, or behind a damaged one, what changed is counted from the defaults */
        readable = ids.count > 0 && read_entry(dir_fd, ids.items[0], &newest, NULL) >= 0;
        if (readable && policy_equal(&newest.policy, &now->policy))
                return 0;

        r = write_entry(dir_fd, ids.count > 0 ? ids.items[0] + 1 : 1, &newest.policy, now);
        if (r < 0)
                return r;

        /* not durable at once: the next append removes it again */
        for (size_t i = HISTORY_MAX - 1; i < ids.count; i++) {
                char name[FILE_NAME_SIZE];

                format_name(ids.items[i], name);
                (void) unlinkat(dir_fd, name, 0);
        }

        return 0;
}

void history_append(const Store *store, const Applied *now) {
        int r = append(store, now);

        if (r < 0)
                log_warning_errno(r, "The policy is not kept in the history, ignoring: %m");
}

/* Whom it would take too much memory to keep, 50 times. */
static void drop_policy(HistoryEntry *entry) {
        PolicyChange *delta = &entry->delta;

        policy_done(&entry->policy);
        policy_init(&entry->policy);
        if (!delta->named[POLICY_KEY_ALLOWED_USERS])
                string_list_done(&delta->values.allowed_users);
        if (!delta->named[POLICY_KEY_ALLOWED_GROUPS])
                string_list_done(&delta->values.allowed_groups);
}

static int fill_entries(
                int dir_fd, const Ids *ids, uint64_t before, size_t most, HistoryEntries *entries) {
        for (size_t i = 0; i < ids->count && entries->count < most; i++) {
                HistoryEntry *entry = &entries->items[entries->count];
                CLEANUP(failure_done) Failure failure = {};
                int r;

                if (before > 0 && ids->items[i] >= before)
                        continue;

                history_entry_init(entry);
                r = read_entry(dir_fd, ids->items[i], entry, &failure);
                if (r == -ENOMEM)
                        return r;
                if (r < 0) {
                        (void) warn_damaged(ids->items[i], r, &failure);
                        continue;
                }

                drop_policy(entry);
                entries->count++;
        }

        return 0;
}

int history_list(const Store *store, uint64_t before, size_t most, HistoryEntries *ret) {
        CLEANUP(history_entries_done) HistoryEntries entries = {};
        CLEANUP(fd_closep) int dir_fd = open_history(store);
        Ids ids;
        int r;

        if (dir_fd == -ENOENT) {
                *ret = (HistoryEntries){};
                return 0;
        }
        if (dir_fd < 0)
                return dir_fd;
        r = list_ids(dir_fd, &ids);
        if (r < 0)
                return r;

        most = MIN_OF(most, (size_t) HISTORY_MAX);
        entries.items = calloc(most, sizeof(*entries.items));
        if (!entries.items)
                return -ENOMEM;
        r = fill_entries(dir_fd, &ids, before, most, &entries);
        if (r < 0)
                return r;

        *ret = entries;
        entries = (HistoryEntries){};
        return 0;
}

int history_find(const Store *store, uint64_t id, HistoryEntry *ret, Failure *reterr) {
        CLEANUP(fd_closep) int dir_fd = open_history(store);
        int r;

        r = dir_fd < 0 ? dir_fd : read_entry(dir_fd, id, ret, reterr);
        if (r == -ENOENT)
                return failure_set(
                                reterr,
                                r,
                                FAILURE_NOT_FOUND,
                                "there is no policy %ju in the history",
                                (uintmax_t) id);
        if (r == -EINVAL)
                failure_prefix(reterr, "the past policy %ju is damaged", (uintmax_t) id);
        return r;
}
