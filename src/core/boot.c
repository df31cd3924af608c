/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "core/attempts-keep.h"
#include "core/boot.h"
#include "core/store.h"
#include "firewall/counts.h"
#include "util/log.h"

/*
 * A trial whose time went by while the host was off is not loaded any more, but what it replaced.
 * Only the one file that is loaded decides: between that and policy.json a crash may lie, which the
 * daemon clears up.
 */
static void replace_trial(const Store *store, Applied *applied) {
        CLEANUP(trial_done) Trial trial;
        CLEANUP(failure_done) Failure failure = {};
        Clock now;
        int r;

        trial_init(&trial);

        r = store_read_trial(store, &trial, &failure);
        if (r < 0)
                log_warning("The record of a Try cannot be read, ignoring: %s",
                            failure.text ?: strerror(-r));
        if (r <= 0 || !digest_equal(&applied->policy_digest, &trial.tried))
                return;

        clock_read(&now);
        if (trial_left_usec(&trial.info, &now) > 0)
                return;

        log_notice("The time of a Try is over: what was in force before is loaded.");
        applied_done(applied);
        *applied = trial.previous;
        applied_init(&trial.previous);
}

/* Without them more is closed than was granted, but also open what they forbid: said, and no reason
 * to leave all of it open. */
static void read_exceptions(const Store *store, Applied *applied) {
        CLEANUP(exception_state_done) ExceptionState state = {};
        CLEANUP(failure_done) Failure failure = {};
        int r;

        r = store_read_exceptions(store, &state, &failure);
        if (r < 0)
                log_error("The exceptions cannot be read, so that none is loaded: %s",
                          failure.text ?: strerror(-r));
        if (r > 0)
                exception_state_move(&state, applied);
}

static int load(const Store *store, const Applied *applied, Failure *reterr) {
        CLEANUP(firewall_freep) Firewall *firewall = NULL;
        CLEANUP(attempt_book_done) AttemptBook book = {};
        uint32_t generation;
        Digest digest;
        int r;

        r = firewall_new(&firewall);
        if (r < 0)
                return r;

        r = firewall_apply(
                        firewall, &applied->policy, &applied->facts, &digest, &generation, reterr);
        if (r < 0)
                return r;

        /* what was counted before the reboot */
        if (counts_are_lost(firewall))
                (void) attempts_keep_restore(store, firewall, &book, &generation);
        return 0;
}

int boot_run(void) {
        CLEANUP(store_done) Store store = STORE_NONE;
        CLEANUP(applied_done) Applied applied;
        CLEANUP(failure_done) Failure failure = {};
        int r;

        applied_init(&applied);

        r = store_open_to_read(&store);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return log_error_errno(r, "Failed to open the state: %m");

        /* the daemon may be in a change: what it has brought in must not be taken back */
        r = store_lock_kernel(&store);
        if (r < 0)
                return log_error_errno(r, "Failed to lock the state: %m");

        r = store_read_applied(&store, &applied, &failure);
        if (r == 0)
                return 0;
        if (r > 0)
                replace_trial(&store, &applied);
        if (r > 0)
                read_exceptions(&store, &applied);
        if (r > 0 && !applied.policy.enabled)
                return 0;
        if (r > 0)
                r = load(&store, &applied, &failure);
        if (r < 0) {
                (void) failure_set(&failure, r, FAILURE_INTERNAL, "%s", strerror(-r));
                return log_error_errno(r, "Failed to load the SMTP restrictions: %s", failure.text);
        }

        log_info("SMTP restrictions are loaded.");
        return 0;
}
