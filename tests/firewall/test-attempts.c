/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>

#include "firewall/counts.h"
#include "setup.h"

#define TABLE "inet " RULESET_TABLE

static const char *const remote_addresses[] = { WORLD_REMOTE_V4, WORLD_REMOTE_V6 };

/* of this process; filled once by main() */
static World world;

static void read_counts(Attempts *attempts) {
        attempts_done(attempts);
        g_assert_cmpint(counts_read(attempts), ==, 0);
}

static const Attempt *find(
                const Attempts *attempts,
                AttemptSet set,
                uint32_t uid,
                const char *address,
                uint16_t port) {
        for (size_t i = 0; i < attempts->count; i++) {
                const Attempt *attempt = &attempts->items[i];
                char text[INET6_ADDRSTRLEN] = "";

                if (attempt->set != set || attempt->uid != uid || attempt->port != port)
                        continue;
                inet_ntop(attempt_set_is_v6(set) ? AF_INET6 : AF_INET,
                          attempt->address,
                          text,
                          sizeof(text));
                if (!address || strcmp(text, address) == 0)
                        return attempt;
        }

        return NULL;
}

static uint64_t count_of(
                const Attempts *attempts, AttemptSet set, const char *address, uint16_t port) {
        const Attempt *attempt = find(attempts, set, UID_REFUSED, address, port);

        return attempt ? attempt->packets : 0;
}

static void try_all(uid_t uid, uint16_t port) {
        for (size_t i = 0; i < ELEMENTS_OF(remote_addresses); i++)
                world_try(uid, GID_OTHER, remote_addresses[i], port);
}

static void test_attempts_are_counted_by_destination_and_verdict(void) {
        CLEANUP(setup_done) Setup setup = {};
        CLEANUP(attempts_done) Attempts attempts = {};

        setup_init(&setup);
        setup_apply(&setup);
        try_all(UID_REFUSED, 25);
        try_all(UID_REFUSED, 465);
        try_all(UID_REFUSED, 465);
        try_all(UID_MTA, 25);
        setup.policy.observe = true;
        setup_apply(&setup);
        try_all(UID_REFUSED, 587);

        read_counts(&attempts);
        g_assert_cmpuint(count_of(&attempts, ATTEMPTS_USERS, NULL, 0), ==, 8);
        g_assert_cmpuint(count_of(&attempts, ATTEMPTS_REDIRECT_V4, WORLD_REMOTE_V4, 25), ==, 1);
        g_assert_cmpuint(count_of(&attempts, ATTEMPTS_REDIRECT_V6, WORLD_REMOTE_V6, 25), ==, 1);
        g_assert_cmpuint(count_of(&attempts, ATTEMPTS_REJECT_V4, WORLD_REMOTE_V4, 465), ==, 2);
        g_assert_cmpuint(count_of(&attempts, ATTEMPTS_REJECT_V6, WORLD_REMOTE_V6, 465), ==, 2);
        g_assert_cmpuint(count_of(&attempts, ATTEMPTS_OBSERVE_V4, WORLD_REMOTE_V4, 587), ==, 1);
        g_assert_cmpuint(count_of(&attempts, ATTEMPTS_OBSERVE_V6, WORLD_REMOTE_V6, 587), ==, 1);
        g_assert_cmpuint(attempts.count, ==, 7);
}

static void test_time_of_the_last_attempt_is_known(void) {
        CLEANUP(setup_done) Setup setup = {};
        CLEANUP(attempts_done) Attempts attempts = {};

        setup_init(&setup);
        setup_apply(&setup);
        try_all(UID_REFUSED, 465);
        read_counts(&attempts);

        for (size_t i = 0; i < attempts.count; i++) {
                uint64_t timeout = attempt_set_timeout_msec(attempts.items[i].set);

                g_assert_cmpuint(attempts.items[i].expires_msec, <=, timeout);
                g_assert_cmpuint(attempts.items[i].expires_msec, >, timeout - 10 * 1000);
        }
}

static void test_no_table_has_no_attempts(void) {
        CLEANUP(setup_done) Setup setup = {};
        CLEANUP(attempts_done) Attempts attempts = {};
        CLEANUP(failure_done) Failure failure = {};
        uint64_t packets = 1;

        setup_init(&setup);
        read_counts(&attempts);
        g_assert_cmpuint(attempts.count, ==, 0);
        g_assert_cmpint(counts_read_user(UID_REFUSED, &packets), ==, 0);
        g_assert_cmpuint(packets, ==, 0);
        g_assert_cmpint(counts_forget(setup.firewall, NULL, &setup.generation, &failure), ==, 0);
}

static void test_set_of_another_type_has_no_attempts(void) {
        CLEANUP(setup_done) Setup setup = {};
        CLEANUP(attempts_done) Attempts attempts = {};

        setup_init(&setup);
        world_nft("add table " TABLE "\n"
                  "add set " TABLE " attempts { type ipv6_addr; flags dynamic,timeout; timeout 1d; "
                  "counter; }\n"
                  "add element " TABLE " attempts { ::1 }\n"
                  "add set " TABLE " rejected4 { type uid . ipv4_addr . inet_service; }\n"
                  "add element " TABLE " rejected4 { 1 . 192.0.2.1 . 25 }\n");
        read_counts(&attempts);
        g_assert_cmpuint(attempts.count, ==, 0);
}

/* In place, and by a table that is made anew. */
static void test_destinations_live_through_reapply(void) {
        CLEANUP(setup_done) Setup setup = {};
        CLEANUP(attempts_done) Attempts attempts = {};

        setup_init(&setup);
        setup_reject_all(&setup);
        setup_apply(&setup);
        try_all(UID_REFUSED, 25);
        setup_allow(&setup, UID_REFUSED + 1);
        setup_apply(&setup);
        try_all(UID_REFUSED, 25);
        world_nft("add chain " TABLE " foreign\n");
        setup_allow(&setup, UID_REFUSED + 2);
        setup_apply(&setup);
        try_all(UID_REFUSED, 25);

        read_counts(&attempts);
        g_assert_cmpuint(count_of(&attempts, ATTEMPTS_REJECT_V4, WORLD_REMOTE_V4, 25), ==, 3);
        g_assert_cmpuint(count_of(&attempts, ATTEMPTS_REJECT_V6, WORLD_REMOTE_V6, 25), ==, 3);
}

static void fill(const char *set, const char *address) {
        g_autoptr(GString) text = g_string_new(NULL);

        g_string_printf(text, "add element " TABLE " %s { 1 . %s0 . 25", set, address);
        for (unsigned i = 1; i < ATTEMPTS_DESTINATIONS_MAX; i++)
                g_string_append_printf(text, ", %u . %s%u . 25", 1 + i, address, i % 10);
        g_string_append(text, "\n}\n");
        world_nft(text->str);
}

/* `update` gives up on a full set; neither the verdict nor the other counts depend on it. */
static void test_full_sets_of_destinations_let_nobody_through(void) {
        CLEANUP(setup_done) Setup setup = {};
        CLEANUP(attempts_done) Attempts attempts = {};

        setup_init(&setup);
        setup_apply(&setup);
        fill("rejected4", "192.0.2.");
        fill("rejected6", "2001:db8:1::");
        fill("redirected4", "192.0.2.");
        fill("redirected6", "2001:db8:1::");

        for (size_t i = 0; i < ELEMENTS_OF(remote_addresses); i++) {
                Outcome outcome = world_try(UID_REFUSED, GID_OTHER, remote_addresses[i], 25);

                g_assert_cmpint(outcome.error, ==, 0);
                g_assert_true(g_str_has_prefix(outcome.greeting, "220 local "));
                outcome = world_try(UID_REFUSED, GID_OTHER, remote_addresses[i], 465);
                g_assert_cmpint(outcome.error, ==, ECONNREFUSED);
        }
        read_counts(&attempts);
        g_assert_cmpuint(count_of(&attempts, ATTEMPTS_USERS, NULL, 0), ==, 4);
        g_assert_cmpuint(attempts.count, ==, 4 * ATTEMPTS_DESTINATIONS_MAX + 1);
}

static void test_counts_come_back_after_the_table_was_gone(void) {
        CLEANUP(setup_done) Setup setup = {};
        CLEANUP(attempts_done) Attempts before = {}, after = {};
        CLEANUP(failure_done) Failure failure = {};
        FirewallState state;

        setup_init(&setup);
        setup_apply(&setup);
        try_all(UID_REFUSED, 25);
        try_all(UID_REFUSED + 1, 465);
        read_counts(&before);
        world_nft("delete table " TABLE "\n");
        g_assert_true(counts_are_lost(setup.firewall));
        setup_apply(&setup);
        g_assert_true(counts_are_lost(setup.firewall));
        g_assert_false(counts_are_lost(setup.firewall));
        try_all(UID_REFUSED + 2, 465);

        g_assert_cmpint(counts_restore(setup.firewall, &before, &setup.generation, &failure),
                        ==,
                        0);
        read_counts(&after);
        g_assert_cmpuint(after.count, ==, before.count + 3);
        for (size_t i = 0; i < before.count; i++) {
                g_assert_cmpuint(after.items[i].packets, ==, before.items[i].packets);
                g_assert_cmpuint(after.items[i].expires_msec, <=, before.items[i].expires_msec);
        }
        g_assert_true(setup_has_no_problem(&setup));
        g_assert_cmpint(firewall_read_state(&state), ==, 0);
        g_assert_cmpuint(state.generation, ==, setup.generation);
}

static void test_one_user_can_be_forgotten(void) {
        CLEANUP(setup_done) Setup setup = {};
        CLEANUP(attempts_done) Attempts attempts = {};
        CLEANUP(failure_done) Failure failure = {};
        const uint32_t uid = UID_REFUSED;

        setup_init(&setup);
        setup_apply(&setup);
        try_all(UID_REFUSED, 465);
        try_all(UID_REFUSED + 1, 465);
        g_assert_cmpint(counts_forget(setup.firewall, &uid, &setup.generation, &failure), ==, 0);

        read_counts(&attempts);
        g_assert_cmpuint(attempts.count, ==, 3);
        g_assert_cmpuint(attempts.items[0].uid, ==, UID_REFUSED + 1);
}

static void test_all_can_be_forgotten(void) {
        CLEANUP(setup_done) Setup setup = {};
        CLEANUP(attempts_done) Attempts attempts = {};
        CLEANUP(failure_done) Failure failure = {};

        setup_init(&setup);
        setup_apply(&setup);
        try_all(UID_REFUSED, 465);
        g_assert_cmpint(counts_forget(setup.firewall, NULL, &setup.generation, &failure), ==, 0);
        read_counts(&attempts);
        g_assert_cmpuint(attempts.count, ==, 0);
        g_assert_cmpuint(setup_counters().rejected, ==, 2);
}

static void test_one_users_attempts_are_found(void) {
        CLEANUP(setup_done) Setup setup = {};
        uint64_t packets;

        setup_init(&setup);
        setup_apply(&setup);
        try_all(UID_REFUSED, 465);
        try_all(UID_REFUSED + 1, 465);
        try_all(UID_REFUSED + 1, 465);

        g_assert_cmpint(counts_read_user(UID_REFUSED + 1, &packets), ==, 0);
        g_assert_cmpuint(packets, ==, 4);
        g_assert_cmpint(counts_read_user(UID_REFUSED + 2, &packets), ==, 0);
        g_assert_cmpuint(packets, ==, 0);
}

/* clang-format off */
static const WorldTest tests[] = {
        { "/attempts/counted-by-destination-and-verdict", test_attempts_are_counted_by_destination_and_verdict },
        { "/attempts/time-of-the-last-is-known", test_time_of_the_last_attempt_is_known },
        { "/attempts/no-table-has-none", test_no_table_has_no_attempts },
        { "/attempts/set-of-another-type-has-none", test_set_of_another_type_has_no_attempts },
        { "/attempts/live-through-reapply", test_destinations_live_through_reapply },
        { "/attempts/full-sets-let-nobody-through", test_full_sets_of_destinations_let_nobody_through },
        { "/attempts/come-back-after-the-table-was-gone", test_counts_come_back_after_the_table_was_gone },
        { "/attempts/one-user-can-be-forgotten", test_one_user_can_be_forgotten },
        { "/attempts/all-can-be-forgotten", test_all_can_be_forgotten },
        { "/attempts/one-users-are-found", test_one_users_attempts_are_found },
};
/* clang-format on */

int main(int argc, char *argv[]) {
        return world_run_tests(&world, argc, argv, tests, ELEMENTS_OF(tests));
}
