/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>

#include "notify/health.h"

#define BAD "{\"Id\":\"x\",\"Severity\":\"error\",\"Text\":\"t\"}"

/* "Event ..." of what is told, or "over". */
static char *compare(Health *health, const char *state, const char *problems) {
        g_autofree char *text =
                        g_strdup_printf("{\"Health\":\"%s\",\"Problems\":[%s]}", state, problems);
        g_autoptr(GString) told = g_string_new("");
        json_t *status = json_loads(text, 0, NULL), *events, *event;
        bool over;
        size_t i;

        g_assert_cmpint(health_compare(health, status, &events, &over), ==, 0);
        g_assert_cmpint(over, ==, g_str_equal(state, "ok"));
        json_array_foreach(events, i, event) g_string_append_printf(
                        told, "%s ", json_string_value(json_object_get(event, "Event")));
        json_decref(events);
        json_decref(status);
        return g_string_free(g_steal_pointer(&told), FALSE);
}

static void assert_told(
                Health *health, const char *state, const char *problems, const char *events) {
        g_autofree char *told = compare(health, state, problems);

        g_assert_cmpstr(told, ==, events);
}

static void test_what_changes_is_told_once(void) {
        CLEANUP(health_done) Health health = {};

        assert_told(&health, "ok", "", "");
        assert_told(&health, "degraded", BAD, "Health Problem ");
        assert_told(&health, "degraded", BAD, "");
        assert_told(&health, "failed", BAD, "Health ");
        assert_told(&health, "ok", "", "Health ");
        assert_told(&health, "ok", "", "");
}

static void test_a_degraded_host_is_no_news_at_start(void) {
        CLEANUP(health_done) Health health = {};

        assert_told(&health, "degraded", BAD, "");
        assert_told(&health, "ok", "", "");
}

static void test_a_failed_host_is_news_at_start(void) {
        CLEANUP(health_done) Health health = {};

        assert_told(&health, "failed", BAD, "Health Problem ");
}

static void test_a_notice_is_no_trouble(void) {
        CLEANUP(health_done) Health health = {};

        assert_told(&health, "ok", "", "");
        assert_told(&health, "ok", "{\"Id\":\"x\",\"Severity\":\"notice\",\"Text\":\"t\"}", "");
}

static void test_what_is_no_status_is_refused(void) {
        CLEANUP(health_done) Health health = {};
        json_t *status = json_object(), *events;
        bool over;

        g_assert_cmpint(health_compare(&health, status, &events, &over), ==, -EINVAL);
        json_decref(status);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/notify/health/once", test_what_changes_is_told_once);
        g_test_add_func("/notify/health/degraded-start", test_a_degraded_host_is_no_news_at_start);
        g_test_add_func("/notify/health/failed-start", test_a_failed_host_is_news_at_start);
        g_test_add_func("/notify/health/notice", test_a_notice_is_no_trouble);
        g_test_add_func("/notify/health/refused", test_what_is_no_status_is_refused);

        return g_test_run();
}
