/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/engine-table.h"
#include "core/engine-attempts.h"

int engine_bring_table(
                Engine *engine, const Policy *policy, const HostFacts *facts, Failure *reterr) {
        CLEANUP(table_image_freep) TableImage *image = NULL;
        uint32_t generation;
        Digest digest;
        int r;

        r = firewall_apply(engine->firewall, policy, facts, &digest, &generation, reterr);
        if (r < 0)
                return r;

        /* whatever becomes of the transaction: its way back brings another one */
        engine_restore_attempts(engine, &generation);
        engine->firewall_digest = digest;
        engine->firewall_generation = generation;
        if (!engine->guard)
                return 0;
        r = table_image_new(policy, facts, &image);
        if (r < 0)
                return r;
        image->digest = digest;
        image->generation = generation;
        table_guard_defend(engine->guard, TAKE(image));
        return 0;
}
