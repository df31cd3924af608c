/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "core/accounts.h"
#include "util/array.h"
#include "util/fd.h"
#include "util/text.h"

/* getpwnam_r() and getgrnam_r() say how much they need by failing; a group of 50,000 members takes
 * about a megabyte. */
#define NSS_BUFFER_START ((size_t) 4096)
#define NSS_BUFFER_MAX   ((size_t) 16 * 1024 * 1024)

void accounts_done(Accounts *accounts) {
        if (!accounts)
                return;

        for (size_t i = 0; i < accounts->count; i++)
                free(accounts->items[i].name);
        free(accounts->items);
        *accounts = (Accounts){};
}

static int accounts_append(Accounts *accounts, const char *name, uid_t uid, gid_t gid) {
        char *copy;
        int r;

        r = ARRAY_MAKE_ROOM(&accounts->items, &accounts->allocated, accounts->count + 1);
        if (r < 0)
                return r;

        copy = strdup(name);
        if (!copy)
                return -ENOMEM;

        accounts->items[accounts->count++] = (Account){ .name = copy, .uid = uid, .gid = gid };
        return 0;
}

static int account_compare(const void *a, const void *b) {
        return strcmp(((const Account *) a)->name, ((const Account *) b)->name);
}

static void closep(FILE **file) {
        if (*file)
                (void) fclose(*file);
}

int accounts_read(Accounts *ret) {
        CLEANUP(accounts_done) Accounts accounts = {};
        CLEANUP(closep) FILE *file = NULL;
        CLEANUP(freep) char *buffer = NULL;
        struct passwd entry, *found;
        size_t size = 65536;

        buffer = malloc(size);
        if (!buffer)
                return -ENOMEM;

        file = fopen("/etc/passwd", "re");
        while (file && fgetpwent_r(file, &entry, buffer, size, &found) == 0) {
                int r = accounts_append(&accounts, entry.pw_name, entry.pw_uid, entry.pw_gid);

                if (r < 0)
                        return r;
        }

        if (accounts.count > 0)
                qsort(accounts.items, accounts.count, sizeof(*accounts.items), account_compare);

        *ret = accounts;
        accounts = (Accounts){};
        return 0;
}

/* One line of /etc/passwd. */
static int append_line(Accounts *accounts, char *line, const char *name) {
        CLEANUP(closep) FILE *file = NULL;
        CLEANUP(freep) char *buffer = NULL;
        struct passwd entry, *found;
        size_t size = strlen(line) + 64; /* the function wants some bytes more than it says */

        buffer = malloc(size);
        file = fmemopen(line, strlen(line), "re");
        if (!buffer || !file)
                return -ENOMEM;
        if (fgetpwent_r(file, &entry, buffer, size, &found) != 0 ||
            !string_equal(entry.pw_name, name))
                return 0;

        return accounts_append(accounts, entry.pw_name, entry.pw_uid, entry.pw_gid);
}

int accounts_read_user(const char *name, Accounts *ret) {
        CLEANUP(accounts_done) Accounts accounts = {};
        CLEANUP(freep) char *begin = string_format("%s:", name);
        CLEANUP(freep) char *line = NULL;
        CLEANUP(fd_closep) int fd = -EBADF;
        int r;

        if (!begin)
                return -ENOMEM;

        fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC | O_NOCTTY);
        r = fd < 0 ? 0 : fd_find_line(fd, begin, &line);
        if (r > 0)
                r = append_line(&accounts, line, name);
        if (r == -ENOMEM)
                return r;

        *ret = accounts;
        accounts = (Accounts){};
        return 0;
}

/* NSS says "no such name" by any of these (getpwnam(3), NOTES). */
static bool means_not_found(int error) {
        return error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
}

static int larger_buffer(char **buffer, size_t *size) {
        size_t wanted = *size == 0 ? NSS_BUFFER_START : *size * 2;
        char *larger;

        if (wanted > NSS_BUFFER_MAX)
                return -ERANGE;

        larger = realloc(*buffer, wanted);
        if (!larger)
                return -ENOMEM;

        *buffer = larger;
        *size = wanted;
        return 0;
}

static int find_user_by_nss(const char *name, uid_t *ret) {
        CLEANUP(freep) char *buffer = NULL;
        struct passwd entry, *found = NULL;
        size_t size = 0;
        int error, r;

        do {
                r = larger_buffer(&buffer, &size);
                if (r < 0)
                        return r;
                error = getpwnam_r(name, &entry, buffer, size, &found);
        } while (error == ERANGE);

        if (!found)
                return means_not_found(error) ? 0 : -error;

        *ret = entry.pw_uid;
        return 1;
}

int accounts_find_user(const Accounts *accounts, const char *name, uid_t *ret) {
        const Account key = { .name = (char *) name };
        const Account *found;

        found = accounts->count == 0 ? NULL
                                     : bsearch(&key,
                                               accounts->items,
                                               accounts->count,
                                               sizeof(*accounts->items),
                                               account_compare);
        if (!found)
                return find_user_by_nss(name, ret);

        *ret = found->uid;
        return 1;
}

void group_entry_done(GroupEntry *group) {
        if (!group)
                return;

        for (char **member = group->members; member && *member; member++)
                free(*member);
        free(group->members);
        *group = (GroupEntry){};
}

static int copy_members(char *const *from, GroupEntry *group) {
        size_t count = 0;

        while (from[count])
                count++;

        group->members = calloc(count + 1, sizeof(*group->members));
        if (!group->members)
                return -ENOMEM;

        for (size_t i = 0; i < count; i++) {
                group->members[i] = strdup(from[i]);
                if (!group->members[i])
                        return -ENOMEM;
        }

        return 0;
}

int accounts_find_group(const char *name, GroupEntry *ret) {
        CLEANUP(group_entry_done) GroupEntry group = {};
        CLEANUP(freep) char *buffer = NULL;
        struct group entry, *found = NULL;
        size_t size = 0;
        int error, r;

        do {
                r = larger_buffer(&buffer, &size);
                if (r < 0)
                        return r;
                error = getgrnam_r(name, &entry, buffer, size, &found);
        } while (error == ERANGE);

        if (!found)
                return means_not_found(error) ? 0 : -error;

        group.gid = entry.gr_gid;
        r = copy_members(entry.gr_mem, &group);
        if (r < 0)
                return r;

        *ret = group;
        group = (GroupEntry){};
        return 1;
}
