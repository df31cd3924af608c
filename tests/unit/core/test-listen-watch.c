/* SPDX-License-Identifier: GPL-2.0-or-later */

/* When it is looked who listens. The linker leads the timer's setters here (--wrap), so that
 * nothing has to be waited for. */

#include <glib.h>

#include "core/listen-watch.h"

static uint64_t waited_usec; /* what the timer was set to last */
static unsigned times_set;

int __real_sd_event_source_set_time_relative(sd_event_source *source, uint64_t usec);
int __wrap_sd_event_source_set_time_relative(sd_event_source *source, uint64_t usec);

int __wrap_sd_event_source_set_time_relative(sd_event_source *source, uint64_t usec) {
        waited_usec = usec;
        times_set++;
        return __real_sd_event_source_set_time_relative(source, 0);
}

static void look(void *userdata) {
        (*(unsigned *) userdata)++;
}

typedef struct World {
        sd_event *event;
        ListenWatch *watch;
        unsigned looks;
} World;

static void world_init(World *world) {
        *world = (World){};
        waited_usec = times_set = 0;
        g_assert_cmpint(sd_event_new(&world->event), >=, 0);
        g_assert_cmpint(listen_watch_new(world->event, look, &world->looks, &world->watch), ==, 0);
}

static void world_done(World *world) {
        listen_watch_free(world->watch);
        sd_event_unref(world->event);
}

/* The time that it waits for is over. */
static void turn(World *world) {
        g_assert_cmpint(sd_event_run(world->event, 10 * USEC_PER_SEC), >, 0);
}

static void test_nothing_is_looked_at_while_not_enabled(void) {
        CLEANUP(world_done) World world;

        world_init(&world);
        listen_watch_hurry(world.watch);
        g_assert_cmpuint(times_set, ==, 0);

        listen_watch_set_enabled(world.watch, true);
        listen_watch_set_enabled(world.watch, false);
        g_assert_cmpint(sd_event_run(world.event, 0), ==, 0);
        g_assert_cmpuint(world.looks, ==, 0);
}

static void test_looks_become_rarer_and_end_in_a_poll(void) {
        CLEANUP(world_done) World world;
        uint64_t before = 0;

        world_init(&world);
        listen_watch_set_enabled(world.watch, true);
        for (unsigned i = 1; i <= 3; i++) {
                g_assert_cmpuint(waited_usec, >, before);
                before = waited_usec;
                turn(&world);
                g_assert_cmpuint(world.looks, ==, i);
        }
        g_assert_cmpuint(waited_usec, ==, 60 * USEC_PER_SEC);
        turn(&world);
        g_assert_cmpuint(waited_usec, ==, 60 * USEC_PER_SEC);
        g_assert_cmpuint(world.looks, ==, 4);
}

static void test_a_hurry_looks_soon_and_does_not_put_off(void) {
        CLEANUP(world_done) World world;
        uint64_t soon;
        unsigned before;

        world_init(&world);
        listen_watch_set_enabled(world.watch, true);
        soon = waited_usec;
        for (unsigned i = 0; i < 4; i++)
                turn(&world);
        listen_watch_hurry(world.watch);
        g_assert_cmpuint(waited_usec, ==, soon);
        before = times_set;
        listen_watch_hurry(world.watch);
        g_assert_cmpuint(times_set, ==, before);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/listen-watch/nothing-is-looked-at-while-not-enabled",
                        test_nothing_is_looked_at_while_not_enabled);
        g_test_add_func("/listen-watch/looks-become-rarer-and-end-in-a-poll",
                        test_looks_become_rarer_and_end_in_a_poll);
        g_test_add_func("/listen-watch/a-hurry-looks-soon-and-does-not-put-off",
                        test_a_hurry_looks_soon_and_does_not_put_off);
        return g_test_run();
}
