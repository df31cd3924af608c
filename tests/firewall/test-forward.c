/* SPDX-License-Identifier: GPL-2.0-or-later */

/* SMTP of a container behind the server: a network namespace of its own, whose packets the server
 * forwards. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <sched.h>
#include <unistd.h>

#include "firewall/counts.h"
#include "firewall/explain.h"
#include "setup.h"
#include "unit/firewall/grant.h"
#include "util/fd.h"
#include "util/link-list.h"

static World world;
static int own_namespace = -EBADF;
static int container_namespace = -EBADF;

static void run(const char *format, ...) G_GNUC_PRINTF(1, 2);

static void run(const char *format, ...) {
        g_autofree char *command = NULL;
        g_autoptr(GError) error = NULL;
        int status = -1;
        va_list list;

        va_start(list, format);
        command = g_strdup_vprintf(format, list);
        va_end(list);
        g_spawn_command_line_sync(command, NULL, NULL, &status, &error);
        g_assert_no_error(error);
        g_assert_cmpint(status, ==, 0);
}

static void enter(int fd) {
        g_assert_cmpint(setns(fd, CLONE_NEWNET), ==, 0);
}

/* The server becomes a router, the container gets addresses behind its interface `box`. */
static void make_container(void) {
        own_namespace = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
        g_assert_cmpint(unshare(CLONE_NEWNET), ==, 0);
        container_namespace = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
        g_assert_cmpint(own_namespace, >=, 0);
        g_assert_cmpint(container_namespace, >=, 0);
        run("ip link add inside type veth peer name box netns %i", (int) world.local_pid);
        run("ip address add 10.77.0.2/24 dev inside");
        run("ip address add fd77::2/64 dev inside nodad");
        run("ip link set inside up");
        enter(own_namespace);
        run("ip address add 10.77.0.1/24 dev box");
        run("ip address add fd77::1/64 dev box nodad");
        run("ip link set box up");
        run("sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1");
        enter(container_namespace);
        run("ip route add default via 10.77.0.1");
        run("ip -6 route add default via fd77::1");
        enter(own_namespace);
        run("nsenter -t %i -n ip route add 10.77.0.0/24 via " WORLD_SERVER_V4,
            (int) world.remote_pid);
        run("nsenter -t %i -n ip -6 route add fd77::/64 via " WORLD_SERVER_V6,
            (int) world.remote_pid);
}

static Outcome try_from_container(const char *address, uint16_t port) {
        Outcome outcome;

        enter(container_namespace);
        outcome = world_try(0, 0, address, port);
        enter(own_namespace);
        return outcome;
}

static bool reaches(const char *address) {
        Outcome outcome = try_from_container(address, 25);

        g_assert_true(outcome.error == 0 || outcome.error == ECONNREFUSED);
        return outcome.error == 0;
}

static void begin(Setup *setup, Forwarded forwarded) {
        setup_init(setup);
        setup_reject_all(setup);
        setup->policy.forwarded = forwarded;
}

static void apply(Setup *setup) {
        setup_apply(setup);
        g_assert_true(setup_has_no_problem(setup));
}

static void test_container_is_refused_at_once(void) {
        CLEANUP(setup_done) Setup setup = {};

        begin(&setup, FORWARDED_REJECT);
        apply(&setup);

        g_assert_false(reaches(WORLD_REMOTE_V4));
        g_assert_false(reaches(WORLD_REMOTE_V6));
        g_assert_cmpint(try_from_container(WORLD_REMOTE_V6, 465).error, ==, ECONNREFUSED);
        g_assert_cmpuint(setup_counters().rejected, ==, 3);
        /* other ports, and this host's own mail server */
        g_assert_cmpint(try_from_container(WORLD_REMOTE_V4, 2525).error, ==, 0);
        g_assert_cmpstr(try_from_container("10.77.0.1", 25).greeting, ==, "220 local 10.77.0.2");
        g_assert_cmpstr(try_from_container("fd77::1", 25).greeting, ==, "220 local fd77::2");
}

static void test_without_the_key_nothing_is_forwarded_otherwise(void) {
        CLEANUP(setup_done) Setup setup = {};
        CLEANUP(freep) char *list = NULL;

        begin(&setup, FORWARDED_ALLOW);
        apply(&setup);
        g_assert_true(reaches(WORLD_REMOTE_V4));
        list = world_list();
        g_assert_null(strstr(list, "hook forward"));
}

static void test_observe_lets_through_and_counts(void) {
        CLEANUP(setup_done) Setup setup = {};

        begin(&setup, FORWARDED_OBSERVE);
        apply(&setup);
        g_assert_true(reaches(WORLD_REMOTE_V4));
        g_assert_cmpuint(setup_counters().observed, ==, 1);

        /* as everything does where all is only observed */
        setup.policy.forwarded = FORWARDED_REJECT;
        setup.policy.observe = true;
        apply(&setup);
        g_assert_true(reaches(WORLD_REMOTE_V6));
        g_assert_cmpuint(setup_counters().observed, >=, 2); /* SYNs, some of them twice */
}

/* And Explain says the same. */
static void assert_reaches(const Setup *setup, const char *address, bool wanted) {
        bool is_v6 = strchr(address, ':');
        CLEANUP(ruleset_plan_done) RulesetPlan plan = {};
        Connection connection = {
                .interface = "box",
                .source_family = is_v6 ? AF_INET6 : AF_INET,
                .family = is_v6 ? AF_INET6 : AF_INET,
                .port = 25,
        };
        ExceptionVerdict verdict;

        g_assert_cmpint(reaches(address), ==, wanted);

        g_assert_cmpint(inet_pton(connection.family, address, connection.address), ==, 1);
        g_assert_cmpint(inet_pton(connection.source_family,
                                  is_v6 ? "fd77::2" : "10.77.0.2",
                                  connection.source),
                        ==,
                        1);
        g_assert_cmpint(ruleset_plan(&setup->policy, &setup->facts, &plan), ==, 0);
        verdict = explain(&plan, &connection, (uint64_t) g_get_real_time()).verdict;
        g_assert_cmpint(verdict != EXCEPTION_REJECT, ==, wanted);
}

static void test_listed_interfaces_and_networks_are_exempt(void) {
        CLEANUP(setup_done) Setup setup = {};

        begin(&setup, FORWARDED_REJECT);
        g_assert_cmpint(string_list_append(&setup.policy.forwarded_networks, "10.77.0.0/28"),
                        ==,
                        0);
        apply(&setup);
        assert_reaches(&setup, WORLD_REMOTE_V4, true);
        assert_reaches(&setup, WORLD_REMOTE_V6, false);

        g_assert_cmpint(string_list_append(&setup.policy.forwarded_networks, "fd77::2"), ==, 0);
        apply(&setup);
        assert_reaches(&setup, WORLD_REMOTE_V6, true);

        string_list_done(&setup.policy.forwarded_networks);
        g_assert_cmpint(string_list_append(&setup.policy.forwarded_interfaces, "other"), ==, 0);
        apply(&setup);
        assert_reaches(&setup, WORLD_REMOTE_V6, false);
        g_assert_cmpint(string_list_append(&setup.policy.forwarded_interfaces, "box"), ==, 0);
        apply(&setup);
        assert_reaches(&setup, WORLD_REMOTE_V4, true);
        assert_reaches(&setup, WORLD_REMOTE_V6, true);
}

static void test_exceptions_for_the_interface_come_first(void) {
        CLEANUP(setup_done) Setup setup = {};
        Exceptions *exceptions = &setup.policy.exceptions;

        begin(&setup, FORWARDED_REJECT);
        grant(exceptions, "interface:box", WORLD_NETWORK_V4, NULL, "allow", 0);
        grant(exceptions, "interface:box", "198.51.100.1", NULL, "reject", 0);
        grant(exceptions, "interface:other", NULL, NULL, "allow", 0);
        apply(&setup);
        assert_reaches(&setup, "198.51.100.2", true);
        assert_reaches(&setup, "198.51.100.1", false);
        assert_reaches(&setup, WORLD_REMOTE_V4, false);

        /* one more, and one less */
        grant(exceptions, "interface:box", "2001:db8:100::/48", NULL, "observe", 0);
        apply(&setup);
        assert_reaches(&setup, "2001:db8:100::7", true);
        g_assert_cmpint(exceptions_remove(exceptions, 1, 1, NULL), ==, 0);
        apply(&setup);
        assert_reaches(&setup, "198.51.100.2", false);
}

static void test_exception_alone_refuses(void) {
        CLEANUP(setup_done) Setup setup = {};

        begin(&setup, FORWARDED_ALLOW);
        grant(&setup.policy.exceptions, "interface:box", WORLD_NETWORK_V6, NULL, "reject", 0);
        apply(&setup);
        assert_reaches(&setup, "2001:db8:100::7", false);
        assert_reaches(&setup, WORLD_REMOTE_V6, true);
        /* and nobody of this host is concerned */
        g_assert_cmpint(world_try(UID_MTA, GID_OTHER, "2001:db8:100::7", 25).error, ==, 0);
}

static uint64_t count_of(const Attempts *attempts, AttemptSet set, const char *name) {
        for (size_t i = 0; i < attempts->count; i++)
                if (attempts->items[i].set == set &&
                    g_str_equal((const char *) attempts->items[i].address, name))
                        return attempts->items[i].packets;

        return 0;
}

static void test_attempts_are_counted_by_interface_and_put_back(void) {
        CLEANUP(setup_done) Setup setup = {};
        CLEANUP(attempts_done) Attempts before = {}, after = {};

        begin(&setup, FORWARDED_REJECT);
        grant(&setup.policy.exceptions, "interface:box", "198.51.100.1", NULL, "observe", 0);
        apply(&setup);
        g_assert_false(reaches(WORLD_REMOTE_V4));
        g_assert_false(reaches(WORLD_REMOTE_V6));
        g_assert_true(reaches("198.51.100.1"));

        g_assert_cmpint(counts_read(&before), ==, 0);
        g_assert_cmpuint(count_of(&before, ATTEMPTS_FORWARD_REJECT, "box"), ==, 2);
        g_assert_cmpuint(count_of(&before, ATTEMPTS_FORWARD_OBSERVE, "box"), >=, 1);
        g_assert_true(setup_has_no_problem(&setup));

        world_nft("delete table inet " RULESET_TABLE "\n");
        apply(&setup);
        g_assert_true(counts_are_lost(setup.firewall));
        g_assert_cmpint(counts_restore(setup.firewall, &before, &setup.generation, NULL), ==, 0);
        g_assert_cmpint(counts_read(&after), ==, 0);
        g_assert_cmpuint(count_of(&after, ATTEMPTS_FORWARD_REJECT, "box"), ==, 2);
        g_assert_true(setup_has_no_problem(&setup));
}

static LinkEntry find_link(const char *name) {
        CLEANUP(link_list_done) LinkList links = {};

        g_assert_cmpint(link_list_read(&links), ==, 0);
        for (size_t i = 0; i < links.count; i++)
                if (g_str_equal(links.items[i].name, name))
                        return links.items[i];

        g_assert_not_reached();
}

static void test_interfaces_are_known_with_what_they_forward(void) {
        LinkEntry link = find_link("box");

        g_assert_cmpstr(link.kind, ==, "veth");
        g_assert_true(link.running && link.forwards && !link.enslaved);
        g_assert_false(find_link("lo").enslaved);
        g_assert_cmpstr(find_link("lo").kind, ==, "");

        /* one family is enough */
        run("sysctl -qw net.ipv6.conf.box.forwarding=0");
        g_assert_true(find_link("box").forwards);
        run("sysctl -qw net.ipv4.conf.box.forwarding=0");
        g_assert_false(find_link("box").forwards);

        run("ip link add bridge0 type bridge");
        run("ip link set box master bridge0");
        g_assert_true(find_link("box").enslaved);
        g_assert_cmpstr(find_link("bridge0").kind, ==, "bridge");
        g_assert_false(find_link("bridge0").running);
        run("ip link set bridge0 up");
        /* the kernel works that out a moment later */
        for (gint64 begin = g_get_monotonic_time(); !find_link("bridge0").running;) {
                g_assert_cmpint(g_get_monotonic_time() - begin, <, 20 * G_USEC_PER_SEC);
                g_usleep(5000);
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        world_init(&world);
        make_container();
        g_test_add_func("/forward/container-is-refused-at-once", test_container_is_refused_at_once);
        g_test_add_func("/forward/without-the-key-nothing-changes",
                        test_without_the_key_nothing_is_forwarded_otherwise);
        g_test_add_func("/forward/observe-lets-through-and-counts",
                        test_observe_lets_through_and_counts);
        g_test_add_func("/forward/listed-interfaces-and-networks-are-exempt",
                        test_listed_interfaces_and_networks_are_exempt);
        g_test_add_func("/forward/exceptions-for-the-interface-come-first",
                        test_exceptions_for_the_interface_come_first);
        g_test_add_func("/forward/exception-alone-refuses", test_exception_alone_refuses);
        g_test_add_func("/forward/attempts-are-counted-by-interface-and-put-back",
                        test_attempts_are_counted_by_interface_and_put_back);
        /* the last: it takes the container's way away */
        g_test_add_func("/forward/interfaces-are-known-with-what-they-forward",
                        test_interfaces_are_known_with_what_they_forward);
        return g_test_run();
}
