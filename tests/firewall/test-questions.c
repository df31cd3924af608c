/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Explain and the kernel are asked the same: 2,000 random connections under random policies and
 * exceptions, which change as the service changes them. Each is really made; what answers, and
 * which counter moves, is the kernel's word.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <time.h>

#include "firewall/explain.h"
#include "setup.h"
#include "unit/firewall/grant.h"

#define POLICIES  40
#define CHANGES   5 /* of each */
#define QUESTIONS 10

#define USERS  5
#define GROUPS 3

static World world;

static uint64_t now_usec(void) {
        return (uint64_t) g_get_real_time();
}

static const char *const verdicts[] = { "reject", "redirect", "observe", "allow" };
static const char *const destinations[] = {
        NULL,
        NULL,
        "0.0.0.0/0",
        "198.51.100.0/24",
        "198.51.100.0/25",
        "198.51.100.1",
        WORLD_REMOTE_V4,
        "::/0",
        "2001:db8:100::/48",
        "2001:db8:100::/63",
        "2001:db8:100::1",
        WORLD_REMOTE_V6,
};

/* Expired, about to last for hours, or for ever. */
static uint64_t random_end(void) {
        switch (g_test_rand_int_range(0, 4)) {
        case 0:
                return now_usec() - USEC_PER_SEC;
        case 1:
                return now_usec() + 3600 * USEC_PER_SEC;
        default:
                return 0;
        }
}

static void grant_random(Setup *setup) {
        static const uint16_t some[] = { 25, 587, 0 };
        bool group = g_test_rand_int_range(0, 3) == 0;
        g_autofree char *subject =
                        g_strdup_printf("%s%d",
                                        group ? "group:g" : "user:u",
                                        g_test_rand_int_range(0, group ? GROUPS : USERS));

        grant(&setup->policy.exceptions,
              subject,
              any_of(destinations, ELEMENTS_OF(destinations)),
              g_test_rand_bit() ? some : NULL,
              any_of(verdicts, ELEMENTS_OF(verdicts)),
              random_end());
}

static void revoke_random(Setup *setup) {
        Exceptions *exceptions = &setup->policy.exceptions;
        gint32 i;

        if (exceptions->count == 0)
                return;

        i = g_test_rand_int_range(0, (gint32) exceptions->count);
        /* as of a time at which all are there */
        g_assert_cmpint(exceptions_remove(exceptions, exceptions->items[i]->id, 1, NULL), ==, 0);
}

static void set_random_policy(Setup *setup) {
        setup->policy.observe = g_test_rand_int_range(0, 5) == 0;
        setup->policy.cut_existing = g_test_rand_int_range(TRISTATE_UNSET, TRISTATE_TRUE + 1);
        for (size_t i = 0; i < setup->facts.verdicts.count; i++)
                setup->facts.verdicts.entries[i].verdict =
                                g_test_rand_bit() ? PORT_VERDICT_REDIRECT : PORT_VERDICT_REJECT;
        setup_allow(setup, 1000 + (uint32_t) g_test_rand_int_range(0, USERS));
        for (int i = g_test_rand_int_range(0, 16); i > 0; i--)
                grant_random(setup);
}

static Connection random_connection(char address[static INET6_ADDRSTRLEN]) {
        static const char *const addresses[] = {
                "198.51.100.1",      "198.51.100.2",       "198.51.100.200",  WORLD_REMOTE_V4,
                WORLD_SERVER_V4,     "127.0.0.1",          "2001:db8:100::1", "2001:db8:100::2",
                "2001:db8:100:2::1", "2001:db8:100:ff::1", WORLD_REMOTE_V6,   WORLD_SERVER_V6,
        };
        static const uint32_t uids[] = { 0, UID_MTA, 1000, 1001, 1002, 1003, 1004, 1005 };
        static const uint32_t gids[] = { 5, GID_ALLOWED, 2000, 2001, 2002 };
        static const uint16_t ports[] = { 25, 25, 465, 587, 2525 };
        Connection connection = {
                .uid = uids[g_test_rand_int_range(0, ELEMENTS_OF(uids))],
                .gid = gids[g_test_rand_int_range(0, ELEMENTS_OF(gids))],
                .port = ports[g_test_rand_int_range(0, ELEMENTS_OF(ports))],
        };
        const char *text = any_of(addresses, ELEMENTS_OF(addresses));

        connection.family = strchr(text, ':') ? AF_INET6 : AF_INET;
        connection.local = string_equal(text, WORLD_SERVER_V4) ||
                           string_equal(text, WORLD_SERVER_V6) || string_equal(text, "127.0.0.1");
        g_assert_cmpint(inet_pton(connection.family, text, connection.address), ==, 1);
        g_strlcpy(address, text, INET6_ADDRSTRLEN);
        return connection;
}

/* What the kernel does with it: by the counter that moved, which what answers must agree with. */
static ExceptionVerdict connect_really(const Connection *connection, const char *address) {
        RulesetCounters before = setup_counters();
        Outcome outcome = world_try(connection->uid, connection->gid, address, connection->port);
        RulesetCounters after = setup_counters();

        if (after.redirected > before.redirected) {
                g_assert_cmpint(outcome.error, ==, 0);
                g_assert_cmpstr(outcome.greeting,
                                ==,
                                connection->family == AF_INET ? "220 local 127.0.0.1"
                                                              : "220 local ::1");
                g_assert_cmpuint(after.rejected, ==, before.rejected);
                return EXCEPTION_REDIRECT;
        }
        if (after.rejected > before.rejected) {
                g_assert_cmpint(outcome.error, ==, ECONNREFUSED);
                return EXCEPTION_REJECT;
        }

        g_assert_cmpint(outcome.error, ==, 0);
        g_assert_true(g_str_has_prefix(
                        outcome.greeting, connection->local ? "220 local " : "220 remote "));
        g_assert_cmpuint(after.observed - before.observed, <=, 1);
        return after.observed > before.observed ? EXCEPTION_OBSERVE : EXCEPTION_ALLOW;
}

static void ask(Setup *setup, unsigned *verdicts_seen) {
        CLEANUP(ruleset_plan_done) RulesetPlan plan = {};
        char address[INET6_ADDRSTRLEN];

        g_assert_cmpint(ruleset_plan(&setup->policy, &setup->facts, &plan), ==, 0);
        for (unsigned i = 0; i < QUESTIONS; i++) {
                const Connection connection = random_connection(address);
                Explanation explanation = explain(&plan, &connection, now_usec());
                ExceptionVerdict verdict = connect_really(&connection, address);

                if (verdict != explanation.verdict)
                        g_error("uid %u gid %u to %s port %u: the kernel says %s, Explain says %s "
                                "because of %i, exception %" G_GUINT64_FORMAT,
                                connection.uid,
                                connection.gid,
                                address,
                                connection.port,
                                exception_verdict_to_string(verdict),
                                exception_verdict_to_string(explanation.verdict),
                                (int) explanation.decider,
                                explanation.exception);
                verdicts_seen[verdict]++;
        }
}

static void test_explain_and_the_kernel_agree(void) {
        unsigned verdicts_seen[_EXCEPTION_VERDICT_MAX] = {};

        for (unsigned i = 0; i < POLICIES; i++) {
                CLEANUP(setup_done) Setup setup = {};

                setup_init(&setup);
                name_subjects(&setup.facts.subjects, USERS, GROUPS);
                set_random_policy(&setup);
                for (unsigned j = 0; j < CHANGES; j++) {
                        setup_apply(&setup);
                        ask(&setup, verdicts_seen);
                        for (int k = g_test_rand_int_range(0, 3); k > 0; k--)
                                revoke_random(&setup);
                        for (int k = g_test_rand_int_range(0, 3); k > 0; k--)
                                grant_random(&setup);
                }
                setup_apply(&setup);
                g_assert_true(setup_has_no_problem(&setup));
        }

        /* the questions were not all of one kind */
        for (ExceptionVerdict i = 0; i < _EXCEPTION_VERDICT_MAX; i++)
                g_assert_cmpuint(verdicts_seen[i], >, 10);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        world_init(&world);
        g_test_add_func("/questions/explain-and-the-kernel-agree",
                        test_explain_and_the_kernel_agree);
        return g_test_run();
}
