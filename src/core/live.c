/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <time.h>

#include "core/live.h"
#include "core/verdicts.h"
#include "util/text.h"

#define SMTP_PORT 25

struct Live {
        Firewall *firewall; /* owned */
        /* What a listing found, and for which ruleset and which digest: valid until one of them
         * moves. */
        bool listed;
        uint32_t listed_generation;
        Digest listed_digest;
        Problems listed_problems;
        Problems found; /* by the last reading, to know since when */
};

void live_state_done(LiveState *live) {
        if (!live)
                return;

        problems_done(&live->problems);
        *live = (LiveState){};
}

int live_new(Live **ret) {
        CLEANUP(live_freep) Live *live = calloc(1, sizeof(*live));
        int r;

        if (!live)
                return -ENOMEM;

        r = firewall_new(&live->firewall);
        if (r < 0)
                return r;

        *ret = TAKE(live);
        return 0;
}

Live *live_free(Live *live) {
        if (!live)
                return NULL;

        firewall_free(live->firewall);
        problems_done(&live->listed_problems);
        problems_done(&live->found);
        free(live);
        return NULL;
}

/* Somebody changed something somewhere: list our table once, and remember what was found. */
static int list_table(Live *live, const Snapshot *snapshot, uint32_t generation) {
        CLEANUP(problems_done) Problems problems = {};
        int r;

        if (live->listed && live->listed_generation == generation &&
            digest_equal(&live->listed_digest, &snapshot->firewall_digest))
                return 0;

        r =
                        firewall_verify(live->firewall,
                                        &snapshot->policy,
                                        &snapshot->facts,
                                        &snapshot->firewall_digest,
                                        &problems);
        if (r < 0)
                return r;

        problems_done(&live->listed_problems);
        live->listed_problems = problems;
        problems = (Problems){};
        live->listed = true;
        live->listed_generation = generation;
        live->listed_digest = snapshot->firewall_digest;
        return 0;
}

/* An MTA that we do not know is refused its own deliveries: the worst that this program can do. */
static int find_blocked_mta(
                const Snapshot *snapshot, const SocketList *listening, Problems *problems) {
        for (size_t i = 0; i < listening->count; i++) {
                const SocketEntry *entry = &listening->items[i];

                if (entry->local_port != SMTP_PORT ||
                    allowed_ids_find(&snapshot->facts.uids, entry->uid))
                        continue;

                return problems_add(
                                problems,
                                PROBLEM_MTA_BLOCKED,
                                PROBLEM_SEVERITY_ERROR,
                                string_format("uid %u listens on port 25 as a mail server does, "
                                              "but may not connect to others",
                                              entry->uid),
                                string_format("If it is this host's mail server, add its user to "
                                              "AllowedUsers"));
        }

        return 0;
}

static int find_conntrack_problem(Problems *problems) {
        uint64_t count, max;

        /* without conntrack there is nothing to fill */
        if (firewall_read_conntrack(&count, &max) < 0 || max == 0 || count <= max / 2)
                return 0;

        return problems_add(
                        problems,
                        PROBLEM_CONNTRACK_NEARLY_FULL,
                        PROBLEM_SEVERITY_WARNING,
                        string_format("More than half of the %ju connections that can be tracked "
                                      "are tracked",
                                      (uintmax_t) max),
                        string_format("Raise net.netfilter.nf_conntrack_max"));
}

static int read_sockets(const Snapshot *snapshot, Problems *problems) {
        CLEANUP(socket_list_done) SocketList listening = {};
        int r;

        if (!snapshot->policy.enabled)
                return 0;

        r = socket_list_read_listening(&listening);
        if (r < 0)
                return r;
        r = verdicts_find_problems(
                        &snapshot->policy, &snapshot->facts.verdicts, &listening, problems);
        if (r < 0)
                return r;
        r = find_blocked_mta(snapshot, &listening, problems);
        if (r < 0)
                return r;

        return find_conntrack_problem(problems);
}

/* What is wrong now and is in no snapshot. *ret_intact: the table is as it was applied. */
static int find_problems(
                Live *live,
                const Snapshot *snapshot,
                uint32_t generation,
                Problems *problems,
                bool *ret_intact) {
        bool intact = true;
        int r;

        if (generation != snapshot->firewall_generation) {
                r = list_table(live, snapshot, generation);
                if (r < 0)
                        return r;
                intact = live->listed_problems.count == 0;
                r = problems_append_all(problems, &live->listed_problems);
                if (r < 0)
                        return r;
        }
        r = read_sockets(snapshot, problems);
        if (r < 0)
                return r;

        *ret_intact = intact;
        return 0;
}

/* A problem that the reading before found too began then. */
static int remember_since(Live *live, Problems *found) {
        CLEANUP(problems_done) Problems copy = {};
        struct timespec now;
        int r;

        /* cannot fail for this clock */
        (void) clock_gettime(CLOCK_REALTIME, &now);
        problems_keep_since(
                        found,
                        &live->found,
                        (uint64_t) now.tv_sec * USEC_PER_SEC + (uint64_t) now.tv_nsec / 1000);

        r = problems_copy(found, &copy);
        if (r < 0)
                return r;

        problems_done(&live->found);
        live->found = copy;
        copy = (Problems){};
        return 0;
}

int live_read(Live *live, const Snapshot *snapshot, LiveState *ret) {
        CLEANUP(live_state_done) LiveState state = {};
        CLEANUP(problems_done) Problems found = {};
        FirewallState kernel;
        bool intact;
        int r;

        r = firewall_read_state(&kernel);
        if (r < 0)
                return r;
        r = find_problems(live, snapshot, kernel.generation, &found, &intact);
        if (r < 0)
                return r;
        r = remember_since(live, &found);
        if (r < 0)
                return r;

        r = problems_append_all(&state.problems, &snapshot->problems);
        if (r < 0)
                return r;
        r = problems_append_all(&state.problems, &found);
        if (r < 0)
                return r;

        state.active = kernel.present && !kernel.dormant;
        state.enforcing = snapshot->policy.enabled && !snapshot->policy.observe && state.active &&
                          intact;
        state.counters = kernel.counters;

        *ret = state;
        state = (LiveState){};
        return 0;
}
