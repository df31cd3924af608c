/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "core/engine.h"
#include "core/identity.h"

int snapshot_new(Snapshot **ret) {
        Snapshot *snapshot = calloc(1, sizeof(*snapshot));

        if (!snapshot)
                return -ENOMEM;

        policy_init(&snapshot->policy);
        policy_change_init(&snapshot->trial_change);
        snapshot->facts.verdicts = port_verdicts_default;
        *ret = snapshot;
        return 0;
}

static void mta_done(Mta *mta) {
        free(mta->name);
        free(mta->version);
        free(mta->ports);
}

Snapshot *snapshot_free(Snapshot *snapshot) {
        if (!snapshot)
                return NULL;

        policy_done(&snapshot->policy);
        host_facts_done(&snapshot->facts);
        free(snapshot->exim_config);
        string_list_done(&snapshot->exim_files);
        for (size_t i = 0; i < snapshot->mta_count; i++)
                mta_done(&snapshot->mtas[i]);
        free(snapshot->mtas);
        problems_done(&snapshot->problems);
        last_change_done(&snapshot->last_change);
        trial_info_done(&snapshot->trial);
        policy_change_done(&snapshot->trial_change);
        free(snapshot);
        return NULL;
}

static bool has_mta(const Snapshot *snapshot, const char *name) {
        for (size_t i = 0; i < snapshot->mta_count; i++)
                if (strcmp(snapshot->mtas[i].name, name) == 0)
                        return true;

        return false;
}

static int add_mta(
                Snapshot *snapshot,
                const char *name,
                const char *version,
                const EximListeners *listeners) {
        Mta mta = { .name = strdup(name), .version = version ? strdup(version) : NULL };
        Mta *mtas = reallocarray(snapshot->mtas, snapshot->mta_count + 1, sizeof(*mtas));

        if (mtas)
                snapshot->mtas = mtas;
        if (mtas && listeners && listeners->port_count > 0) {
                mta.ports = calloc(listeners->port_count, sizeof(*mta.ports));
                if (mta.ports) {
                        memcpy(mta.ports,
                               listeners->ports,
                               listeners->port_count * sizeof(*mta.ports));
                        mta.port_count = listeners->port_count;
                }
        }
        if (!mtas || !mta.name || (version && !mta.version)) {
                mta_done(&mta);
                return -ENOMEM;
        }

        snapshot->mtas[snapshot->mta_count++] = mta;
        return 0;
}

/* Exim as it says itself; of others only that their account is there. */
static int fill_mtas(const Engine *engine, Snapshot *snapshot) {
        CLEANUP(exim_listeners_done) EximListeners listeners = {};
        int r;

        if (engine->exim.layout != EXIM_LAYOUT_NONE) {
                /* without it the ports are not shown, nothing else */
                IGNORE_RESULT(exim_listeners_read(&engine->exim, &listeners));
                r = add_mta(snapshot, "Exim", engine->exim.version, &listeners);
                if (r < 0)
                        return r;
        }

        for (size_t i = 0; i < snapshot->facts.uids.count; i++) {
                const AllowedId *id = &snapshot->facts.uids.items[i];

                if (id->because != BECAUSE_MTA || !id->detail || has_mta(snapshot, id->detail))
                        continue;
                r = add_mta(snapshot, id->detail, NULL, NULL);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int fill_trial(const Engine *engine, Snapshot *snapshot) {
        int r;

        if (!engine->trial_set)
                return 0;

        snapshot->trial_set = true;
        r = trial_info_copy(&engine->trial.info, &snapshot->trial);
        if (r < 0)
                return r;

        return policy_change_between(
                        &engine->trial.previous.policy,
                        &engine->applied.policy,
                        &snapshot->trial_change);
}

int engine_snapshot(const Engine *engine, Snapshot **ret) {
        CLEANUP(snapshot_freep) Snapshot *snapshot = NULL;
        const LastChange *last = engine->last_failure.action ? &engine->last_failure
                                                             : &engine->applied.last_change;
        int r;

        r = snapshot_new(&snapshot);
        if (r < 0)
                return r;
        r = policy_copy(&engine->applied.policy, &snapshot->policy);
        if (r < 0)
                return r;
        r = host_facts_copy(&engine->applied.facts, &snapshot->facts);
        if (r < 0)
                return r;
        r = last_change_copy(last, &snapshot->last_change);
        if (r < 0)
                return r;
        r = problems_append_all(&snapshot->problems, &engine->file_problems);
        if (r < 0)
                return r;
        r = problems_append_all(&snapshot->problems, &engine->converge_problems);
        if (r < 0)
                return r;

        snapshot->generation = engine->applied.generation;
        snapshot->exim_layout = engine->exim.layout;
        snapshot->exim_waits = engine->exim_waits;
        snapshot->meter_digest = engine->meter_digest;
        snapshot->meter_digest_set = engine->meter_digest_set;
        if (engine->exim.config) {
                snapshot->exim_config = strdup(engine->exim.config);
                if (!snapshot->exim_config)
                        return -ENOMEM;
        }
        r = exim_files_to_watch(&engine->exim, &snapshot->exim_files);
        if (r < 0)
                return r;
        r = fill_mtas(engine, snapshot);
        if (r < 0)
                return r;
        r = fill_trial(engine, snapshot);
        if (r < 0)
                return r;

        *ret = TAKE(snapshot);
        return 0;
}
