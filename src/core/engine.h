/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The engine: what is in force, and the jobs that change it. Everything here blocks and belongs to
 * one thread; the manager runs it on its worker. converge.h is the only way by which it changes
 * anything.
 */

#include <systemd/sd-bus.h>

#include "core/job.h"
#include "core/snapshot.h"
#include "core/store.h"
#include "core/table-guard.h"
#include "exim/memory.h"
#include "exim/sessions.h"

typedef struct Engine {
        Store store;
        Firewall *firewall;     /* owned */
        TableGuard *guard;      /* borrowed: keeps in the kernel what is applied; NULL: nobody */
        sd_bus *systemd;        /* owned: our calls to systemd; NULL while there is no system bus */
        Applied applied;        /* what is in force */
        bool applied_stored;    /* applied.json holds this */
        bool exceptions_stored; /* exceptions.json holds what .applied has of them */
        Failure exceptions_failure; /* why it cannot be read: then it is left as it is */
        bool unknown;           /* no state file said anything: kernel and Exim are left alone */
        Digest firewall_digest; /* of the table as it was brought last */
        uint32_t firewall_generation;
        EximFacts exim;          /* as of the last converge */
        StringList exim_edited;  /* included files that may hold edits of ours */
        bool exim_edited_stored; /* exim-files says the same */
        EximMemory exim_memory;  /* our blocks in its files, likewise */
        size_t exim_changes;     /* how many files of Exim we have replaced or removed so far */
        EximListeners unproven;  /* the sockets that must go for the reload debt to be paid */
        bool reload_unproven;
        EximSessions exim_sessions; /* those of before its last reload */
        bool exim_waits;            /* the last converge had to do without what it owes to Exim */
        Digest meter_digest;        /* of meter.json */
        bool meter_digest_set;      /* it shall be there, and is known */
        bool sweep_owed;            /* they may need ACL files that nothing else needs any more */
        bool reload_owed;           /* pending.json is kept for it */
        Problems file_problems;     /* what is wrong with policy.json; until a Reload or change */
        Problems converge_problems; /* what the last converge found */
        bool history_read;          /* the last converge of an earlier run is in it */
        bool trial_set;             /* a change is on trial */
        Trial trial;
        AttemptBook attempt_book; /* since when users try */
        LastChange last_failure;  /* the last change, if it failed; not durable */
} Engine;

/* Open the state. Return: 0 or a negative errno with StorageFailed. */
WARN_UNUSED int engine_new(Engine **ret, Failure *reterr);
Engine *engine_free(Engine *engine);
DEFINE_CLEANUP(Engine, engine_free)

/* Bring into force what the state files say. Logs, and makes Problems of what cannot be. */
void engine_recover(Engine *engine);

/* One job. Return: 0, or a negative errno with *reterr set. */
WARN_UNUSED int engine_run(
                Engine *engine, const JobRequest *request, JobResult *ret, Failure *reterr);

/* Read policy.json again, resolve and judge anew. Return: 0, or a negative errno. */
WARN_UNUSED int engine_reload(Engine *engine, const JobRequest *request, Failure *reterr);

/* All that is on the host against what is in force. Return: 0, or a negative errno. */
WARN_UNUSED int engine_verify(const Engine *engine, Problems *problems, Failure *reterr);

/* Is the last reload proven by now? Then the debt is written off. Return: true when there is
 * nothing left to prove. */
bool engine_prove(Engine *engine);

/* Is the time of the trial over, if there is one? Then take it back; else follow the clocks.
 * Return: false when it is over and still in force: to be tried again. */
bool engine_tend_trial(Engine *engine);

/* The change did not come about. Takes over what `change` holds. */
void engine_remember_failure(Engine *engine, LastChange *change, const Failure *failure);

WARN_UNUSED int engine_snapshot(const Engine *engine, Snapshot **ret);
