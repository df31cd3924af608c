/* SPDX-License-Identifier: GPL-2.0-or-later */

/* polkit at the other end of a socket pair: what it is asked, and what becomes of its answers. */

#include <glib.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>

#include "dbus/polkit.h"
#include "util/text.h"

typedef struct World {
        sd_event *event;
        sd_bus *service;
        sd_bus *authority;
        sd_bus_message *asked; /* the question that has no answer yet */
        char *asked_id;
        char *cancelled_id;
        unsigned answered;
        PolkitVerdict verdict;
        char *reason;
} World;

static int on_authority_call(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        World *world = userdata;
        const char *kind, *key, *name, *action, *id;
        uint32_t flags;

        (void) reterr;

        if (sd_bus_message_is_method_call(m, NULL, "CheckAuthorization")) {
                g_assert_null(world->asked);
                g_assert_cmpint(sd_bus_message_read(
                                                m,
                                                "(sa{sv})s",
                                                &kind,
                                                1,
                                                &key,
                                                "s",
                                                &name,
                                                &action),
                                >,
                                0);
                g_assert_cmpint(sd_bus_message_skip(m, "a{ss}"), >, 0);
                g_assert_cmpint(sd_bus_message_read(m, "us", &flags, &id), >, 0);
                g_assert_cmpstr(kind, ==, "system-bus-name");
                g_assert_cmpstr(name, ==, ":1.7");
                g_assert_cmpstr(action, ==, "org.example.act");
                world->asked = sd_bus_message_ref(m);
                world->asked_id = strdup(id);
                return 1;
        }

        if (sd_bus_message_is_method_call(m, NULL, "CancelCheckAuthorization")) {
                g_assert_cmpint(sd_bus_message_read(m, "s", &id), >, 0);
                world->cancelled_id = strdup(id);
                return 1;
        }

        return 0;
}

static sd_bus *connect_end(sd_event *event, int fd, bool server) {
        sd_bus *bus = NULL;

        g_assert_cmpint(sd_bus_new(&bus), >=, 0);
        g_assert_cmpint(sd_bus_set_fd(bus, fd, fd), >=, 0);
        if (server)
                g_assert_cmpint(sd_bus_set_server(
                                                bus,
                                                true,
                                                SD_ID128_MAKE(1,
                                                              2,
                                                              3,
                                                              4,
                                                              5,
                                                              6,
                                                              7,
                                                              8,
                                                              9,
                                                              10,
                                                              11,
                                                              12,
                                                              13,
                                                              14,
                                                              15,
                                                              16)),
                                >=,
                                0);
        g_assert_cmpint(sd_bus_set_anonymous(bus, true), >=, 0);
        g_assert_cmpint(sd_bus_start(bus), >=, 0);
        g_assert_cmpint(sd_bus_attach_event(bus, event, SD_EVENT_PRIORITY_NORMAL), >=, 0);

        return bus;
}

static void world_init(World *world) {
        int fds[2];

        *world = (World){};
        g_assert_cmpint(sd_event_new(&world->event), >=, 0);
        g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds),
                        ==,
                        0);
        world->authority = connect_end(world->event, fds[0], true);
        world->service = connect_end(world->event, fds[1], false);
        g_assert_cmpint(sd_bus_add_filter(world->authority, NULL, on_authority_call, world), >=, 0);
}

static void world_done(World *world) {
        sd_bus_message_unref(world->asked);
        sd_bus_close_unref(world->service);
        sd_bus_close_unref(world->authority);
        sd_event_unref(world->event);
        free(world->asked_id);
        free(world->cancelled_id);
        free(world->reason);
}

static void on_verdict(PolkitVerdict verdict, const char *reason, void *userdata) {
        World *world = userdata;

        world->answered++;
        world->verdict = verdict;
        world->reason = reason ? strdup(reason) : NULL;
}

static void ask(World *world, uint64_t timeout_usec, PolkitQuery **ret) {
        const PolkitQuestion question = {
                .sender = ":1.7",
                .action = "org.example.act",
                .timeout_usec = timeout_usec,
                .id = 42,
        };

        g_assert_cmpint(polkit_ask(world->service, &question, on_verdict, world, ret), ==, 0);
}

/* Let both ends work until `there` holds something; bounded. */
#define RUN_UNTIL(world, there)                                                                    \
        for (unsigned turn_ = 0; !(there); turn_++) {                                              \
                g_assert_cmpuint(turn_, <, 1000);                                                  \
                g_assert_cmpint(sd_event_run((world)->event, 10 * USEC_PER_SEC), >=, 0);           \
        }

static void reply(World *world, bool authorized, bool challenge) {
        g_assert_cmpint(sd_bus_reply_method_return(
                                        world->asked,
                                        "(bba{ss})",
                                        (int) authorized,
                                        (int) challenge,
                                        0),
                        >=,
                        0);
}

static void assert_verdict(bool authorized, bool challenge, PolkitVerdict verdict) {
        CLEANUP(world_done) World world;
        CLEANUP(polkit_query_freep) PolkitQuery *query = NULL;

        world_init(&world);
        ask(&world, 60 * USEC_PER_SEC, &query);
        RUN_UNTIL(&world, world.asked);
        reply(&world, authorized, challenge);
        RUN_UNTIL(&world, world.answered);

        g_assert_cmpuint(world.answered, ==, 1);
        g_assert_cmpint(world.verdict, ==, verdict);
}

static void test_only_a_yes_is_a_yes(void) {
        assert_verdict(true, false, POLKIT_GRANTED);
        assert_verdict(false, false, POLKIT_DENIED);
        assert_verdict(false, true, POLKIT_CHALLENGE);
}

static void test_an_error_is_no_answer(void) {
        CLEANUP(world_done) World world;
        CLEANUP(polkit_query_freep) PolkitQuery *query = NULL;

        world_init(&world);
        ask(&world, 60 * USEC_PER_SEC, &query);
        RUN_UNTIL(&world, world.asked);
        g_assert_cmpint(sd_bus_reply_method_errorf(world.asked, SD_BUS_ERROR_FAILED, "no database"),
                        >=,
                        0);
        RUN_UNTIL(&world, world.answered);

        g_assert_cmpint(world.verdict, ==, POLKIT_UNREACHABLE);
        g_assert_cmpstr(world.reason, ==, "no database");
}

static void test_nonsense_is_no_answer(void) {
        CLEANUP(world_done) World world;
        CLEANUP(polkit_query_freep) PolkitQuery *query = NULL;

        world_init(&world);
        ask(&world, 60 * USEC_PER_SEC, &query);
        RUN_UNTIL(&world, world.asked);
        g_assert_cmpint(sd_bus_reply_method_return(world.asked, "b", 1), >=, 0);
        RUN_UNTIL(&world, world.answered);

        g_assert_cmpint(world.verdict, ==, POLKIT_UNREACHABLE);
}

static void test_silence_ends_at_the_deadline_and_is_taken_back(void) {
        CLEANUP(world_done) World world;
        CLEANUP(polkit_query_freep) PolkitQuery *query = NULL;

        world_init(&world);
        ask(&world, USEC_PER_SEC / 10, &query);
        RUN_UNTIL(&world, world.answered);
        g_assert_cmpint(world.verdict, ==, POLKIT_UNREACHABLE);

        RUN_UNTIL(&world, world.cancelled_id);
        g_assert_cmpstr(world.cancelled_id, ==, world.asked_id);
}

static void test_a_freed_question_is_taken_back_and_never_answered(void) {
        CLEANUP(world_done) World world;
        PolkitQuery *query = NULL;

        world_init(&world);
        ask(&world, 60 * USEC_PER_SEC, &query);
        RUN_UNTIL(&world, world.asked);
        query = polkit_query_free(query);
        reply(&world, true, false);
        RUN_UNTIL(&world, world.cancelled_id);

        g_assert_cmpstr(world.cancelled_id, ==, world.asked_id);
        g_assert_cmpuint(world.answered, ==, 0);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/dbus/polkit/verdicts", test_only_a_yes_is_a_yes);
        g_test_add_func("/dbus/polkit/error", test_an_error_is_no_answer);
        g_test_add_func("/dbus/polkit/nonsense", test_nonsense_is_no_answer);
        g_test_add_func("/dbus/polkit/silence",
                        test_silence_ends_at_the_deadline_and_is_taken_back);
        g_test_add_func("/dbus/polkit/freed",
                        test_a_freed_question_is_taken_back_and_never_answered);

        return g_test_run();
}
