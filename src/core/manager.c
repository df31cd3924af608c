/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "core/attempt-guard.h"
#include "core/engine-attempts.h"
#include "core/engine.h"
#include "core/exim-guard.h"
#include "core/exim-retry.h"
#include "core/listen-watch.h"
#include "core/live.h"
#include "core/manager.h"
#include "core/names-watch.h"
#include "core/trial-watch.h"
#include "core/unit-name.h"
#include "util/fd.h"
#include "util/log.h"

/* While Exim has not shown that it reloaded. */
#define PROVE_INTERVAL_USEC (2 * USEC_PER_SEC)

struct Job {
        Manager *manager;
        Job *next;
        JobRequest request; /* owned; read by the worker */
        bool prove;         /* no caller's: look whether the reload is proven by now */
        bool tend;          /* no caller's: look whether the time of the trial is over */
        JobHandler handler; /* NULL: cancelled, or nobody's */
        void *userdata;

        /* Written by the worker, read on the loop's thread once the job is done. */
        int r;
        Failure failure;
        JobResult result;
        Snapshot *snapshot;  /* owned: what is in force now; NULL when it could not be made */
        size_t exim_changes; /* how many of Exim's files it replaced or removed */
        bool unproven;
        bool overdue; /* the trial is over and could not be taken back */
};

/*
 * One job at a time is with the worker. Everything else belongs to the loop's thread: the two meet
 * in `handed` alone, under the mutex, and the worker says by the eventfd that it has finished.
 */
struct Manager {
        sd_event *event;              /* owned reference */
        sd_event_source *done_source; /* owned */
        sd_event_source *prove_timer; /* owned */
        TrialWatch *trial_watch;      /* owned */
        int done_fd;                  /* owned: eventfd */

        TableGuard *guard;             /* owned; has a thread of its own */
        sd_event_source *guard_source; /* owned */

        Engine *engine;              /* owned; the worker's while it runs */
        Live *live;                  /* owned */
        EximWatch *exim_watch;       /* owned */
        EximRetry *exim_retry;       /* owned */
        NamesWatch *names_watch;     /* owned */
        ListenWatch *listen_watch;   /* owned */
        AttemptWatch *attempt_watch; /* owned */
        Snapshot *snapshot;
        ManagerCallbacks callbacks;

        Job *first, *last; /* waiting */
        Job *current;      /* with the worker */

        pthread_t worker;
        bool worker_started;
        pthread_mutex_t mutex;
        pthread_cond_t wake;
        Job *handed; /* guarded by the mutex; NULL when the worker has it or has finished */
        bool quit;   /* guarded by the mutex */
};

static Job *job_free(Job *job) {
        if (!job)
                return NULL;

        job_request_done(&job->request);
        failure_done(&job->failure);
        job_result_done(&job->result);
        snapshot_free(job->snapshot);
        free(job);
        return NULL;
}

/* ---- the worker's thread ---- */

static void worker_run_job(Manager *manager, Job *job) {
        size_t exim_changes = manager->engine->exim_changes;

        if (job->prove)
                (void) engine_prove(manager->engine);
        else if (job->tend)
                job->overdue = !engine_tend_trial(manager->engine);
        else
                job->r = engine_run(manager->engine, &job->request, &job->result, &job->failure);

        job->exim_changes = manager->engine->exim_changes - exim_changes;
        job->unproven = manager->engine->reload_unproven || manager->engine->sweep_owed;
        if (engine_snapshot(manager->engine, &job->snapshot) < 0)
                job->snapshot = NULL;
}

static void *worker_main(void *userdata) {
        static const uint64_t one = 1;
        Manager *manager = userdata;

        for (;;) {
                Job *job;

                (void) pthread_mutex_lock(&manager->mutex);
                while (!manager->handed && !manager->quit)
                        (void) pthread_cond_wait(&manager->wake, &manager->mutex);
                job = TAKE(manager->handed);
                (void) pthread_mutex_unlock(&manager->mutex);

                if (!job)
                        return NULL;

                worker_run_job(manager, job);

                /* an eventfd that is never read to its end takes a one at any time */
                IGNORE_RESULT(fd_write_all(manager->done_fd, &one, sizeof(one)));
        }
}

/* ---- the event loop's thread ---- */

static void start_next(Manager *manager) {
        Job *job = manager->first;

        if (manager->current || !job)
                return;

        manager->first = job->next;
        if (!manager->first)
                manager->last = NULL;
        job->next = NULL;
        manager->current = job;
        exim_watch_begin_job(manager->exim_watch);

        (void) pthread_mutex_lock(&manager->mutex);
        manager->handed = job;
        (void) pthread_cond_signal(&manager->wake);
        (void) pthread_mutex_unlock(&manager->mutex);
}

static void append_job(Manager *manager, Job *job) {
        bool was_busy = manager_is_busy(manager);

        if (manager->last)
                manager->last->next = job;
        else
                manager->first = job;
        manager->last = job;

        start_next(manager);
        if (!was_busy && !job->prove && manager->callbacks.busy_changed)
                manager->callbacks.busy_changed(true, manager->callbacks.userdata);
}

/* A job of our own: of its two kinds one is set. */
static void append_own_job(Manager *manager, bool prove) {
        Job *job = calloc(1, sizeof(*job));

        if (!job)
                return;

        job->manager = manager;
        job->prove = prove;
        job->tend = !prove;
        append_job(manager, job);
}

static int on_prove_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        (void) source;
        (void) usec;

        append_own_job(userdata, true);
        return 0;
}

static void look_again_later(Manager *manager) {
        int r;

        r = sd_event_source_set_time_relative(manager->prove_timer, PROVE_INTERVAL_USEC);
        if (r >= 0)
                r = sd_event_source_set_enabled(manager->prove_timer, SD_EVENT_ONESHOT);
        if (r < 0)
                log_warning_errno(r, "The reload of Exim is not looked at again, ignoring: %m");
}

static void publish(Manager *manager, Job *job) {
        Snapshot *before = manager->snapshot;

        if (!job->snapshot)
                return;

        manager->snapshot = TAKE(job->snapshot);
        if (manager->callbacks.changed)
                manager->callbacks.changed(before, manager->snapshot, manager->callbacks.userdata);
        snapshot_free(before);
        listen_watch_set_enabled(manager->listen_watch, manager->snapshot->policy.enabled);
}

/* What is public is read anew. */
static void look(void *userdata) {
        Manager *manager = userdata;

        if (manager->callbacks.changed)
                manager->callbacks.changed(
                                manager->snapshot, manager->snapshot, manager->callbacks.userdata);
}

static void look_after_trial(void *userdata) {
        append_own_job(userdata, false);
}

static void on_clock_followed(
                int r, const Failure *failure, const JobResult *result, void *userdata) {
        (void) result;
        (void) userdata;

        if (r < 0)
                log_error("The clock was set, but the ends of exceptions cannot follow it: %s",
                          failure->text);
}

static void follow_clock(void *userdata) {
        JobRequest request = { .kind = JOB_CLOCK, .action = "clock" };
        Manager *manager = userdata;
        Job *job;
        int r;

        if (manager->snapshot->policy.exceptions.count == 0)
                return;

        policy_change_init(&request.change);
        r = manager_queue(manager, &request, on_clock_followed, NULL, &job);
        if (r < 0)
                log_warning_errno(r, "The clock that was set is not followed, ignoring: %m");
}

static int on_done(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Manager *manager = userdata;
        Job *job = TAKE(manager->current);
        uint64_t count;

        (void) source;
        (void) revents;
        if (read(fd, &count, sizeof(count)) < 0 || !job)
                return 0;

        publish(manager, job);
        exim_guard_end_job(
                        manager->exim_watch,
                        &job->request,
                        job->r,
                        job->exim_changes,
                        manager->snapshot);
        if (job->exim_changes > 0) /* the reload that systemd tells of is ours */
                names_watch_calm(manager->names_watch);
        if (job->handler)
                job->handler(job->r, &job->failure, &job->result, job->userdata);
        if (job->unproven)
                look_again_later(manager);
        trial_watch_follow(manager->trial_watch, manager->snapshot, job->overdue);
        exim_retry_follow(manager->exim_retry, manager->snapshot);

        start_next(manager);
        if (!manager_is_busy(manager) && !job->prove && manager->callbacks.busy_changed)
                manager->callbacks.busy_changed(false, manager->callbacks.userdata);

        job_free(job);
        return 0;
}

/* The guard has repaired something, or found that it cannot. */
static int on_guard(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Manager *manager = userdata;
        uint64_t count;
        int r;

        (void) source;
        (void) revents;
        if (read(fd, &count, sizeof(count)) < 0)
                return 0;

        r = attempt_watch_recount(manager->attempt_watch);
        if (r < 0)
                log_warning_errno(r, "Attempts cannot be counted, ignoring: %m");
        look(manager);
        return 0;
}

static int start_worker(Manager *manager) {
        sigset_t all, before;
        int r;

        /* signals are the event loop's */
        (void) sigfillset(&all);
        (void) pthread_sigmask(SIG_SETMASK, &all, &before);
        r = pthread_create(&manager->worker, NULL, worker_main, manager);
        (void) pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (r != 0)
                return -r;

        /* for who looks at the process from outside; the name has no other use */
        (void) pthread_setname_np(manager->worker, "worker");
        manager->worker_started = true;
        return 0;
}

/* Of what others do; none of it is looked at before the recovery is done. */
static int start_watches(Manager *manager) {
        int r;

        r = exim_guard_new(manager->event, manager, &manager->exim_watch);
        if (r < 0)
                return r;
        r = exim_retry_new(manager->event, manager, &manager->exim_retry);
        if (r < 0)
                return r;
        r = names_watch_new(manager->event, manager, &manager->names_watch);
        if (r < 0)
                return r;
        r = listen_watch_new(manager->event, look, manager, &manager->listen_watch);
        if (r < 0)
                return r;
        listen_watch_set_enabled(manager->listen_watch, manager->snapshot->policy.enabled);

        return attempt_guard_new(manager->event, manager, &manager->attempt_watch);
}

int manager_new(sd_event *event, Manager **ret) {
        CLEANUP(manager_freep) Manager *manager = NULL;
        CLEANUP(failure_done) Failure failure = {};
        int r;

        manager = calloc(1, sizeof(*manager));
        if (!manager)
                return -ENOMEM;
        manager->done_fd = -EBADF;
        manager->event = sd_event_ref(event);
        (void) pthread_mutex_init(&manager->mutex, NULL);
        (void) pthread_cond_init(&manager->wake, NULL);

        r = engine_new(&manager->engine, &failure);
        if (r < 0)
                return log_error_errno(
                                r,
                                "Failed to start: %s",
                                failure.text ? failure.text : strerror(-r));

        r = table_guard_new(&manager->guard);
        if (r < 0)
                return log_error_errno(r, "Failed to guard the firewall: %m");
        manager->engine->guard = manager->guard;
        r = live_new(manager->guard, &manager->live);
        if (r < 0)
                return r;

        engine_recover(manager->engine);
        r = engine_snapshot(manager->engine, &manager->snapshot);
        if (r < 0)
                return r;

        manager->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (manager->done_fd < 0)
                return -errno;
        r = sd_event_add_io(
                        event, &manager->done_source, manager->done_fd, EPOLLIN, on_done, manager);
        if (r < 0)
                return r;
        r =
                        sd_event_add_io(event,
                                        &manager->guard_source,
                                        table_guard_fd(manager->guard),
                                        EPOLLIN,
                                        on_guard,
                                        manager);
        if (r < 0)
                return r;
        r = sd_event_add_time(
                        event,
                        &manager->prove_timer,
                        CLOCK_MONOTONIC,
                        UINT64_MAX,
                        0,
                        on_prove_timer,
                        manager);
        if (r < 0)
                return r;
        r = trial_watch_new(event, look_after_trial, follow_clock, manager, &manager->trial_watch);
        if (r < 0)
                return r;
        r = start_watches(manager);
        if (r < 0)
                return r;
        r = start_worker(manager);
        if (r < 0)
                return r;
        if (manager->engine->reload_unproven || manager->engine->sweep_owed)
                look_again_later(manager);
        trial_watch_follow(manager->trial_watch, manager->snapshot, true);
        exim_retry_follow(manager->exim_retry, manager->snapshot);

        *ret = TAKE(manager);
        return 0;
}

static void stop_worker(Manager *manager) {
        if (!manager->worker_started)
                return;

        (void) pthread_mutex_lock(&manager->mutex);
        manager->quit = true;
        (void) pthread_cond_signal(&manager->wake);
        (void) pthread_mutex_unlock(&manager->mutex);
        (void) pthread_join(manager->worker, NULL);
}

/* The worker has ended. */
static void save_attempts(Manager *manager) {
        CLEANUP(attempt_book_done)
        AttemptBook fresh = attempt_watch_take_fresh(manager->attempt_watch);

        engine_note_attempts(manager->engine, &fresh);
        engine_save_attempts(manager->engine);
}

Manager *manager_free(Manager *manager) {
        if (!manager)
                return NULL;

        stop_worker(manager);
        while (manager->first) {
                Job *job = manager->first;

                manager->first = job->next;
                job_free(job);
        }
        job_free(manager->current);

        exim_watch_free(manager->exim_watch);
        exim_retry_free(manager->exim_retry);
        names_watch_free(manager->names_watch);
        listen_watch_free(manager->listen_watch);
        sd_event_source_disable_unref(manager->done_source);
        sd_event_source_disable_unref(manager->prove_timer);
        trial_watch_free(manager->trial_watch);
        sd_event_unref(manager->event);
        (void) fd_close(manager->done_fd);
        if (manager->worker_started)
                save_attempts(manager);
        sd_event_source_disable_unref(manager->guard_source);
        table_guard_free(manager->guard);
        attempt_watch_free(manager->attempt_watch);
        engine_free(manager->engine);
        live_free(manager->live);
        snapshot_free(manager->snapshot);
        (void) pthread_mutex_destroy(&manager->mutex);
        (void) pthread_cond_destroy(&manager->wake);
        free(manager);
        return NULL;
}

void manager_set_callbacks(Manager *manager, const ManagerCallbacks *callbacks) {
        manager->callbacks = *callbacks;
}

int manager_queue(
                Manager *manager,
                JobRequest *request,
                JobHandler handler,
                void *userdata,
                Job **ret) {
        Job *job = calloc(1, sizeof(*job));

        if (!job)
                return -ENOMEM;

        job->manager = manager;
        job->request = *request;
        *request = (JobRequest){};
        policy_change_init(&request->change);
        job->handler = handler;
        job->userdata = userdata;
        attempt_guard_begin_job(manager->attempt_watch, &job->request);
        *ret = job;

        append_job(manager, job);
        return 0;
}

void manager_cancel(Manager *manager, Job *job) {
        job->handler = NULL;

        if (manager->current == job)
                return; /* begun: carried out, but nobody is told */

        for (Job **link = &manager->first, *before = NULL; *link;
             before = *link, link = &(*link)->next) {
                if (*link != job)
                        continue;
                *link = job->next;
                if (manager->last == job)
                        manager->last = before;
                job_free(job);
                return;
        }
}

void manager_tell_attempt(Manager *manager, const AttemptNotice *notice, uint64_t count) {
        /* it may be a mail server that tries */
        listen_watch_hurry(manager->listen_watch);
        if (manager->callbacks.attempt)
                manager->callbacks.attempt(notice, count, manager->callbacks.userdata);
}

void manager_note_unit(Manager *manager, const char *unit) {
        if (unit_name_is_of_service(unit))
                listen_watch_hurry(manager->listen_watch);
        if (unit_name_is_of_mta(unit))
                names_watch_hurry(manager->names_watch);
}

bool manager_is_busy(const Manager *manager) {
        return manager->current != NULL || manager->first != NULL;
}

const Snapshot *manager_snapshot(const Manager *manager) {
        return manager->snapshot;
}

int manager_read_live(Manager *manager, LiveState *ret) {
        return live_read(manager->live, manager->snapshot, ret);
}
