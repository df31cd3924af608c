/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>

#include "notify/settings.h"

static int read_settings(const char *string, Settings *ret) {
        char *const strings[] = { (char *) "PATH=/bin", (char *) string, NULL };
        const char *wrong = NULL;
        int r = settings_read(strings, ret, &wrong);

        g_assert_cmpint(r < 0, ==, wrong != NULL);
        return r;
}

static void test_nothing_set_means_all_events_to_root(void) {
        Settings settings;

        g_assert_cmpint(read_settings("HOME=/", &settings), ==, 0);
        g_assert_cmpstr(settings.to, ==, "root");
        for (EventKind kind = 0; kind < _EVENT_KIND_MAX; kind++)
                g_assert_cmpint(settings.bulletin.kinds[kind], ==, kind != EVENT_RELEASED);
        g_assert_cmpuint(settings.bulletin.attempts_min, ==, 20);
        g_assert_cmpuint(settings.bulletin.gather_usec, ==, 30 * USEC_PER_SEC);
}

static void test_each_can_be_set(void) {
        Settings settings;

        g_assert_cmpint(read_settings("MAIL_TO=ops@example.org", &settings), ==, 0);
        g_assert_cmpstr(settings.to, ==, "ops@example.org");
        g_assert_cmpint(read_settings("MAIL_TO=", &settings), ==, 0);
        g_assert_cmpstr(settings.to, ==, "");
        g_assert_cmpint(read_settings("EVENTS=held  health", &settings), ==, 0);
        g_assert_true(settings.bulletin.kinds[EVENT_HELD] &&
                      settings.bulletin.kinds[EVENT_PROBLEM]);
        g_assert_false(settings.bulletin.kinds[EVENT_ATTEMPT]);
        g_assert_cmpint(read_settings("ATTEMPTS_MIN=7", &settings), ==, 0);
        g_assert_cmpuint(settings.bulletin.attempts_min, ==, 7);
        g_assert_cmpint(read_settings("GATHER_SECONDS=0", &settings), ==, 0);
        g_assert_cmpuint(settings.bulletin.gather_usec, ==, 0);
}

static void test_what_is_wrong_is_refused(void) {
        static const char *const cases[] = {
                "MAIL_TO=-oQ/tmp",         "MAIL_TO=a b",
                "MAIL_TO=a\nBcc: b",       "MAIL_TO=a,b",
                "MAIL_TO=\xc3\xa9@a.test", "EVENTS=held,limits",
                "EVENTS=everything",       "ATTEMPTS_MIN=0",
                "ATTEMPTS_MIN=-1",         "GATHER_SECONDS=1h",
                "GATHER_SECONDS=3601",
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                Settings settings;

                g_assert_cmpint(read_settings(cases[i], &settings), ==, -EINVAL);
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/notify/settings/defaults", test_nothing_set_means_all_events_to_root);
        g_test_add_func("/notify/settings/each", test_each_can_be_set);
        g_test_add_func("/notify/settings/refused", test_what_is_wrong_is_refused);

        return g_test_run();
}
