/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/attempts-keep.h"
#include "core/guard-finding.h"
#include "core/guard-pace.h"
#include "core/store.h"
#include "core/table-guard.h"
#include "core/table-repair.h"
#include "firewall/counts.h"
#include "firewall/monitor.h"
#include "util/fd.h"
#include "util/log.h"
#include "util/now.h"
#include "util/text.h"

struct TableGuard {
        pthread_t thread;
        bool started;
        int wake_fd; /* owned: eventfd, others wake the thread */
        int told_fd; /* owned: eventfd, the thread has something to say */

        /* The thread's own. */
        Store store;        /* to read, and for the kernel's lock */
        Firewall *firewall; /* owned */
        Monitor *monitor;   /* owned */
        TableImage *image;  /* owned; NULL: there is nothing to guard */
        uint32_t covered;   /* nothing before this generation is of interest */
        TableDamage damage;
        uint64_t due_usec; /* when to repair it */
        GuardPace pace;

        pthread_mutex_t mutex;
        /* Guarded by it. */
        TableImage *handed; /* owned: to be guarded from now on */
        bool forget;
        bool quit;
        GuardFinding finding;
};

static void tell(int fd) {
        static const uint64_t one = 1;

        /* an eventfd takes a one at any time */
        IGNORE_RESULT(fd_write_all(fd, &one, sizeof(one)));
}

/* ---- the thread ---- */

/* What others have asked for. Return: false when it is time to end. */
static bool take_orders(TableGuard *guard) {
        TableImage *image;
        bool forget, quit;

        (void) pthread_mutex_lock(&guard->mutex);
        image = TAKE(guard->handed);
        forget = guard->forget;
        guard->forget = false;
        quit = guard->quit;
        if (image)
                guard->finding.damaged = false;
        if (image || forget) {
                free(guard->finding.failed);
                guard->finding.failed = NULL;
        }
        if (forget)
                guard->finding.contested = false;
        (void) pthread_mutex_unlock(&guard->mutex);

        if (forget)
                guard->pace = (GuardPace){};
        if (image) {
                table_image_free(guard->image);
                guard->image = image;
                guard->covered = image->generation;
                if (!guard->damage.unsure &&
                    !generation_is_later(guard->damage.generation, guard->covered))
                        guard->damage = (TableDamage){};
        }

        return !quit;
}

static void hear(TableGuard *guard) {
        int r = monitor_read(guard->monitor, guard->covered, &guard->damage);

        if (r < 0)
                (void) log_error_errno(r, "Changes of the firewall cannot be heard of: %m");
}

static void set_contested(TableGuard *guard) {
        bool contested = guard_pace_is_contested(&guard->pace, now_read_usec(CLOCK_MONOTONIC));
        bool changed;

        (void) pthread_mutex_lock(&guard->mutex);
        changed = guard->finding.contested != contested;
        guard->finding.contested = contested;
        (void) pthread_mutex_unlock(&guard->mutex);

        if (!changed)
                return;
        if (contested)
                (void) log_write(
                                LOG_WARNING,
                                LOG_ID_TABLE_DAMAGED,
                                0,
                                "nftables table inet %s had to be put back %u times in a row; now "
                                "that is tried less and less often.",
                                RULESET_TABLE,
                                guard->pace.repairs);
        tell(guard->told_fd);
}

static void set_waiting(TableGuard *guard) {
        bool changed;

        (void) pthread_mutex_lock(&guard->mutex);
        changed = !guard->finding.damaged;
        guard->finding.damaged = true;
        (void) pthread_mutex_unlock(&guard->mutex);

        if (changed)
                tell(guard->told_fd);
}

static void publish_repair(TableGuard *guard, TableRepair *repair) {
        (void) pthread_mutex_lock(&guard->mutex);
        free(guard->finding.repaired);
        guard->finding.repaired = TAKE(repair->what);
        guard->finding.repaired_usec = now_read_usec(CLOCK_REALTIME);
        free(guard->finding.failed);
        guard->finding.failed = NULL;
        guard->finding.damaged = false;
        (void) pthread_mutex_unlock(&guard->mutex);
}

static void publish_failure(TableGuard *guard, const char *text) {
        (void) pthread_mutex_lock(&guard->mutex);
        free(guard->finding.failed);
        guard->finding.failed = strdup(text);
        guard->finding.damaged = true;
        (void) pthread_mutex_unlock(&guard->mutex);
}

static void log_repair(const TableRepair *done, int r, const Failure *failure) {
        CLEANUP(freep) char *closed = NULL;

        if (done->closed_usec > 0)
                closed = string_format(
                                "nobody but the mail servers gets through after %.1f ms, and ",
                                (double) done->closed_usec / USEC_PER_MSEC);

        (void) log_write(
                        r < 0 ? LOG_ERR : LOG_WARNING,
                        LOG_ID_TABLE_DAMAGED,
                        0,
                        "nftables table inet %s %s; %sit %s%s after %.1f ms.",
                        RULESET_TABLE,
                        done->what ?: "was changed",
                        closed ?: "",
                        r < 0 ? "cannot be put back: " : "is put back",
                        r < 0 ? failure->text : "",
                        (double) done->usec / USEC_PER_MSEC);
}

/* A table that was removed, also to be made anew at once, took its counts along. */
static void restore_attempts(TableGuard *guard) {
        CLEANUP(attempt_book_done) AttemptBook book = {}; /* the worker has one */
        bool lost = counts_are_lost(guard->firewall);

        if (lost || guard->damage.removed)
                (void) attempts_keep_restore(
                                &guard->store, guard->firewall, &book, &guard->covered);
}

static void repair(TableGuard *guard) {
        CLEANUP(table_repair_done) TableRepair done = {};
        CLEANUP(failure_done) Failure failure = {};
        int r;

        r =
                        table_repair(guard->firewall,
                                     guard->image,
                                     &guard->damage,
                                     &guard->covered,
                                     &done,
                                     &failure);
        /* somebody who damages it as fast as it is repaired is no failure of ours */
        if (done.needed)
                guard_pace_note(&guard->pace, now_read_usec(CLOCK_MONOTONIC), r < 0 && r != -EBUSY);
        if (r >= 0 && done.needed)
                restore_attempts(guard);
        if (r >= 0)
                guard->damage = (TableDamage){};
        else
                guard->due_usec = guard_pace_due(&guard->pace, now_read_usec(CLOCK_MONOTONIC));
        if (r >= 0 && !done.needed)
                return;

        if (r < 0)
                (void) failure_set(&failure, r, FAILURE_FIREWALL_FAILED, "%s", strerror(-r));
        log_repair(&done, r, &failure);
        if (r < 0)
                publish_failure(guard, failure.text);
        else
                publish_repair(guard, &done);
        tell(guard->told_fd);
        set_contested(guard);
}

/*
 * While a transaction is between its batch and its commit, or the boot loader at work, this waits:
 * some milliseconds. What they brought in is known afterwards and is no damage.
 */
static void look_and_repair(TableGuard *guard) {
        int r;

        r = store_lock_kernel(&guard->store);
        if (r < 0)
                (void) log_error_errno(r, "The kernel's lock cannot be had, ignoring: %m");

        (void) take_orders(guard);
        hear(guard);
        if (!guard->image || !guard->image->policy.enabled)
                guard->damage = (TableDamage){};
        if (guard->damage.any)
                repair(guard);
        store_unlock_kernel(&guard->store);
}

/* For poll(): until there is something to do that nobody tells. */
static int time_to_wait(const TableGuard *guard) {
        uint64_t now = now_read_usec(CLOCK_MONOTONIC), until;

        if (guard->damage.any)
                until = guard->due_usec;
        else if (guard_pace_is_contested(&guard->pace, now))
                until = guard_pace_calm_at(&guard->pace);
        else
                return -1;

        /* rounded up, or the last millisecond would be spent in a circle */
        return until <= now ? 0 : (int) ((until - now + USEC_PER_MSEC - 1) / USEC_PER_MSEC);
}

static void *guard_main(void *userdata) {
        TableGuard *guard = userdata;
        struct pollfd fds[] = {
                { .fd = monitor_fd(guard->monitor), .events = POLLIN },
                { .fd = guard->wake_fd, .events = POLLIN },
        };
        uint64_t count;

        for (;;) {
                bool known = guard->damage.any;

                if (poll(fds, ELEMENTS_OF(fds), time_to_wait(guard)) < 0 && errno != EINTR)
                        break; /* without memory; not for these arguments */
                if (fds[1].revents && read(guard->wake_fd, &count, sizeof(count)) < 0)
                        count = 0; /* somebody else's wake-up was read with the last one */
                if (!take_orders(guard))
                        break;
                hear(guard);

                if (guard->damage.any && !known)
                        guard->due_usec = guard_pace_due(
                                        &guard->pace, now_read_usec(CLOCK_MONOTONIC));
                if (!guard->damage.any)
                        set_contested(guard);
                else if (guard->due_usec <= now_read_usec(CLOCK_MONOTONIC))
                        look_and_repair(guard);
                else
                        set_waiting(guard);
        }

        return NULL;
}

/* ---- everybody's ---- */

static int start(TableGuard *guard) {
        sigset_t all, before;
        int r;

        /* signals are the event loop's */
        (void) sigfillset(&all);
        (void) pthread_sigmask(SIG_SETMASK, &all, &before);
        r = pthread_create(&guard->thread, NULL, guard_main, guard);
        (void) pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (r != 0)
                return -r;

        (void) pthread_setname_np(guard->thread, "guard");
        guard->started = true;
        return 0;
}

int table_guard_new(TableGuard **ret) {
        CLEANUP(table_guard_freep) TableGuard *guard = NULL;
        int r;

        assert(ret);

        guard = calloc(1, sizeof(*guard));
        if (!guard)
                return -ENOMEM;
        guard->wake_fd = guard->told_fd = -EBADF;
        guard->store = (Store) STORE_NONE;
        (void) pthread_mutex_init(&guard->mutex, NULL);

        r = store_open_to_read(&guard->store);
        if (r < 0)
                return r;
        r = firewall_new(&guard->firewall);
        if (r < 0)
                return r;
        r = monitor_open(&guard->monitor);
        if (r < 0)
                return r;
        guard->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        guard->told_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (guard->wake_fd < 0 || guard->told_fd < 0)
                return -errno;
        r = start(guard);
        if (r < 0)
                return r;

        *ret = TAKE(guard);
        return 0;
}

TableGuard *table_guard_free(TableGuard *guard) {
        if (!guard)
                return NULL;

        if (guard->started) {
                (void) pthread_mutex_lock(&guard->mutex);
                guard->quit = true;
                (void) pthread_mutex_unlock(&guard->mutex);
                tell(guard->wake_fd);
                (void) pthread_join(guard->thread, NULL);
        }

        (void) pthread_mutex_destroy(&guard->mutex);
        monitor_close(guard->monitor);
        firewall_free(guard->firewall);
        store_done(&guard->store);
        table_image_free(guard->image);
        table_image_free(guard->handed);
        guard_finding_done(&guard->finding);
        (void) fd_close(guard->wake_fd);
        (void) fd_close(guard->told_fd);
        free(guard);
        return NULL;
}

void table_guard_defend(TableGuard *guard, TableImage *image) {
        (void) pthread_mutex_lock(&guard->mutex);
        table_image_free(guard->handed);
        guard->handed = image;
        (void) pthread_mutex_unlock(&guard->mutex);
        tell(guard->wake_fd);
}

void table_guard_forget(TableGuard *guard) {
        (void) pthread_mutex_lock(&guard->mutex);
        guard->forget = true;
        guard_finding_done(&guard->finding);
        (void) pthread_mutex_unlock(&guard->mutex);
        tell(guard->wake_fd);
}

int table_guard_read(TableGuard *guard, Problems *problems, bool *ret_damaged) {
        int r;

        (void) pthread_mutex_lock(&guard->mutex);
        r = guard_finding_add_problems(&guard->finding, now_read_usec(CLOCK_REALTIME), problems);
        *ret_damaged = guard->finding.damaged;
        (void) pthread_mutex_unlock(&guard->mutex);

        return r;
}

int table_guard_fd(const TableGuard *guard) {
        return guard->told_fd;
}
