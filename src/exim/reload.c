/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <time.h>

#include "exim/ask.h"
#include "exim/listeners.h"
#include "util/now.h"
#include "util/text.h"
#include "util/unit-job.h"

/* A look takes a third of a millisecond; Exim needs some 25 ms from the signal to its new sockets.
 */
#define POLL_USEC (5 * USEC_PER_MSEC)
/* Between systemd's refusal and a HUP that came after all. */
#define REFUSED_GRACE_USEC (300 * USEC_PER_MSEC)
/* New sockets, but not on all ports of before: so long they may be opened one after the other; then
 * the administrator has taken one away since the last reload. */
#define OTHER_PORTS_USEC USEC_PER_SEC

static void pause_between_polls(void) {
        const struct timespec ts = { .tv_nsec = (long) (POLL_USEC * 1000) };

        (void) clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
}

/* What systemd said of the job. */
typedef struct JobOutcome {
        int code;     /* 0 or UNIT_JOB_E_* */
        char *result; /* owned */
} JobOutcome;

static void job_outcome_done(JobOutcome *outcome) {
        free(outcome->result);
        *outcome = (JobOutcome){};
}

/* Record the failure, and give the outcome to return. */
static int outcome(int code, const EximListeners *before, const JobOutcome *job, Failure *reterr) {
        static const char *const words[] = {
                [EXIM_RELOAD_E_UNPROVEN] =
                                "was asked to reload, but has no new listening sockets yet",
                [EXIM_RELOAD_E_DEAD] = "did not survive its reload",
                [EXIM_RELOAD_E_REFUSED] = "was not reloaded and goes on with what it had",
        };

        /* the errno means nothing here: the code is what counts */
        (void) failure_set(
                        reterr,
                        -EIO,
                        FAILURE_EXIM_RELOAD_FAILED,
                        "Exim (%s) %s%s%s",
                        before->unit,
                        words[code],
                        job->result ? "; systemd: " : "",
                        job->result ?: "");

        return code;
}

/* No socket, and the process that was the daemon is gone, for so long: whoever restarts it has had
 * the time. */
#define GONE_USEC USEC_PER_SEC

/* Since when a state lasts, 0: it does not. */
static void note_since(uint64_t *since, bool lasts, uint64_t now) {
        if (!lasts)
                *since = 0;
        else if (*since == 0)
                *since = now;
}

/* Sessions and deliveries outlive their daemon, and look alike: without the daemon itself nothing
 * will listen again. */
static bool is_gone(const EximListeners *before) {
        return before->pid > 0 && !exim_daemon_has_process(before);
}

/*
 * Watch the daemon until it is clear what became of it. Return: 0, EXIM_RELOAD_E_*, or a negative
 * errno.
 */
static int watch(const EximListeners *before, const JobOutcome *job, uint64_t deadline) {
        uint64_t began = now_read_usec(CLOCK_MONOTONIC), other_since = 0, gone_since = 0;
        EximDaemonState state;

        for (;;) {
                uint64_t now;
                int r;

                r = exim_daemon_look(before, &state);
                if (r < 0)
                        return r;

                now = now_read_usec(CLOCK_MONOTONIC);
                if (state == EXIM_DAEMON_NEW)
                        return 0;
                if (state == EXIM_DAEMON_DEAD)
                        return EXIM_RELOAD_E_DEAD;

                note_since(&other_since, state == EXIM_DAEMON_OTHER, now);
                if (other_since > 0 && now - other_since >= OTHER_PORTS_USEC)
                        return 0;
                note_since(&gone_since, state == EXIM_DAEMON_SILENT && is_gone(before), now);
                if (gone_since > 0 && now - gone_since >= GONE_USEC)
                        return EXIM_RELOAD_E_DEAD;

                if (state == EXIM_DAEMON_OLD && now - began >= REFUSED_GRACE_USEC &&
                    (job->code == UNIT_JOB_E_FAILED || job->code == UNIT_JOB_E_REFUSED))
                        return EXIM_RELOAD_E_REFUSED;
                if (now >= deadline)
                        break;

                pause_between_polls();
        }

        if (state == EXIM_DAEMON_SILENT && !exim_daemon_has_process(before))
                return EXIM_RELOAD_E_DEAD;

        return EXIM_RELOAD_E_UNPROVEN;
}

static int look_failed(int error, Failure *reterr) {
        return failure_set(
                        reterr,
                        error,
                        FAILURE_EXIM_RELOAD_FAILED,
                        "Failed to look for Exim's sockets: %s",
                        strerror(-error));
}

/*
 * A HUP with a broken file kills the daemon. Debian's generated file was made just before and is
 * checked again by whoever installs it; a file written by hand is checked by nobody else (Debian
 * 13).
 */
static int check_live(const EximFacts *facts, uint64_t deadline_usec, Failure *reterr) {
        EximFacts live = *facts; /* borrowed */

        if (facts->layout != EXIM_LAYOUT_SINGLE)
                return 0;

        live.deadline_usec = deadline_usec;
        return exim_ask_version(&live, NULL, NULL, NULL, reterr);
}

int exim_reload(sd_bus *bus,
                const EximFacts *facts,
                EximListeners *before,
                uint64_t timeout_usec,
                Failure *reterr) {
        CLEANUP(job_outcome_done) JobOutcome job = {};
        CLEANUP(failure_done) Failure broken = {};
        uint64_t deadline = now_read_usec(CLOCK_MONOTONIC) + timeout_usec;
        int r;

        assert(facts && before);

        if (!before->unit)
                return EXIM_RELOAD_E_NOT_RUNNING;

        if (!bus) {
                job.result = strdup("there is no system bus");
                return outcome(EXIM_RELOAD_E_REFUSED, before, &job, reterr);
        }

        if (check_live(facts, deadline, &broken) < 0) {
                (void) failure_set(
                                reterr,
                                -EBADMSG,
                                FAILURE_EXIM_RELOAD_FAILED,
                                "Exim (%s) was not asked to reload, as it would die of it: %s",
                                before->unit,
                                broken.text ?: "out of memory");
                return EXIM_RELOAD_E_REFUSED;
        }

        r = exim_listeners_settle(before, now_read_usec(CLOCK_MONOTONIC) + timeout_usec / 2);
        if (r < 0)
                return look_failed(r, reterr);

        job.code = unit_job_run(bus, UNIT_JOB_RELOAD, before->unit, timeout_usec, &job.result);
        if (job.code < 0)
                return failure_set(
                                reterr,
                                job.code,
                                FAILURE_EXIM_RELOAD_FAILED,
                                "Failed to ask systemd to reload %s: %s",
                                before->unit,
                                strerror(-job.code));

        r = watch(before, &job, deadline);
        if (r < 0)
                return look_failed(r, reterr);

        return r == 0 ? 0 : outcome(r, before, &job, reterr);
}

int exim_reload_is_proven(const EximFacts *facts, const EximListeners *before) {
        EximDaemonState state;
        int r;

        (void) facts;

        if (!before->unit)
                return 0;

        r = exim_daemon_look(before, &state);
        if (r < 0)
                return r;

        return state == EXIM_DAEMON_NEW || state == EXIM_DAEMON_OTHER;
}

int exim_start(sd_bus *bus, const char *unit, uint64_t timeout_usec, Failure *reterr) {
        /* compared with nothing, whatever listens is new */
        const EximListeners nothing = { .unit = (char *) unit };
        CLEANUP(job_outcome_done) JobOutcome job = {};
        uint64_t deadline = now_read_usec(CLOCK_MONOTONIC) + timeout_usec;
        EximDaemonState state;
        int r;

        assert(unit);

        if (!bus)
                return failure_set(
                                reterr,
                                -ENOTCONN,
                                FAILURE_EXIM_RELOAD_FAILED,
                                "There is no system bus to start %s by",
                                unit);

        /* Not a start: Debian 12's unit stays active when its daemon dies. */
        job.code = unit_job_run(bus, UNIT_JOB_RESTART, unit, timeout_usec, &job.result);
        if (job.code < 0)
                return failure_set(
                                reterr,
                                job.code,
                                FAILURE_EXIM_RELOAD_FAILED,
                                "Failed to ask systemd to start %s: %s",
                                unit,
                                strerror(-job.code));

        do {
                r = exim_daemon_look(&nothing, &state);
                if (r < 0)
                        return look_failed(r, reterr);
                if (state == EXIM_DAEMON_NEW)
                        return 0;
                pause_between_polls();
        } while (job.code == 0 && now_read_usec(CLOCK_MONOTONIC) < deadline);

        return failure_set(
                        reterr,
                        -EIO,
                        FAILURE_EXIM_RELOAD_FAILED,
                        "Exim (%s) could not be started again%s%s",
                        unit,
                        job.result ? "; systemd: " : "",
                        job.result ?: "");
}
