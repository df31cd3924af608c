/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/forwarding.h"
#include "core/live.h"
#include "core/meter-file.h"
#include "core/verdicts.h"
#include "policy/shared-url.h"
#include "policy/web-users.h"
#include "util/log.h"
#include "util/now.h"
#include "util/text.h"

#define SMTP_PORT 25

struct Live {
        TableGuard *guard; /* borrowed */
        Problems found;    /* by the last reading, to know since when */
};

void live_state_done(LiveState *live) {
        if (!live)
                return;

        problems_done(&live->problems);
        *live = (LiveState){};
}

int live_new(TableGuard *guard, Live **ret) {
        Live *live = calloc(1, sizeof(*live));

        if (!live)
                return -ENOMEM;

        live->guard = guard;
        *ret = live;
        return 0;
}

Live *live_free(Live *live) {
        if (!live)
                return NULL;

        problems_done(&live->found);
        free(live);
        return NULL;
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
                                string_format("Uid %u listens on port 25 as a mail server does, "
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

/* The kernel tells of interfaces that come and go, but of forwarding only to who asks. */
static int find_forwarding_problem(const Policy *policy, Problems *problems) {
        CLEANUP(link_list_done) LinkList links = {};
        int r;

        if (!policy->enabled || policy->forwarded != FORWARDED_ALLOW)
                return 0;

        r = link_list_read(&links);
        if (r < 0)
                return r;

        return forwarding_find_problem(policy, &links, problems);
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

/* Whether a file is there is all that is taken from the meter. */
static int find_web_users(Problems *problems) {
        for (size_t i = 0; i < WEB_USERS_COUNT; i++) {
                CLEANUP(freep) char *path = string_format(WEB_USERS_DIRECTORY "/%s", web_users[i]);
                int r;

                if (!path)
                        return -ENOMEM;
                if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
                        continue;

                r = problems_add(
                                problems,
                                PROBLEM_SHARED_WEB_USER,
                                PROBLEM_SEVERITY_WARNING,
                                string_format("The user %s sends much mail, and which of the "
                                              "scripts that run as this user it is cannot be told",
                                              web_users[i]),
                                string_format("Run each customer's scripts as a user of his own, "
                                              "as with one pool of PHP-FPM for each"));
                if (r < 0)
                        return r;
        }

        return 0;
}

/* As above, a file is all that is taken from it. */
static int find_shared_counters(
                const Policy *policy, SharedCountersState *ret, Problems *problems) {
        if (!policy->shared_counters)
                return 0;

        *ret = SHARED_COUNTERS_OK;
        if (faccessat(AT_FDCWD, SHARED_LOCAL_FILE, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
                return 0;

        *ret = SHARED_COUNTERS_LOCAL;
        return problems_add(
                        problems,
                        PROBLEM_SHARED_COUNTERS_DOWN,
                        PROBLEM_SEVERITY_WARNING,
                        string_format("The server of " SMTP_RESTRICTIONS_KEY_SHARED_COUNTERS
                                      " does not answer: %u percent of each limit are this host's "
                                      "own until it does",
                                      policy->shared_share),
                        string_format("Look at journalctl -u smtp-restrictions-meter, and for the "
                                      "password at smtp-restrictions-shared(8)"));
}

static int find_meter(
                const Snapshot *snapshot,
                MeterState *ret,
                SharedCountersState *ret_shared,
                Problems *problems) {
        int r;

        *ret = METER_OFF;
        *ret_shared = SHARED_COUNTERS_OFF;
        if (!mail_limits_need_meter(&snapshot->policy.mail_limits))
                return 0;

        if (snapshot->meter_digest_set) {
                r = meter_file_find_problem(&snapshot->meter_digest, problems);
                if (r < 0)
                        return r;
        }

        r = find_web_users(problems);
        if (r < 0)
                return r;
        r = find_shared_counters(&snapshot->policy, ret_shared, problems);
        if (r < 0)
                return r;

        *ret = meter_is_reachable() ? METER_OK : METER_DOWN;
        if (*ret == METER_OK)
                return 0;

        return problems_add(
                        problems,
                        PROBLEM_METER_DOWN,
                        PROBLEM_SEVERITY_ERROR,
                        string_format("The mail meter does not answer: %s holds",
                                      SMTP_RESTRICTIONS_LIMIT_METER_FALLBACK),
                        string_format("Look at systemctl status smtp-restrictions-meter.socket "
                                      "smtp-restrictions-meter.service"));
}

/* What is wrong now and is in no snapshot. */
static int find_problems(
                const Snapshot *snapshot,
                const FirewallState *kernel,
                bool damaged,
                Problems *problems) {
        int r;

        r = firewall_find_problems(&snapshot->policy, kernel, damaged, problems);
        if (r < 0)
                return r;

        r = find_forwarding_problem(&snapshot->policy, problems);
        if (r < 0)
                return r;

        return read_sockets(snapshot, problems);
}

/* Somebody's mail stays where it is: not only for those who ask. */
static void log_blocked_mta(const Problems *before, const Problems *now) {
        if (problems_have(before, PROBLEM_MTA_BLOCKED))
                return;

        for (size_t i = 0; i < now->count; i++)
                if (now->items[i].id == PROBLEM_MTA_BLOCKED)
                        log_warning("%s. %s", now->items[i].text, now->items[i].hint);
}

/* A problem that the reading before found too began then. */
static int remember_since(Live *live, Problems *found) {
        CLEANUP(problems_done) Problems copy = {};
        int r;

        log_blocked_mta(&live->found, found);
        problems_keep_since(found, &live->found, now_read_usec(CLOCK_REALTIME));

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
        bool damaged;
        int r;

        r = problems_append_all(&state.problems, &snapshot->problems);
        if (r < 0)
                return r;
        r = table_guard_read(live->guard, &state.problems, &damaged);
        if (r < 0)
                return r;

        r = firewall_read_state(&kernel);
        if (r < 0)
                return r;
        r = find_problems(snapshot, &kernel, damaged, &found);
        if (r < 0)
                return r;
        r = find_meter(snapshot, &state.meter, &state.shared, &found);
        if (r < 0)
                return r;
        r = remember_since(live, &found);
        if (r < 0)
                return r;
        r = problems_append_all(&state.problems, &found);
        if (r < 0)
                return r;

        state.active = kernel.present && !kernel.dormant;
        state.enforcing = snapshot->policy.enabled && !snapshot->policy.observe && state.active &&
                          !damaged;
        state.counters = kernel.counters;

        *ret = state;
        state = (LiveState){};
        return 0;
}
