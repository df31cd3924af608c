/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * smtp-restrictions-release: makes Exim try at once what the meter does not hold any more, instead
 * of at the next run of its queue, and remove what somebody has discarded. Not for people: a path
 * unit starts it when the meter has left word. Nothing depends on it; a message that is not held
 * goes sooner or later anyway.
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
#include "release/spool.h"
#include "util/end-signals.h"
#include "util/fd.h"
#include "util/log.h"
#include "util/now.h"
#include "util/process.h"

#define PARENT "/run/smtp-restrictions-meter"

/*
 * Exim delivers one message after the other, and one remote host can take minutes: several at a
 * time, so that the others' mail need not wait for it. A delivery is never interrupted: what the
 * other side has taken would be sent twice.
 */
#define RUN_IDS    100
#define QUIET_USEC (10 * USEC_PER_SEC)

#define SHOW_USEC (5 * USEC_PER_SEC) /* Exim shows a message's record */
#define SHOW_MAX  ((size_t) 4 * 1024 * 1024)

typedef enum DutyKind {
        DUTY_DELIVER,
        DUTY_REMOVE,
        _DUTY_KIND_MAX,
} DutyKind;

typedef struct DutyInfo {
        const char *name;   /* of the directory */
        const char *option; /* Exim's */
        size_t runs_max;
        const char *otherwise;
} DutyInfo;

static const DutyInfo duty_infos[_DUTY_KIND_MAX] = {
        [DUTY_DELIVER] = { "release", "-Mc", 4, "the mail waits for its queue" },
        [DUTY_REMOVE] = { "discard", "-Mrm", 1, "the meter will say so again" },
};

static_assert(4 * RUN_IDS <= ORDERS_MAX, "there is room for what all runs can take");

typedef struct Release Release;

typedef struct Duty {
        Release *release;
        const DutyInfo *info;
        sd_event_source *orders; /* owned */
        int dir_fd;              /* owned; negative: the meter does not know of it */
        size_t runs;
} Duty;

struct Release {
        sd_event *event;        /* owned */
        sd_event_source *quiet; /* owned: ends this when nothing has come for a while */
        const char *exim;
        Duty duties[_DUTY_KIND_MAX];
        Orders taken;
};

static void release_done(Release *release) {
        sd_event_source_disable_unref(release->quiet);
        for (size_t i = 0; i < _DUTY_KIND_MAX; i++) {
                sd_event_source_disable_unref(release->duties[i].orders);
                fd_close(release->duties[i].dir_fd);
        }
        sd_event_unref(release->event);
}

/* Return: 0 or a negative errno. */
static int spawn_exim(
                const char *exim,
                const char *option,
                char ids[][ORDER_ID_MAX],
                size_t count,
                pid_t *ret) {
        char *const environment[] = { (char *) "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
        char *argv[RUN_IDS + 3] = { (char *) exim, (char *) option };
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

static void start_run(Duty *duty, char ids[][ORDER_ID_MAX], size_t count) {
        Release *release = duty->release;
        pid_t pid;
        int r;

        r = spawn_exim(release->exim, duty->info->option, ids, count, &pid);
        if (r >= 0)
                r = sd_event_add_child(release->event, NULL, pid, WEXITED, on_end, duty);
        if (r < 0)
                (void) log_warning_errno(
                                r,
                                "Failed to run %s, %s: %m",
                                release->exim,
                                duty->info->otherwise);
        else
                duty->runs++;
}

/* Spread over the runs that are free. */
static void start_runs(Duty *duty) {
        Orders *taken = &duty->release->taken;
        size_t free_runs = duty->info->runs_max - duty->runs;
        size_t each = (taken->count + free_runs - 1) / free_runs;

        for (size_t i = 0; i < taken->count; i += each)
                start_run(duty, taken->ids + i, MIN_OF(each, taken->count - i));
}

/*
 * What is removed is gone, and whose word this is parses what strangers write. So only what our ACL
 * has held, by Exim's own record of the message, is removed.
 */
static bool is_held(const char *exim, const char *id) {
        const char *const argv[] = { exim, "-Mvh", id, NULL };
        const ProcessOptions options = { .timeout_usec = SHOW_USEC, .output_max = SHOW_MAX };
        CLEANUP(process_result_done) ProcessResult result = {};

        return process_run(argv, &options, &result) == 0 && result.status == 0 &&
               spool_says_held(result.output, result.output_size);
}

static void keep_held(Release *release) {
        Orders *taken = &release->taken;
        size_t count = 0;

        for (size_t i = 0; i < taken->count; i++)
                if (is_held(release->exim, taken->ids[i]))
                        memmove(taken->ids[count++], taken->ids[i], ORDER_ID_MAX);
                else
                        log_warning("%s is not removed: it is not in the queue, or was not held",
                                    taken->ids[i]);
        taken->count = count;
}

static int rest(Release *release) {
        int r;

        r = sd_event_source_set_time_relative(release->quiet, QUIET_USEC);
        if (r < 0)
                return r;

        return sd_event_source_set_enabled(release->quiet, SD_EVENT_ONESHOT);
}

/* Return: 0 or a negative errno. */
static int work(Duty *duty) {
        size_t free_runs = duty->info->runs_max - duty->runs;
        Release *release = duty->release;
        int r = 0;

        if (free_runs > 0) {
                r = orders_take(duty->dir_fd, free_runs * RUN_IDS, &release->taken);
                if (r < 0)
                        (void) log_warning_errno(
                                        r,
                                        "Failed to take orders from " PARENT "/%s: %m",
                                        duty->info->name);
                if (release->taken.refused > 0)
                        log_warning("%zu names in " PARENT "/%s are those of no message",
                                    release->taken.refused,
                                    duty->info->name);
                if (duty->info == &duty_infos[DUTY_REMOVE])
                        keep_held(release);
                if (release->taken.count > 0)
                        start_runs(duty);
        }

        return rest(release);
}

static int on_orders(sd_event_source *source, const struct inotify_event *event, void *userdata) {
        (void) source;
        (void) event;
        return work(userdata);
}

static int on_end(sd_event_source *source, const siginfo_t *info, void *userdata) {
        Duty *duty = userdata;

        (void) source;
        if (info->si_code != CLD_EXITED || info->si_status != 0)
                log_warning("Exim's run of %s over the meter's messages ended with status %i",
                            duty->info->option,
                            info->si_status);
        duty->runs--;
        return work(duty);
}

static int on_quiet(sd_event_source *source, uint64_t usec, void *userdata) {
        Release *release = userdata;

        (void) usec;
        /* its end begins another quiet time */
        for (size_t i = 0; i < _DUTY_KIND_MAX; i++)
                if (release->duties[i].runs > 0)
                        return 0;

        return sd_event_exit(sd_event_source_get_event(source), 0);
}

/* Return: 0 or a negative errno; -ENOENT: there is no directory of orders. */
static int open_duties(Release *release) {
        int r = -ENOENT;

        for (size_t i = 0; i < _DUTY_KIND_MAX; i++) {
                Duty *duty = &release->duties[i];

                duty->dir_fd = orders_open(PARENT, duty->info->name);
                if (duty->dir_fd == -ENOENT)
                        continue;
                if (duty->dir_fd < 0)
                        return duty->dir_fd;
                r = sd_event_add_inotify_fd(
                                release->event,
                                &duty->orders,
                                duty->dir_fd,
                                IN_CREATE | IN_MOVED_TO | IN_ONLYDIR,
                                on_orders,
                                duty);
                if (r < 0)
                        return r;
        }

        return r;
}

/* Return: 0 or a negative errno. */
static int prepare(Release *release) {
        sigset_t child;
        int r;

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
        r = open_duties(release);
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
        CLEANUP(release_done) Release release = { .exim = exim_binary_find() };
        int r;

        for (size_t i = 0; i < _DUTY_KIND_MAX; i++)
                release.duties[i] = (Duty){ &release, &duty_infos[i], NULL, -EBADF, 0 };
        if (!release.exim) {
                log_error("There is no Exim here");
                return -ENOENT;
        }

        r = prepare(&release);
        if (r == -ENOENT)
                return 0; /* the meter has gone, with its orders */
        if (r < 0)
                return log_error_errno(r, "Failed to watch " PARENT ": %m");

        for (size_t i = 0; i < _DUTY_KIND_MAX && r >= 0; i++)
                if (release.duties[i].dir_fd >= 0)
                        r = work(&release.duties[i]);
        if (r >= 0)
                r = sd_event_loop(release.event);
        return r < 0 ? log_error_errno(r, "Failed to wait for orders: %m") : 0;
}

int main(void) {
        log_open();
        return run() < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
