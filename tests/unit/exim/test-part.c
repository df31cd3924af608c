/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A main file and the files that it includes, edited together. */

#include <glib.h>

#include "exim/part.h"

#define PARTS 3

static const MailLimits both = {
        .set = { [MAIL_LIMIT_SMTP_ACCEPT_MAX] = true, [MAIL_LIMIT_RECIPIENTS_MAX] = true },
        .value = { [MAIL_LIMIT_SMTP_ACCEPT_MAX] = 50, [MAIL_LIMIT_RECIPIENTS_MAX] = 9 },
};

/* The lines of the parts that set something, without marks and comments. */
static char *settings_of(const char *const texts[PARTS]) {
        const EximSettings settings = exim_settings_of_limits(&both);
        g_autoptr(GString) lines = g_string_new(NULL);
        EximPart parts[PARTS] = {};
        EximPartPlan plans[PARTS] = {};
        EximEditPlace place;
        size_t scattered;

        for (size_t i = 0; i < PARTS; i++)
                g_assert_cmpint(exim_part_read(texts[i],
                                               strlen(texts[i]),
                                               &settings,
                                               &(EximPartOptions){ .is_included = i > 0 },
                                               &parts[i],
                                               &place),
                                ==,
                                0);
        for (size_t i = 0; i < settings.count; i++)
                g_assert_cmpint(exim_parts_plan(parts, PARTS, i, plans, &scattered), ==, 0);

        for (size_t i = 0; i < PARTS; i++) {
                CLEANUP(freep) char *text = NULL;
                g_auto(GStrv) split = NULL;
                size_t size;

                g_assert_cmpint(exim_part_write(&parts[i], &settings, &plans[i], &text, &size),
                                ==,
                                0);
                split = g_strsplit(text, "\n", -1);
                for (char **line = split; *line; line++)
                        if (**line && **line != '#')
                                g_string_append_printf(lines, "%zu:%s\n", i, *line);
                exim_part_done(&parts[i]);
        }

        return g_string_free(g_steal_pointer(&lines), FALSE);
}

static void assert_settings(const char *const texts[PARTS], const char *wanted) {
        g_autofree char *lines = settings_of(texts);

        g_assert_cmpstr(lines, ==, wanted);
}

static void test_option_is_replaced_in_the_file_that_has_it(void) {
        assert_settings((const char *const[]){ "x\n", "a\nsmtp_accept_max = 3\nb\n", "" },
                        "0:recipients_max = 9\n0:x\n1:a\n1:smtp_accept_max = 50\n1:b\n");
}

static void test_option_that_no_file_has_is_added_to_the_main_file(void) {
        assert_settings((const char *const[]){ "x\n", "y\n", "z\n" },
                        "0:smtp_accept_max = 50\n0:recipients_max = 9\n0:x\n1:y\n2:z\n");
}

static void test_option_under_a_condition_is_added_to_its_own_file(void) {
        assert_settings((const char *const[]){ "recipients_max = 1\n",
                                               ".ifdef X\nsmtp_accept_max = 3\n.endif\n",
                                               "" },
                        "0:recipients_max = 9\n1:smtp_accept_max = 50\n1:.ifdef X\n1:.endif\n");
}

static void test_option_that_stands_plainly_somewhere_is_added_nowhere(void) {
        assert_settings((const char *const[]){ ".ifdef X\nrecipients_max = 1\n.endif\n",
                                               "recipients_max = 2\n",
                                               "smtp_accept_max = 2\n" },
                        "0:.ifdef X\n0:recipients_max = 9\n0:.endif\n1:recipients_max = 9\n"
                        "2:smtp_accept_max = 50\n");
}

static int read_part(const char *text, const EximPartOptions *options, EximPart *ret) {
        const EximSettings settings = exim_settings_of_limits(&both);
        EximEditPlace place;

        return exim_part_read(text, strlen(text), &settings, options, ret, &place);
}

static void test_option_under_conditions_of_several_files_is_refused(void) {
        static const char text[] = ".ifdef X\nrecipients_max = 3\n.endif\n";
        CLEANUP(exim_part_done) EximPart second = {};
        EximPart parts[PARTS] = {};
        EximPartPlan plans[PARTS] = {};
        size_t scattered;

        g_assert_cmpint(read_part(text, &(EximPartOptions){}, &second), ==, 0);
        parts[1] = second;
        parts[2] = second;

        g_assert_cmpint(exim_parts_plan(parts, PARTS, 1, plans, &scattered),
                        ==,
                        EXIM_EDIT_E_SCATTERED);
        g_assert_cmpuint(scattered, ==, 2);
        g_assert_cmpint(exim_parts_plan(parts, 2, 1, plans, &scattered), ==, 0);
}

static void test_line_that_goes_on_in_the_parent_is_refused(void) {
        static const char text[] = "recipients_max = 3\\\n# comment\n";
        CLEANUP(exim_part_done) EximPart part = {};

        g_assert_cmpint(read_part(text, &(EximPartOptions){ .is_included = true }, &part),
                        ==,
                        EXIM_EDIT_E_DIRECTIVE);
        g_assert_cmpint(read_part(text, &(EximPartOptions){}, &part), ==, 0);
}

static void test_what_follows_an_include_that_ends_the_section_is_no_option(void) {
        static const char text[] =
                        ".include a\nrecipients_max = 1\n.include b\nsmtp_accept_max = 3\n";
        CLEANUP(exim_part_done) EximPart part = {};

        g_assert_cmpint(read_part(text,
                                  &(EximPartOptions){ .main_ends = true, .last_include = 1 },
                                  &part),
                        ==,
                        0);
        g_assert_cmpuint(part.hit_count, ==, 1);
        g_assert_true(part.stands[1] == EXIM_STANDS_PLAIN);
}

static void test_definition_of_debians_macro_counts_where_it_is_debians(void) {
        static const char text[] = "MESSAGE_SIZE_LIMIT = 20M\n";
        static const MailLimits limits = {
                .set = { [MAIL_LIMIT_MESSAGE_SIZE_LIMIT] = true },
                .value = { [MAIL_LIMIT_MESSAGE_SIZE_LIMIT] = 9 },
        };
        EximSettings settings = exim_settings_of_limits(&limits);

        for (int i = 0; i < 2; i++) {
                CLEANUP(freep) char *edited = NULL;
                EximEditPlace place;
                size_t size;

                settings.take_macros = i == 1;
                g_assert_cmpint(exim_edit(text, strlen(text), &settings, &edited, &size, &place),
                                ==,
                                0);
                g_assert_true(!!strstr(edited,
                                       "#= MESSAGE_SIZE_LIMIT = 20M\n"
                                       "message_size_limit = 9\n") == settings.take_macros);
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/part/option_is_replaced_in_the_file_that_has_it",
                        test_option_is_replaced_in_the_file_that_has_it);
        g_test_add_func("/part/option_that_no_file_has_is_added_to_the_main_file",
                        test_option_that_no_file_has_is_added_to_the_main_file);
        g_test_add_func("/part/option_under_a_condition_is_added_to_its_own_file",
                        test_option_under_a_condition_is_added_to_its_own_file);
        g_test_add_func("/part/option_that_stands_plainly_somewhere_is_added_nowhere",
                        test_option_that_stands_plainly_somewhere_is_added_nowhere);
        g_test_add_func("/part/option_under_conditions_of_several_files_is_refused",
                        test_option_under_conditions_of_several_files_is_refused);
        g_test_add_func("/part/line_that_goes_on_in_the_parent_is_refused",
                        test_line_that_goes_on_in_the_parent_is_refused);
        g_test_add_func("/part/what_follows_an_include_that_ends_the_section_is_no_option",
                        test_what_follows_an_include_that_ends_the_section_is_no_option);

        g_test_add_func("/part/definition_of_debians_macro_counts_where_it_is_debians",
                        test_definition_of_debians_macro_counts_where_it_is_debians);

        return g_test_run();
}
