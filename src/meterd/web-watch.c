/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "meterd/web-watch.h"
#include "policy/web-users.h"
#include "util/fd.h"
#include "util/log.h"
#include "util/now.h"
#include "util/text.h"

#define LOOK_USEC (5 * USEC_PER_SEC)

struct WebWatch {
        int fd; /* owned: directory */
        uint64_t looked_usec;
        bool is_told[WEB_USERS_COUNT];
};

int web_watch_new(const char *runtime_dir, WebWatch **ret) {
        CLEANUP(freep) char *path = string_format("%s/" WEB_USERS_DIRECTORY_NAME, runtime_dir);
        CLEANUP(web_watch_freep) WebWatch *watch = calloc(1, sizeof(WebWatch));

        if (!path || !watch)
                return -ENOMEM;

        watch->fd = -EBADF;
        if (mkdir(path, 0755) < 0 && errno != EEXIST)
                return -errno;
        watch->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (watch->fd < 0)
                return -errno;
        for (size_t i = 0; i < WEB_USERS_COUNT; i++)
                if (unlinkat(watch->fd, web_users[i], 0) < 0 && errno != ENOENT)
                        return -errno;

        *ret = TAKE(watch);
        return 0;
}

WebWatch *web_watch_free(WebWatch *watch) {
        if (!watch)
                return NULL;

        (void) fd_close(watch->fd);
        free(watch);
        return NULL;
}

static bool sends_much(Ledger *ledger, const UserNames *users, const char *user, int64_t now_sec) {
        char number[16];
        LedgerUsage usage;
        uint32_t uid;

        if (!users || !user_names_find_uid(users, user, &uid))
                return false;

        (void) snprintf(number, sizeof(number), "%" PRIu32, uid);
        ledger_read_usage(ledger, SUBJECT_USER, number, now_sec, &usage);
        return usage.used[WINDOW_HOUR] >= WEB_USER_RECIPIENTS;
}

/* What cannot be said now is said at the next look. */
static void tell(WebWatch *watch, size_t i, bool much) {
        CLEANUP(fd_closep) int fd = -EBADF;

        if (!much) {
                watch->is_told[i] = unlinkat(watch->fd, web_users[i], 0) < 0 && errno != ENOENT;
                return;
        }

        fd = openat(watch->fd, web_users[i], O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
        watch->is_told[i] = fd >= 0;
        if (fd >= 0)
                log_notice("The user %s has sent to %d recipients or more within an hour: whose "
                           "scripts it was cannot be told",
                           web_users[i],
                           WEB_USER_RECIPIENTS);
}

void web_watch_look(
                WebWatch *watch,
                Ledger *ledger,
                Settings *settings,
                int64_t now_sec,
                uint64_t now_usec) {
        const UserNames *users;

        if (watch->looked_usec + LOOK_USEC > now_usec)
                return;
        watch->looked_usec = now_usec;

        users = settings_users(settings, now_usec);
        for (size_t i = 0; i < WEB_USERS_COUNT; i++) {
                bool much = sends_much(ledger, users, web_users[i], now_sec);

                if (much != watch->is_told[i])
                        tell(watch, i, much);
        }
}
