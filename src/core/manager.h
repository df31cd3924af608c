/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The service behind the bus: one policy, changes carried out one at a time by a worker thread, and
 * a snapshot of what is in force that can be read at once. Knows no bus: it takes requests and
 * reports by callbacks, all of them on the thread that runs the event loop.
 */

#include <systemd/sd-event.h>

#include "core/attempt-notice.h"
#include "core/job.h"
#include "core/snapshot.h"

typedef struct Manager Manager;

typedef struct Job Job;

/* r: 0, or a negative errno with *failure. Result and failure are the manager's and end with the
 * call. */
typedef void (*JobHandler)(int r, const Failure *failure, const JobResult *result, void *userdata);

typedef struct ManagerCallbacks {
        /* After the commit and before the handler of the job, when the firewall was damaged or
         * repaired, and when somebody else may have begun to listen: what is public may have
         * changed. */
        void (*changed)(const Snapshot *before, const Snapshot *now, void *userdata);
        /* Busy began or ended. */
        void (*busy_changed)(bool busy, void *userdata);
        /* Somebody tried to connect: `count` attempts of his since the last that was told. */
        void (*attempt)(const AttemptNotice *notice, uint64_t count, void *userdata);
        void *userdata;
} ManagerCallbacks;

/*
 * Open the state, recover from whatever a crash left (converge to policy.json), start the worker.
 * Blocks until the recovery is done: the bus name is taken afterwards. A policy that cannot be
 * brought into force is no failure here, but a Problem in the snapshot.
 */
WARN_UNUSED int manager_new(sd_event *event, Manager **ret);
/* Waits for a job that is being carried out, drops the others without calling their handlers. */
Manager *manager_free(Manager *manager);
DEFINE_CLEANUP(Manager, manager_free)

void manager_set_callbacks(Manager *manager, const ManagerCallbacks *callbacks);

/*
 * Queue a job behind those that wait. Takes over *request. The handler is called exactly once,
 * unless the job is cancelled. *ret is valid until then.
 */
WARN_UNUSED int manager_queue(
                Manager *manager,
                JobRequest *request,
                JobHandler handler,
                void *userdata,
                Job **ret);

/* The caller is gone: never call the handler; drop the job if it has not begun. */
void manager_cancel(Manager *manager, Job *job);

/* For the watch over attempts: the callback, if there is one. */
void manager_tell_attempt(Manager *manager, const AttemptNotice *notice, uint64_t count);

/* systemd has started, reloaded or ended this unit, or tried to. */
void manager_note_unit(Manager *manager, const char *unit);

bool manager_is_busy(const Manager *manager);

/* What is in force. Valid until the next return to the event loop. */
const Snapshot *manager_snapshot(const Manager *manager);

typedef enum MeterState {
        METER_OFF, /* nothing asks it */
        METER_OK,
        METER_DOWN,
} MeterState;

typedef enum SharedCountersState {
        SHARED_COUNTERS_OFF,
        SHARED_COUNTERS_OK,
        SHARED_COUNTERS_LOCAL, /* the server does not answer */
} SharedCountersState;

/* What moves without us: read from the kernel at the time of the call, in microseconds while nobody
 * changed rules. */
typedef struct LiveState {
        bool active;    /* the table is in the kernel and not dormant */
        bool enforcing; /* enabled, not observing, active, and as it was applied */
        RulesetCounters counters;
        MeterState meter;
        SharedCountersState shared;
        Problems problems; /* of the snapshot and of now; Health is problems_health() of these */
} LiveState;

void live_state_done(LiveState *live);
WARN_UNUSED int manager_read_live(Manager *manager, LiveState *ret);
