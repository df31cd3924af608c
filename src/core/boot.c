/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "core/boot.h"
#include "core/store.h"
#include "firewall/firewall.h"
#include "util/log.h"

static int load(const Applied *applied, Failure *reterr) {
        CLEANUP(firewall_freep) Firewall *firewall = NULL;
        uint32_t generation;
        Digest digest;
        int r;

        r = firewall_new(&firewall);
        if (r < 0)
                return r;

        return firewall_apply(
                        firewall, &applied->policy, &applied->facts, &digest, &generation, reterr);
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
        if (r > 0 && !applied.policy.enabled)
                return 0;
        if (r > 0)
                r = load(&applied, &failure);
        if (r < 0) {
                (void) failure_set(&failure, r, FAILURE_INTERNAL, "%s", strerror(-r));
                return log_error_errno(r, "Failed to load the SMTP restrictions: %s", failure.text);
        }

        log_info("SMTP restrictions are loaded.");
        return 0;
}
