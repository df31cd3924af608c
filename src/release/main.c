/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * smtp-restrictions-release: makes Exim try at once what the meter does not hold any more, instead
 * of at the next run of its queue. Not for people: a path unit starts it when the meter has left
 * word. Nothing depends on it; a message that is not held goes sooner or later anyway.
 */

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>

#include "exim/binary.h"
#include "release/orders.h"
#include "util/end-signals.h"
#include "util/fd.h"
#include "util/log.h"
#include "util/now.h"

#define PARENT "/run/smtp-restrictions-meter"
#define NAME   "release"

/*
 * Exim delivers one message after the other, and one remote host can take minutes: several at a
 * time, so that the others' mail need not wait for it. A delivery is never interrupted: what the
 * other side has taken would be sent twice.
 */
#define RUNS_MAX   4
#define RUN_IDS    100
#define QUIET_USEC (10 * USEC_PER_SEC)

static_assert(RUNS_MAX * RUN_IDS <= ORDERS_MAX, "there is room for what all runs can take");

typedef struct Release {
        sd_event *event;         /* owned */
        sd_event_source *quiet;  /* owned: ends this when nothing has come for a while */
        sd_event_source *orders; /* owned */
        const char *exim;
        int dir_fd; /* owned */
        size_t runs;
        Orders taken;
} Release;

static void release_done(Release *release) {
        sd_event_source_disable_unref(release->quiet);
        sd_event_source_disable_unref(release->orders);
        sd_event_unref(release->event);
        fd_close(release->dir_fd);
}

/* Return: 0 or a negative errno. */
static int spawn_exim(const char *exim, char ids[][ORDER_ID_MAX], size_t count, pid_t *ret) {
        char *const environment[] = { (char *) "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
        char *argv[RUN_IDS + 3] = { (char *) exim, (char *) "-Mc" };
        posix_spawnattr_t attributes;
        sigset_t none;
        int error;

        assert(count <= RUN_IDS);

        for (size_t i = 0; i < count; i++)
                argv[2 + i] = ids[i];

        error = posix_spawnattr_init(&attributes);
        if (error > 0)
                return -error;
        (void) sigemptyset(&none);
        /* the signals that this loop takes are blocked, and would be in Exim */
        (void) posix_spawnattr_setsigmask(&attributes, &none);
        (void) posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
        error = posix_spawn(ret, exim, NULL, &attributes, argv, environment);
        (void) posix_spawnattr_destroy(&attributes);
        return -error;
}

static int on_end(sd_event_source *source, const siginfo_t *info, void *userdata);

static void start_run(Release *release, char ids[][ORDER_ID_MAX], size_t count) {
        pid_t pid;
        int r;

        r = spawn_exim(release->exim, ids, count, &pid);
        if (r >= 0)
                r = sd_event_add_child(release->event, NULL, pid, WEXITED, on_end, release);
        if (r < 0)
                (void) log_warning_errno(
                                r,
                                "Failed to run %s, the mail waits for its queue: %m",
                                release->exim);
        else
                release->runs++;
}

/* Spread over the runs that are free. */
static void start_runs(Release *release) {
        Orders *taken = &release->taken;
        size_t free_runs = RUNS_MAX - release->runs;
        size_t each = (taken->count + free_runs - 1) / free_runs;

        for (size_t i = 0; i < taken->count; i += each)
                start_run(release, taken->ids + i, MIN_OF(each, taken->count - i));
}

static int rest(Release *release) {
        int r;

        r = sd_event_source_set_time_relative(release->quiet, QUIET_USEC);
        if (r < 0)
                return r;

        return sd_event_source_set_enabled(release->quiet, SD_EVENT_ONESHOT);
}

/* Return: 0 or a negative errno. */
static int work(Release *release) {
        size_t free_runs = RUNS_MAX - release->runs;
        int r = 0;

        if (free_runs > 0) {
                r = orders_take(release->dir_fd, free_runs * RUN_IDS, &release->taken);
                if (r < 0)
                        (void) log_warning_errno(
                                        r, "Failed to take orders from " PARENT "/" NAME ": %m");
                if (release->taken.refused > 0)
                        log_warning("%zu names in " PARENT "/" NAME " are those of no message",
                                    release->taken.refused);
                if (release->taken.count > 0)
                        start_runs(release);
        }

        return rest(release);
}

static int on_orders(sd_event_source *source, const struct inotify_event *event, void *userdata) {
        (void) source;
        (void) event;
        return work(userdata);
}

static int on_end(sd_event_source *source, const siginfo_t *info, void *userdata) {
        Release *release = userdata;

        (void) source;
        if (info->si_code != CLD_EXITED || info->si_status != 0)
                log_warning("Exim's run over released messages ended with status %i",
                            info->si_status);
        release->runs--;
        return work(release);
}

static int on_quiet(sd_event_source *source, uint64_t usec, void *userdata) {
        Release *release = userdata;

        (void) usec;
        /* its end begins another quiet time */
        return release->runs > 0 ? 0 : sd_event_exit(sd_event_source_get_event(source), 0);
}

/* Return: 0 or a negative errno. */
static int prepare(Release *release) {
        sigset_t child;
        int r;

        release->dir_fd = orders_open(PARENT, NAME);
        if (release->dir_fd < 0)
                return release->dir_fd;

        (void) sigemptyset(&child);
        (void) sigaddset(&child, SIGCHLD);
        if (sigprocmask(SIG_BLOCK, &child, NULL) < 0)
                return -errno;

        r = sd_event_default(&release->event);
        if (r < 0)
                return r;
        r = end_signals_watch(release->event);
        if (r < 0)
                return r;
        r = sd_event_add_inotify_fd(
                        release->event,
                        &release->orders,
                        release->dir_fd,
                        IN_CREATE | IN_MOVED_TO | IN_ONLYDIR,
                        on_orders,
                        release);
        if (r < 0)
                return r;

        return sd_event_add_time_relative(
                        release->event,
                        &release->quiet,
                        CLOCK_MONOTONIC,
                        QUIET_USEC,
                        USEC_PER_SEC,
                        on_quiet,
                        release);
}

static int run(void) {
        CLEANUP(release_done) Release release = { .dir_fd = -EBADF, .exim = exim_binary_find() };
        int r;

        if (!release.exim) {
                log_error("There is no Exim here");
                return -ENOENT;
        }

        r = prepare(&release);
        if (r == -ENOENT)
                return 0; /* the meter has gone, with its orders */
        if (r < 0)
                return log_error_errno(r, "Failed to watch " PARENT "/" NAME ": %m");

        r = work(&release);
        if (r >= 0)
                r = sd_event_loop(release.event);
        return r < 0 ? log_error_errno(r, "Failed to wait for orders: %m") : 0;
}

int main(void) {
        log_open();
        return run() < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
