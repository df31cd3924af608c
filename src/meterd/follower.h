/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Takes what Exim's log says into the ledger, and who has used AUTH into the activity; at the
 * beginning, of the hour before once more what it says of failures, which nobody keeps. */

#include <systemd/sd-event.h>

#include "meter/activity.h"
#include "meter/ledger.h"
#include "meter/store.h"
#include "meterd/settings.h"

typedef struct Follower Follower;

typedef struct FollowerHandlers {
        /* Something has come in. */
        void (*read)(void *userdata);
        /* The ledger cannot be used any more. */
        void (*fail)(int error, void *userdata);
        void *userdata;
} FollowerHandlers;

/* Ledger, activity and settings are borrowed. `places` are where it was left; the last hour before
 * that is read here. Return: 0 or a negative errno. */
WARN_UNUSED int follower_new(
                sd_event *event,
                Ledger *ledger,
                Activity *activity,
                Settings *settings,
                const StorePlace places[static _STORE_PLACE_KIND_MAX],
                const FollowerHandlers *handlers,
                Follower **ret);
Follower *follower_free(Follower *follower);
DEFINE_CLEANUP(Follower, follower_free)

/* Read on for a while, whatever is to be waited for. To be called before the loop until it returns
 * 0, and about once a second then. Return: 0 if that were all; 1 if not; a negative errno if the
 * ledger cannot be used any more. */
WARN_UNUSED int follower_step(Follower *follower, size_t size_max);

/* Has everything come in that is in the log? Not if it cannot be read. */
bool follower_is_current(const Follower *follower);
/* Has it to be called soon? */
bool follower_is_due(const Follower *follower);

/* When there is more to read though it has returned 0, of CLOCK_MONOTONIC: a file that was renamed
 * is not left for a moment. UINT64_MAX: that is not known. */
uint64_t follower_due_usec(const Follower *follower);

/* Up to where the ledger has it. */
void follower_get_places(const Follower *follower, StorePlace ret[static _STORE_PLACE_KIND_MAX]);
