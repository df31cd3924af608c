/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "setup.h"
#include "util/fd.h"

/* of this process; filled once by main() */
static World world;

static uint64_t tracked_by(Setup *setup) {
        uint64_t before;
        uint64_t after;
        uint64_t max;

        setup_apply(setup);
        g_assert_cmpint(firewall_read_conntrack(&before, &max), ==, 0);
        g_assert_cmpuint(max, >, 0);
        for (unsigned i = 0; i < 10; i++)
                world_assert_reaches(
                                UID_MTA,
                                GID_OTHER,
                                WORLD_REMOTE_V4,
                                2525,
                                "220 remote " WORLD_SERVER_V4);
        g_assert_cmpint(firewall_read_conntrack(&after, &max), ==, 0);
        return after - before;
}

/* In a namespace where connection tracking was on once, it goes off with its last user. */
static void test_connections_are_tracked_only_where_needed(void) {
        CLEANUP(setup_done) Setup setup = {};

        setup_init(&setup);
        g_assert_cmpuint(tracked_by(&setup), ==, 10);
        setup.policy.observe = true;
        g_assert_cmpuint(tracked_by(&setup), ==, 0);
        setup.policy.observe = false;
        setup_reject_all(&setup);
        g_assert_cmpuint(tracked_by(&setup), ==, 0);
        setup.policy.cut_existing = TRISTATE_TRUE;
        g_assert_cmpuint(tracked_by(&setup), ==, 10);
}

static void test_affected_connections_are_those_that_would_be_cut(void) {
        CLEANUP(setup_done) Setup setup = {};
        CLEANUP(affected_connections_done) AffectedConnections affected = {};
        CLEANUP(fd_closep) int refused = -EBADF;
        CLEANUP(fd_closep) int allowed = -EBADF;
        CLEANUP(fd_closep) int other_port = -EBADF;
        CLEANUP(fd_closep) int local = -EBADF;

        setup_init(&setup);
        refused = world_open(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V6, 465);
        allowed = world_open(UID_MTA, GID_OTHER, WORLD_REMOTE_V4, 25);
        other_port = world_open(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V4, 2525);
        local = world_socket(AF_INET, UID_REFUSED, GID_OTHER);
        g_assert_cmpint(world_connect(local, WORLD_SERVER_V4, 25), ==, 0);

        g_assert_cmpint(firewall_find_affected(&setup.policy, &setup.facts, &affected), ==, 0);
        g_assert_cmpuint(affected.count, ==, 1);
        g_assert_cmpuint(affected.items[0].uid, ==, UID_REFUSED);
        g_assert_cmpstr(affected.items[0].address, ==, WORLD_REMOTE_V6);
        g_assert_cmpuint(affected.items[0].port, ==, 465);
}

static void test_nothing_is_affected_where_nothing_is_cut(void) {
        CLEANUP(setup_done) Setup setup = {};
        CLEANUP(affected_connections_done) AffectedConnections affected = {};
        CLEANUP(fd_closep) int refused = -EBADF;

        setup_init(&setup);
        setup_reject_all(&setup);
        refused = world_open(UID_REFUSED, GID_OTHER, WORLD_REMOTE_V4, 25);
        g_assert_cmpint(firewall_find_affected(&setup.policy, &setup.facts, &affected), ==, 0);
        g_assert_cmpuint(affected.count, ==, 0);
}

/* The library names protocols by this file, which cannot be opened while descriptors are short. */
static void test_a_table_is_the_same_without_names_of_protocols(void) {
        CLEANUP(setup_done) Setup setup = {};

        g_assert_cmpint(unshare(CLONE_NEWNS), ==, 0);
        g_assert_cmpint(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), ==, 0);
        setup_init(&setup);
        setup_apply(&setup);
        g_assert_cmpint(mount("/dev/null", "/etc/protocols", NULL, MS_BIND, NULL), ==, 0);
        g_assert_true(setup_has_no_problem(&setup));
        g_assert_cmpint(umount("/etc/protocols"), ==, 0);
}

/* clang-format off */
static const WorldTest tests[] = {
        { "/conntrack/only-where-needed", test_connections_are_tracked_only_where_needed },
        { "/affected/those-that-would-be-cut", test_affected_connections_are_those_that_would_be_cut },
        { "/list/same-without-protocols", test_a_table_is_the_same_without_names_of_protocols },
        { "/affected/nothing-where-nothing-is-cut", test_nothing_is_affected_where_nothing_is_cut },
};
/* clang-format on */

int main(int argc, char *argv[]) {
        return world_run_tests(&world, argc, argv, tests, ELEMENTS_OF(tests));
}
