/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "core/table-repair.h"
#include "util/now.h"
#include "util/text.h"

/* That of the boot loader, cut by the kernel. */
#define OWN_PROGRAM "smtp-restrictionsd"

void table_repair_done(TableRepair *repair) {
        free(repair->what);
        *repair = (TableRepair){};
}

/*
 * May it be harmless? The boot loader brings in what is in force as we do, when nftables.service is
 * restarted. Then the table is looked at first, which takes longer than to apply it. A name proves
 * nothing, but it only decides about this order.
 */
static bool may_be_harmless(const TableDamage *damage) {
        return damage->unsure || strncmp(damage->process, OWN_PROGRAM, PROCESS_NAME_SIZE - 1) == 0;
}

static int find_out(
                Firewall *firewall,
                const TableImage *image,
                uint32_t *generation,
                bool *ret_damaged) {
        CLEANUP(problems_done) Problems problems = {};
        FirewallState state = {};
        int r;

        /* first: what comes behind it is later, and will be told */
        r = firewall_read_state(&state);
        if (r < 0)
                return r;
        r = firewall_verify(firewall, &image->policy, &image->facts, &image->digest, &problems);
        if (r < 0)
                return r;

        *ret_damaged = problems.count > 0;
        if (!*ret_damaged)
                *generation = state.generation;
        return 0;
}

static char *describe(const TableDamage *damage) {
        CLEANUP(freep) char *process = NULL;
        CLEANUP(freep) char *who = NULL;
        FirewallState state = {};
        const char *how = "was changed";

        process = string_quote(damage->process, strlen(damage->process), PROCESS_NAME_SIZE);
        if (damage->unsure)
                who = string_format("somebody else");
        else if (process)
                who = string_format("'%s' (process %u)", process, damage->pid);

        if (damage->removed || (firewall_read_state(&state) >= 0 && !state.present))
                how = "was removed";
        else if (state.dormant)
                how = "was switched off";

        return who ? string_format("%s by %s", how, who) : NULL;
}

/*
 * A large table in two steps: closed for everybody but the mail servers within some milliseconds,
 * then all. Where only elements were changed the rules still hold, and nobody is to be refused for
 * a second who may connect.
 */
static int apply(
                Firewall *firewall,
                const TableImage *image,
                const TableDamage *damage,
                uint64_t begin_usec,
                uint32_t *generation,
                TableRepair *repair,
                Failure *reterr) {
        CLEANUP(failure_done) Failure ignored = {};
        int r;

        /* what fails here fails again below */
        if (table_image_is_large(image) && !damage->elements_only &&
            firewall_put_back(
                            firewall,
                            &image->skeleton_policy,
                            &image->skeleton,
                            generation,
                            &ignored) >= 0)
                repair->closed_usec = now_read_usec(CLOCK_MONOTONIC) - begin_usec;

        r = firewall_put_back(firewall, &image->policy, &image->facts, generation, reterr);
        repair->usec = now_read_usec(CLOCK_MONOTONIC) - begin_usec;
        return r;
}

int table_repair(
                Firewall *firewall,
                const TableImage *image,
                const TableDamage *damage,
                uint32_t *generation,
                TableRepair *ret,
                Failure *reterr) {
        TableRepair repair = { .needed = true };
        uint64_t begin_usec = now_read_usec(CLOCK_MONOTONIC);
        int r;

        /* what cannot be looked at is applied */
        if (may_be_harmless(damage) && find_out(firewall, image, generation, &repair.needed) >= 0 &&
            !repair.needed) {
                *ret = repair;
                return 0;
        }

        /* now: later its traces are gone */
        repair.what = describe(damage);
        r = apply(firewall, image, damage, begin_usec, generation, &repair, reterr);

        *ret = repair;
        return r;
}
