/* SPDX-License-Identifier: GPL-2.0-or-later */

/* When a trial is looked after again. The linker leads the timer's setter here (--wrap), so that
 * nothing has to be waited for. */

#include <glib.h>
#include <string.h>

#include "core/trial-watch.h"

#define MINUTE_USEC (60 * USEC_PER_SEC)
#define SLACK_USEC  (10 * USEC_PER_SEC) /* a slow machine */

static uint64_t timer_usec; /* what the timer was set to last */

int __real_sd_event_source_set_time(sd_event_source *source, uint64_t usec);
int __wrap_sd_event_source_set_time(sd_event_source *source, uint64_t usec);

int __wrap_sd_event_source_set_time(sd_event_source *source, uint64_t usec) {
        timer_usec = usec;
        return __real_sd_event_source_set_time(source, usec);
}

static void look(void *userdata) {
        (void) userdata;
}

/* How long from now the trial is looked after, if it ends so many seconds from now. */
static uint64_t next_look(int seconds, bool failed) {
        CLEANUP(sd_event_unrefp) sd_event *event = NULL;
        CLEANUP(trial_watch_freep) TrialWatch *watch = NULL;
        Snapshot snapshot = { .trial_set = true };
        Clock now;

        g_assert_cmpint(sd_event_new(&event), >=, 0);
        g_assert_cmpint(trial_watch_new(event, look, look, NULL, &watch), ==, 0);
        clock_read(&now);
        trial_start_clock(&snapshot.trial, 600, &now);
        snapshot.trial.deadline_boottime_usec =
                        now.boottime_usec + (uint64_t) seconds * USEC_PER_SEC;

        timer_usec = 0;
        trial_watch_follow(watch, &snapshot, failed);
        g_assert_cmpuint(timer_usec, >=, now.boottime_usec);
        return timer_usec - now.boottime_usec;
}

static void assert_about(uint64_t usec, uint64_t wanted) {
        g_assert_cmpuint(usec, >=, wanted);
        g_assert_cmpuint(usec, <=, wanted + SLACK_USEC);
}

static void test_an_open_trial_is_looked_after_at_its_end(void) {
        /* some of it has passed when the timer is set */
        assert_about(next_look(300, false) + SLACK_USEC / 2, 300 * USEC_PER_SEC);
}

static void test_one_that_is_over_is_looked_after_at_once(void) {
        assert_about(next_look(0, false), 0);
}

static void test_one_that_could_not_be_ended_is_tried_again_in_a_minute(void) {
        assert_about(next_look(0, true), MINUTE_USEC);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/trial-watch/open-is-looked-after-at-its-end",
                        test_an_open_trial_is_looked_after_at_its_end);
        g_test_add_func("/trial-watch/over-is-looked-after-at-once",
                        test_one_that_is_over_is_looked_after_at_once);
        g_test_add_func("/trial-watch/what-could-not-be-ended-is-tried-again-in-a-minute",
                        test_one_that_could_not_be_ended_is_tried_again_in_a_minute);
        return g_test_run();
}
