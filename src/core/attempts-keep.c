/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/attempts-keep.h"
#include "core/clock.h"
#include "firewall/counts.h"
#include "util/fd.h"
#include "util/log.h"

#define NAME         "attempts.json"
#define DAMAGED_NAME "attempts.json.damaged"

/* Who tried to send where is nobody else's business. */
static const AtomicFileOptions options = { .mode = 0600, .uid = (uid_t) -1, .gid = (gid_t) -1 };

static void set_aside(const Store *store, const char *why) {
        /* the boot loader: the daemon will */
        if (store->config_fd < 0) {
                log_warning("'" NAME "' is damaged, ignoring: %s", why);
                return;
        }
        if (renameat(store->state_fd, NAME, store->state_fd, DAMAGED_NAME) < 0) {
                log_warning_errno(
                                -errno,
                                "Attempts that were counted before are forgotten, as '" NAME
                                "' is damaged (%s) and cannot be set aside: %m",
                                why);
                return;
        }

        log_warning("Attempts that were counted before are forgotten: '" NAME
                    "' is damaged (%s) and is now '" DAMAGED_NAME "'",
                    why);
}

void attempts_keep_read(
                const Store *store, uint64_t now_usec, Attempts *attempts, AttemptBook *book) {
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(freep) char *text = NULL;
        size_t size = 0;
        int r;

        r = fd_read_file_at(store->state_fd, NAME, ATTEMPTS_TEXT_SIZE_MAX, &text, &size);
        if (r == -ENOENT)
                return;
        if (r >= 0)
                r = attempts_from_text(text, size, now_usec, attempts, book, &failure);
        if (r == -EINVAL || r == -EFBIG)
                set_aside(store, failure.text ?: strerror(-r));
        else if (r < 0)
                log_warning_errno(r, "Cannot read '" NAME "', ignoring: %m");
}

bool attempts_keep_restore(
                const Store *store, Firewall *firewall, AttemptBook *book, uint32_t *generation) {
        CLEANUP(attempts_done) Attempts attempts = {};
        CLEANUP(failure_done) Failure failure = {};

        attempts_keep_read(store, clock_now_usec(), &attempts, book);
        if (counts_restore(firewall, &attempts, generation, &failure) >= 0)
                return true;

        log_warning("Attempts that were counted before are forgotten: %s", failure.text ?: "");
        return false;
}

void attempts_keep_write(
                const Store *store,
                const Attempts *attempts,
                const AttemptBook *book,
                uint64_t now_usec) {
        CLEANUP(freep) char *text = NULL;
        size_t size = 0;
        int r;

        r = attempts_to_text(attempts, book, now_usec, &text, &size);
        if (r >= 0)
                r = atomic_file_write(store->state_fd, NAME, text, size, &options);
        if (r < 0)
                log_warning_errno(r, "Cannot write '" NAME "', ignoring: %m");
}
