/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Exceptions in the kernel: how they end, how one more comes in, what is noticed. */

#include <errno.h>
#include <glib.h>

#include "setup.h"
#include "unit/firewall/grant.h"
#include "util/fd.h"

#define TABLE "inet " RULESET_TABLE

#define UID_U0 1000 /* not allowed */
#define UID_U1 1001

static World world;

static void begin(Setup *setup) {
        setup_init(setup);
        setup_reject_all(setup);
        name_subjects(&setup->facts.subjects, 3, 1);
}

static uint64_t in_msec(uint64_t msec) {
        return (uint64_t) g_get_real_time() + msec * USEC_PER_MSEC;
}

static bool reaches(uid_t uid, const char *address) {
        Outcome outcome = world_try(uid, GID_OTHER, address, 25);

        g_assert_true(outcome.error == 0 || outcome.error == ECONNREFUSED);
        return outcome.error == 0;
}

/* Nobody but the kernel does anything here. */
static void await_reaching(uid_t uid, const char *address, bool wanted) {
        gint64 begin = g_get_monotonic_time();

        while (reaches(uid, address) != wanted) {
                g_assert_cmpint(g_get_monotonic_time() - begin, <, 20 * G_USEC_PER_SEC);
                g_usleep(5000);
        }
}

static void test_kernel_forgets_an_exception_in_time(void) {
        CLEANUP(setup_done) Setup setup = {};
        uint64_t end;

        begin(&setup);
        end = in_msec(2000);
        grant(&setup.policy.exceptions, "user:u0", WORLD_NETWORK_V4, NULL, "allow", end);
        setup_apply(&setup);

        g_assert_true(reaches(UID_U0, "198.51.100.1"));
        await_reaching(UID_U0, "198.51.100.1", false);
        /* the kernel's clock of elements ticks every 10 ms at the slowest */
        g_assert_cmpuint(in_msec(10), >=, end);
}

/* The stronger one ends first; then the weaker one holds, and then what holds for all. */
static void test_what_an_expired_exception_covered_holds_again(void) {
        CLEANUP(setup_done) Setup setup = {};
        Exceptions *exceptions = &setup.policy.exceptions;

        begin(&setup);
        grant(exceptions, "user:u0", "2001:db8:100::/48", NULL, "allow", in_msec(4000));
        grant(exceptions, "user:u0", "2001:db8:100::1", NULL, "reject", in_msec(2000));
        setup_apply(&setup);

        g_assert_false(reaches(UID_U0, "2001:db8:100::1"));
        g_assert_true(reaches(UID_U0, "2001:db8:100::2"));
        await_reaching(UID_U0, "2001:db8:100::1", true);
        await_reaching(UID_U0, "2001:db8:100::1", false);
}

static void test_end_of_an_exception_is_no_change(void) {
        CLEANUP(setup_done) Setup setup = {};

        begin(&setup);
        grant(&setup.policy.exceptions, "user:u0", NULL, NULL, "allow", in_msec(300));
        grant(&setup.policy.exceptions, "user:u1", NULL, NULL, "allow", in_msec(3600 * 1000));
        grant(&setup.policy.exceptions, "group:g0", "198.51.100.0/25", NULL, "reject", 0);
        setup_apply(&setup);

        g_assert_true(setup_has_no_problem(&setup));
        await_reaching(UID_U0, WORLD_REMOTE_V4, false);
        g_assert_true(setup_has_no_problem(&setup));
}

static void test_edited_elements_are_noticed(void) {
        static const char *const edits[] = {
                "delete element " TABLE " allow_user { 1001 }\n",
                "add element " TABLE " allow_user { 1005 }\n",
                "delete element " TABLE " allow_user { 1000 }\n"
                "add element " TABLE " allow_user { 1000 timeout 1h }\n",
                "delete element " TABLE " allow_user { 1001 }\n"
                "add element " TABLE " allow_user { 1001 }\n",
                "delete element " TABLE " allow_user { 1001 }\n"
                "add element " TABLE " allow_user { 1001 timeout 2h }\n",
                "flush chain " TABLE " exceptions\n",
                "add set " TABLE " allow_user_port { type uid . inet_service; flags timeout; }\n",
        };

        for (size_t i = 0; i < ELEMENTS_OF(edits); i++) {
                CLEANUP(setup_done) Setup setup = {};

                begin(&setup);
                grant(&setup.policy.exceptions, "user:u0", NULL, NULL, "allow", 0);
                grant(&setup.policy.exceptions, "user:u1", NULL, NULL, "allow", in_msec(3600000));
                setup_apply(&setup);
                g_assert_true(setup_has_no_problem(&setup));

                world_nft(edits[i]);
                g_assert_true(setup_has_problem(&setup, PROBLEM_FIREWALL_CHANGED));
                setup_apply(&setup);
                g_assert_true(setup_has_no_problem(&setup));
        }
}

/* ---- old connections ---- */

static int write_error(int fd) {
        if (send(fd, "NOOP\r\n", 6, MSG_NOSIGNAL) < 0)
                return errno;
        /* a reset by the rule is there before send() returns */
        return send(fd, "NOOP\r\n", 6, MSG_NOSIGNAL) < 0 ? errno : 0;
}

static void test_old_connections_are_cut_as_exceptions_say(void) {
        CLEANUP(setup_done) Setup setup = {};
        CLEANUP(fd_closep) int excepted = -EBADF;
        CLEANUP(fd_closep) int forbidden = -EBADF;
        CLEANUP(fd_closep) int elsewhere = -EBADF;

        begin(&setup);
        setup.policy.cut_existing = TRISTATE_TRUE;
        setup_allow(&setup, UID_U1);
        excepted = world_open(UID_U0, GID_OTHER, WORLD_REMOTE_V6, 465);
        forbidden = world_open(UID_U1, GID_OTHER, "198.51.100.1", 465);
        elsewhere = world_open(UID_U1, GID_OTHER, WORLD_REMOTE_V4, 465);
        grant(&setup.policy.exceptions, "user:u0", NULL, NULL, "allow", in_msec(2500));
        grant(&setup.policy.exceptions, "user:u1", WORLD_NETWORK_V4, NULL, "reject", 0);
        setup_apply(&setup);

        g_assert_cmpint(write_error(excepted), ==, 0);
        g_assert_cmpint(write_error(forbidden), ==, ECONNRESET);
        g_assert_cmpint(write_error(elsewhere), ==, 0);
        /* without the exception it might not be opened any more */
        await_reaching(UID_U0, WORLD_REMOTE_V6, false);
        g_assert_cmpint(write_error(excepted), ==, ECONNRESET);
}

static void test_old_connections_live_where_nothing_is_cut(void) {
        CLEANUP(setup_done) Setup setup = {};
        CLEANUP(fd_closep) int fd = world_open(UID_U1, GID_OTHER, WORLD_REMOTE_V4, 465);

        begin(&setup);
        setup.policy.cut_existing = TRISTATE_FALSE;
        setup_allow(&setup, UID_U1);
        grant(&setup.policy.exceptions, "user:u1", NULL, NULL, "reject", 0);
        setup_apply(&setup);

        g_assert_cmpint(write_error(fd), ==, 0);
        g_assert_false(reaches(UID_U1, WORLD_REMOTE_V4));
}

/* ---- a few more or less ---- */

/* A change of elements leaves everything else where it is: rules that are made anew have other
 * handles. */
static bool is_changed_in_place(Setup *setup) {
        g_autofree char *before = world_list();
        g_autofree char *after = NULL;
        g_autofree char *output_before = NULL;
        g_autofree char *output_after = NULL;

        setup_apply(setup);
        after = world_list();
        output_before = g_strdup(strstr(before, "chain output"));
        output_after = g_strdup(strstr(after, "chain output"));
        *strchr(output_before, '}') = 0;
        *strchr(output_after, '}') = 0;
        return string_equal(output_before, output_after);
}

static void test_one_more_leaves_the_rest_alone(void) {
        CLEANUP(setup_done) Setup setup = {};
        Exceptions *exceptions = &setup.policy.exceptions;

        begin(&setup);
        grant(exceptions, "user:u0", NULL, NULL, "allow", 0);
        setup_apply(&setup);

        grant(exceptions, "user:u1", NULL, NULL, "allow", 0);
        g_assert_true(is_changed_in_place(&setup));
        g_assert_true(reaches(UID_U1, WORLD_REMOTE_V4));
        g_assert_true(setup_has_no_problem(&setup));

        /* nobody asked about this network before */
        grant(exceptions, "user:u1", WORLD_NETWORK_V4, NULL, "reject", 0);
        g_assert_true(is_changed_in_place(&setup));
        g_assert_false(reaches(UID_U1, "198.51.100.7"));
        g_assert_true(setup_has_no_problem(&setup));

        g_assert_cmpint(exceptions_remove(exceptions, 3, 1, NULL), ==, 0);
        g_assert_cmpint(exceptions_remove(exceptions, 1, 1, NULL), ==, 0);
        g_assert_true(is_changed_in_place(&setup));
        g_assert_true(reaches(UID_U1, "198.51.100.7"));
        g_assert_false(reaches(UID_U0, WORLD_REMOTE_V4));
        g_assert_true(setup_has_no_problem(&setup));
}

/* Two names of one user: what one of them loses the other one keeps for as long as it has it. */
static void test_shared_element_ends_with_the_last_that_has_it(void) {
        CLEANUP(setup_done) Setup setup = {};
        Exceptions *exceptions = &setup.policy.exceptions;

        begin(&setup);
        name_user(&setup.facts.subjects, "same", UID_U0);
        grant(exceptions, "user:u0", NULL, NULL, "allow", 0);
        grant(exceptions, "user:same", NULL, NULL, "allow", in_msec(2500));
        setup_apply(&setup);

        g_assert_cmpint(exceptions_remove(exceptions, 1, 1, NULL), ==, 0);
        g_assert_true(is_changed_in_place(&setup));
        g_assert_true(reaches(UID_U0, WORLD_REMOTE_V4));
        await_reaching(UID_U0, WORLD_REMOTE_V4, false);
}

static void test_expired_exception_is_taken_out_in_place(void) {
        CLEANUP(setup_done) Setup setup = {};
        Exceptions *exceptions = &setup.policy.exceptions;
        uint64_t end;

        begin(&setup);
        end = in_msec(200);
        grant(exceptions, "user:u0", NULL, NULL, "allow", end);
        grant(exceptions, "user:u1", NULL, NULL, "allow", 0);
        setup_apply(&setup);
        await_reaching(UID_U0, WORLD_REMOTE_V4, false);
        while (in_msec(0) < end) /* the kernel may be a tick early */
                g_usleep(1000);

        g_assert_cmpuint(exceptions_drop_expired(exceptions, in_msec(0)), ==, 1);
        g_assert_true(is_changed_in_place(&setup));
        g_assert_true(setup_has_no_problem(&setup));
}

static void test_first_and_last_exception_change_the_shape(void) {
        CLEANUP(setup_done) Setup setup = {};
        Exceptions *exceptions = &setup.policy.exceptions;
        g_autofree char *before = NULL;
        g_autofree char *after = NULL;

        begin(&setup);
        setup_apply(&setup);
        before = world_list_stable();
        grant(exceptions, "user:u0", NULL, NULL, "redirect", 0);
        setup_apply(&setup);
        g_assert_true(setup_has_no_problem(&setup));
        g_assert_cmpstr(world_try(UID_U0, GID_OTHER, WORLD_REMOTE_V4, 25).greeting,
                        ==,
                        "220 local 127.0.0.1");

        g_assert_cmpint(exceptions_remove(exceptions, 1, 1, NULL), ==, 0);
        setup_apply(&setup);
        g_assert_true(setup_has_no_problem(&setup));
        after = world_list_stable();
        /* behind the sets, which remember the connection */
        g_assert_cmpstr(strstr(before, "chain "), ==, strstr(after, "chain "));
        g_assert_null(strstr(after, "except"));
}

/* Somebody flushed the set that the delta would have changed. */
static void test_delta_on_a_changed_table_repairs_it(void) {
        CLEANUP(setup_done) Setup setup = {};
        Exceptions *exceptions = &setup.policy.exceptions;

        begin(&setup);
        grant(exceptions, "user:u0", NULL, NULL, "allow", 0);
        setup_apply(&setup);
        world_nft("flush set " TABLE " allow_user\n");
        grant(exceptions, "user:u1", NULL, NULL, "allow", 0);
        setup_apply(&setup);

        g_assert_true(reaches(UID_U0, WORLD_REMOTE_V4));
        g_assert_true(reaches(UID_U1, WORLD_REMOTE_V4));
}

static void test_ten_thousand_are_held_and_one_more_is_quick(void) {
        CLEANUP(setup_done) Setup setup = {};
        Exceptions *exceptions = &setup.policy.exceptions;
        gint64 start;

        begin(&setup);
        for (unsigned i = 0; i < 50000; i++)
                IGNORE_RESULT(allowed_ids_append(/* sorted and asserted below */
                                                 &setup.facts.uids,
                                                 200000 + i,
                                                 BECAUSE_ALLOWED_USER,
                                                 "user",
                                                 NULL));
        allowed_ids_sort(&setup.facts.uids);
        g_assert_cmpuint(setup.facts.uids.count, >, 50000);
        for (unsigned i = 0; i < 9999; i++) {
                g_autofree char *subject = g_strdup_printf("user:n%u", i);
                g_autofree char *network = g_strdup_printf("10.%u.%u.0/24", i / 256, i % 256);

                name_user(&setup.facts.subjects, subject + strlen("user:"), 100000 + i);
                grant(exceptions,
                      subject,
                      i % 2 == 0 ? network : NULL,
                      NULL,
                      "allow",
                      i % 3 == 0 ? in_msec(3600000) : 0);
        }
        setup_apply(&setup);
        g_assert_true(setup_has_no_problem(&setup));
        g_assert_true(reaches(200000, WORLD_REMOTE_V4));
        g_assert_true(reaches(100001, WORLD_REMOTE_V4));
        g_assert_false(reaches(100000, WORLD_REMOTE_V4));

        grant(exceptions, "user:u0", NULL, NULL, "allow", 0);
        start = g_get_monotonic_time();
        setup_apply(&setup);
        g_test_message("one more: %" G_GINT64_FORMAT " us", g_get_monotonic_time() - start);
        g_assert_true(reaches(UID_U0, WORLD_REMOTE_V4));
        g_assert_cmpint(g_get_monotonic_time() - start, <, G_USEC_PER_SEC / 5);
        g_assert_true(setup_has_no_problem(&setup));
}

/* clang-format off */
static const WorldTest tests[] = {
        { "/end/kernel-forgets-in-time", test_kernel_forgets_an_exception_in_time },
        { "/end/what-was-covered-holds-again", test_what_an_expired_exception_covered_holds_again },
        { "/end/is-no-change", test_end_of_an_exception_is_no_change },
        { "/verify/edited-elements-are-noticed", test_edited_elements_are_noticed },
        { "/cut/as-exceptions-say", test_old_connections_are_cut_as_exceptions_say },
        { "/cut/old-connections-live-where-nothing-is-cut", test_old_connections_live_where_nothing_is_cut },
        { "/delta/one-more-leaves-the-rest-alone", test_one_more_leaves_the_rest_alone },
        { "/delta/shared-element-ends-with-the-last", test_shared_element_ends_with_the_last_that_has_it },
        { "/delta/expired-exception-is-taken-out-in-place", test_expired_exception_is_taken_out_in_place },
        { "/delta/first-and-last-change-the-shape", test_first_and_last_exception_change_the_shape },
        { "/delta/on-a-changed-table-repairs-it", test_delta_on_a_changed_table_repairs_it },
        { "/delta/one-more-than-ten-thousand-is-quick", test_ten_thousand_are_held_and_one_more_is_quick },
};
/* clang-format on */

int main(int argc, char *argv[]) {
        return world_run_tests(&world, argc, argv, tests, ELEMENTS_OF(tests));
}
