/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "meter/subject-settings.h"

static void expect_equal(const SubjectSettings *a, const SubjectSettings *b) {
        for (WindowLength i = 0; i < _WINDOW_LENGTH_MAX; i++)
                g_assert_cmpuint(a->limits[i], ==, b->limits[i]);
        g_assert_cmpint(a->smtp_auth, ==, b->smtp_auth);
        g_assert_cmpint(a->suspension, ==, b->suspension);
        g_assert_cmpuint(a->suspended_usec, ==, b->suspended_usec);
        g_assert_cmpuint(a->suspended_by, ==, b->suspended_by);
}

static void test_settings_come_back_as_they_were(void) {
        const SubjectSettings all[] = {
                { .limits = { 1, 10000000 } },
                { .smtp_auth = SMTP_AUTH_ENABLED },
                { .limits = { 0, 7 },
                  .smtp_auth = SMTP_AUTH_DISABLED,
                  .suspension = SUSPENSION_REJECT,
                  .suspended_usec = UINT64_C(1800000000123456),
                  .suspended_by = 1000 },
        };

        for (size_t i = 0; i < ELEMENTS_OF(all); i++) {
                uint8_t bytes[SUBJECT_SETTINGS_VALUE_MAX];
                size_t size = subject_settings_encode(&all[i], bytes);
                SubjectSettings read;

                g_assert_cmpint(subject_settings_decode(bytes, size, &read), ==, 0);
                expect_equal(&read, &all[i]);
                g_assert_false(subject_settings_are_empty(&read));
        }
}

static void test_what_is_no_value_is_refused(void) {
        const SubjectSettings suspended = { .suspension = SUSPENSION_HOLD };
        uint8_t bytes[SUBJECT_SETTINGS_VALUE_MAX + 1] = {};
        size_t size = subject_settings_encode(&suspended, bytes);
        SubjectSettings read;

        for (size_t i = 0; i < size; i++)
                g_assert_cmpint(subject_settings_decode(bytes, i, &read), ==, -EINVAL);
        g_assert_cmpint(subject_settings_decode(bytes, size + 1, &read), ==, -EINVAL);
        for (size_t i = 0; i < 3; i++) {
                uint8_t before = bytes[i];

                bytes[i] = 9;
                g_assert_cmpint(subject_settings_decode(bytes, size, &read), ==, -EINVAL);
                bytes[i] = before;
        }
}

static void test_keys_tell_kinds_apart(void) {
        char name[SUBJECT_KEY_MAX];
        uint8_t key[SUBJECT_KEY_MAX];
        SubjectKind kind;

        for (SubjectKind i = 0; i < _SUBJECT_KIND_MAX; i++) {
                size_t size = subject_key_encode(i, "1000", key);

                g_assert_cmpint(subject_key_decode(key, size, &kind, name), ==, 0);
                g_assert_cmpint(kind, ==, i);
                g_assert_cmpstr(name, ==, "1000");
        }
        g_assert_cmpint(subject_key_decode((const uint8_t *) "x1", 2, &kind, name), ==, -EINVAL);
        g_assert_cmpint(subject_key_decode((const uint8_t *) "u", 1, &kind, name), ==, -EINVAL);
        g_assert_cmpint(subject_key_decode((const uint8_t *) "u1\0002", 4, &kind, name),
                        ==,
                        -EINVAL);
}

static void test_name_that_is_too_long_has_no_key(void) {
        g_autofree char *longest = g_strnfill(SUBJECT_SETTINGS_NAME_MAX, 'a');
        g_autofree char *longer = g_strnfill(SUBJECT_SETTINGS_NAME_MAX + 1, 'a');
        uint8_t key[SUBJECT_KEY_MAX];

        g_assert_cmpuint(subject_key_encode(SUBJECT_MAILBOX, longest, key), ==, SUBJECT_KEY_MAX);
        g_assert_cmpuint(subject_key_encode(SUBJECT_MAILBOX, longer, key), ==, 0);
}

static void test_nearest_word_on_auth_counts(void) {
        const SubjectSettings on = { .smtp_auth = SMTP_AUTH_ENABLED };
        const SubjectSettings off = { .smtp_auth = SMTP_AUTH_DISABLED };
        const SubjectSettings inherit = {};
        const struct {
                const SubjectSettings *mailbox, *domain;
                bool server, enabled;
                SmtpAuthLevel level;
        } cases[] = {
                { NULL, NULL, true, true, SMTP_AUTH_LEVEL_SERVER },
                { &inherit, &inherit, false, false, SMTP_AUTH_LEVEL_SERVER },
                { &on, &off, false, true, SMTP_AUTH_LEVEL_MAILBOX },
                { &off, &on, true, false, SMTP_AUTH_LEVEL_MAILBOX },
                { &inherit, &off, true, false, SMTP_AUTH_LEVEL_DOMAIN },
                { NULL, &on, false, true, SMTP_AUTH_LEVEL_DOMAIN },
        };

        for (size_t i = 0; i < ELEMENTS_OF(cases); i++) {
                SmtpAuthLevel level;

                g_assert_cmpint(smtp_auth_is_enabled(
                                                cases[i].mailbox,
                                                cases[i].domain,
                                                cases[i].server,
                                                &level),
                                ==,
                                cases[i].enabled);
                g_assert_cmpint(level, ==, cases[i].level);
        }
}

static void test_words_are_read_strictly(void) {
        Suspension suspension;
        SmtpAuth auth;

        for (SmtpAuth i = 0; i < _SMTP_AUTH_MAX; i++) {
                g_assert_cmpint(smtp_auth_from_string(smtp_auth_to_string(i), &auth), ==, 0);
                g_assert_cmpint(auth, ==, i);
        }
        for (Suspension i = 0; i < _SUSPENSION_MAX; i++) {
                g_assert_cmpint(suspension_from_string(suspension_to_string(i), &suspension),
                                ==,
                                0);
                g_assert_cmpint(suspension, ==, i);
        }
        g_assert_cmpint(smtp_auth_from_string("Enabled", &auth), ==, -EINVAL);
        g_assert_cmpint(suspension_from_string("", &suspension), ==, -EINVAL);
}

#define CASE(name, function) g_test_add_func("/subject-settings/" name, function)

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        CASE("settings-come-back-as-they-were", test_settings_come_back_as_they_were);
        CASE("what-is-no-value-is-refused", test_what_is_no_value_is_refused);
        CASE("keys-tell-kinds-apart", test_keys_tell_kinds_apart);
        CASE("name-that-is-too-long-has-no-key", test_name_that_is_too_long_has_no_key);
        CASE("nearest-word-on-auth-counts", test_nearest_word_on_auth_counts);
        CASE("words-are-read-strictly", test_words_are_read_strictly);

        return g_test_run();
}
