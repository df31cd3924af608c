/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "policy/shared-url.h"
#include "smtp-restrictions/smtp-restrictions.h"

static void test_parts_are_found(void) {
        static const struct {
                const char *text;
                SharedUrl url;
        } rows[] = {
                { "redis://a", { false, "", "a", "6379", 0 } },
                { "redis://a/", { false, "", "a", "6379", 0 } },
                { "rediss://counters.example.org:6380/15",
                  { true, "", "counters.example.org", "6380", 15 } },
                { "redis://mail@192.0.2.1/2", { false, "mail", "192.0.2.1", "6379", 2 } },
                { "rediss://mail@[2001:db8::1]:1", { true, "mail", "2001:db8::1", "1", 0 } },
                { "redis://[::1]", { false, "", "::1", "6379", 0 } },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                SharedUrl url;

                g_assert_cmpint(shared_url_from_text(rows[i].text, &url, NULL), ==, 0);
                g_assert_cmpint(url.is_tls, ==, rows[i].url.is_tls);
                g_assert_cmpstr(url.user, ==, rows[i].url.user);
                g_assert_cmpstr(url.host, ==, rows[i].url.host);
                g_assert_cmpstr(url.port, ==, rows[i].url.port);
                g_assert_cmpuint(url.database, ==, rows[i].url.database);
        }
}

static void test_anything_else_is_refused(void) {
        static const char *const texts[] = {
                "",
                "a",
                "http://a",
                "redis:/a",
                "redis://",
                "redis://@",
                "redis://@a",
                "redis://a:",
                "redis://a:0",
                "redis://a:65536",
                "redis://a:1x",
                "redis://a/x",
                "redis://a/65536",
                "redis://a/1/2",
                "redis://a b",
                "redis://[::1",
                "redis://[]",
                "redis://[::1]x",
                "redis://a?b",
                "redis://a\n",
                "redis://a@b@c",
        };

        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
                CLEANUP(failure_done) Failure failure = {};
                SharedUrl url;

                g_assert_cmpint(shared_url_from_text(texts[i], &url, &failure), ==, -EINVAL);
                g_assert_cmpint(failure.code, ==, FAILURE_INVALID_VALUE);
                g_assert_true(g_str_has_prefix(
                                failure.text, SMTP_RESTRICTIONS_KEY_SHARED_COUNTERS ": "));
        }
}

static void test_password_is_refused_and_not_repeated(void) {
        static const char *const texts[] = { "redis://:secret@a", "redis://mail:secret@a" };

        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
                CLEANUP(failure_done) Failure failure = {};
                SharedUrl url;

                g_assert_cmpint(shared_url_from_text(texts[i], &url, &failure), ==, -EINVAL);
                g_assert_nonnull(strstr(failure.text, "smtp-restrictions-shared(8)"));
                g_assert_null(strstr(failure.text, "secret"));
        }
}

static void test_too_long_parts_are_refused(void) {
        g_autofree char *name = g_strnfill(SHARED_URL_PART_SIZE, 'a');
        g_autofree char *host = g_strdup_printf("redis://%s", name);
        g_autofree char *user = g_strdup_printf("redis://%s@a", name);
        SharedUrl url;

        g_assert_cmpint(shared_url_from_text(host, &url, NULL), ==, -EINVAL);
        g_assert_cmpint(shared_url_from_text(user, &url, NULL), ==, -EINVAL);
        name[SHARED_URL_PART_SIZE - 1] = 0;
        g_free(host);
        host = g_strdup_printf("redis://%s", name);
        g_assert_cmpint(shared_url_from_text(host, &url, NULL), ==, 0);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/shared-url/parts", test_parts_are_found);
        g_test_add_func("/shared-url/refused", test_anything_else_is_refused);
        g_test_add_func("/shared-url/password", test_password_is_refused_and_not_repeated);
        g_test_add_func("/shared-url/long", test_too_long_parts_are_refused);

        return g_test_run();
}
