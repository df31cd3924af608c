/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>

#include "exim/edit.h"

#define BEGIN_CHANGED                                                                              \
        "# BEGIN smtp-restrictions: changed by smtp-restrictionsctl(1), see there before editing"
#define BEGIN_ADDED                                                                                \
        "# BEGIN smtp-restrictions: added by smtp-restrictionsctl(1), see there before editing"
#define BEGIN_MADE                                                                                 \
        "# BEGIN smtp-restrictions: file made by smtp-restrictionsctl(1), see there before "       \
        "editing"

static const MailLimits max_50 = {
        .set = { [MAIL_LIMIT_SMTP_ACCEPT_MAX] = true },
        .value = { [MAIL_LIMIT_SMTP_ACCEPT_MAX] = 50 },
};

typedef struct Bytes {
        char *data;
        size_t size;
} Bytes;

static void assert_bytes(const char *a, size_t a_size, const char *b, size_t b_size) {
        g_assert_cmpuint(a_size, ==, b_size);
        g_assert_true(memcmp(a, b, a_size) == 0);
}

static void bytes_done(Bytes *bytes) {
        free(bytes->data);
}

static Bytes edit_bytes(const char *data, size_t size, const MailLimits *limits) {
        const EximSettings settings = exim_settings_of_limits(limits);
        EximEditPlace place;
        Bytes bytes = {};

        g_assert_cmpint(exim_edit(data, size, &settings, &bytes.data, &bytes.size, &place), ==, 0);
        return bytes;
}

static int try_edit(const char *text, EximEditPlace *reterr_place) {
        const EximSettings settings = exim_settings_of_limits(&max_50);
        CLEANUP(bytes_done) Bytes bytes = {};

        return exim_edit(text, strlen(text), &settings, &bytes.data, &bytes.size, reterr_place);
}

static EximStripped strip_bytes(const char *data, size_t size) {
        EximStripped stripped = {};
        EximEditPlace place;

        g_assert_cmpint(exim_strip(data, size, &stripped, &place), ==, 0);
        return stripped;
}

/* The checksum is the editor's own affair: in these texts it stands as XXXXXXXX. */
static char *mask(const Bytes *bytes) {
        static const char end[] = "# END smtp-restrictions ";
        char *text = g_strndup(bytes->data, bytes->size);

        for (char *s = text; (s = strstr(s, end)); s += sizeof(end))
                for (size_t i = 0; i < 8; i++) {
                        g_assert_true(g_ascii_isxdigit(s[sizeof(end) - 1 + i]));
                        s[sizeof(end) - 1 + i] = 'X';
                }

        return text;
}

static void assert_edited(const char *text, const char *wanted) {
        CLEANUP(bytes_done) Bytes bytes = edit_bytes(text, text ? strlen(text) : 0, &max_50);
        CLEANUP(exim_stripped_done) EximStripped back = strip_bytes(bytes.data, bytes.size);
        g_autofree char *masked = mask(&bytes);

        g_assert_cmpstr(masked, ==, wanted);
        assert_bytes(back.text, back.size, text ?: "", text ? strlen(text) : 0);
}

static void test_set_option_is_replaced_where_it_stands(void) {
        assert_edited("a = 1\nsmtp_accept_max = 20\nb = 2\n",
                      "a = 1\n" BEGIN_CHANGED "\n#= smtp_accept_max = 20\nsmtp_accept_max = 50\n"
                      "# END smtp-restrictions XXXXXXXX\nb = 2\n");
}

static void test_unset_option_comes_first(void) {
        assert_edited("a = 1\nbegin acl\nsmtp_accept_max = 20\n",
                      BEGIN_ADDED "\nsmtp_accept_max = 50\n# END smtp-restrictions XXXXXXXX\n"
                                  "a = 1\nbegin acl\nsmtp_accept_max = 20\n");
}

static void test_missing_file_is_made(void) {
        assert_edited(NULL,
                      BEGIN_MADE "\nsmtp_accept_max = 50\n# END smtp-restrictions XXXXXXXX\n");
}

static void test_made_file_is_known_as_such(void) {
        CLEANUP(bytes_done) Bytes made = edit_bytes(NULL, 0, &max_50);
        CLEANUP(bytes_done) Bytes again = edit_bytes(made.data, made.size, &max_50);
        CLEANUP(bytes_done) Bytes empty = edit_bytes("", 0, &max_50);
        CLEANUP(exim_stripped_done) EximStripped a = strip_bytes(made.data, made.size);
        CLEANUP(exim_stripped_done) EximStripped b = strip_bytes(again.data, again.size);
        CLEANUP(exim_stripped_done) EximStripped c = strip_bytes(empty.data, empty.size);

        g_assert_true(a.was_made);
        g_assert_true(b.was_made);
        g_assert_false(c.was_made);
        g_assert_true(c.had_block);
}

static void test_missing_final_newline_comes_back(void) {
        assert_edited("smtp_accept_max = 20",
                      BEGIN_CHANGED "\n#~ smtp_accept_max = 20\nsmtp_accept_max = 50\n"
                                    "# END smtp-restrictions XXXXXXXX\n");
}

static void test_missing_final_newline_with_a_carriage_return_comes_back(void) {
        assert_edited("smtp_accept_max = 20\r",
                      BEGIN_CHANGED "\n#~ smtp_accept_max = 20\r\nsmtp_accept_max = 50\n"
                                    "# END smtp-restrictions XXXXXXXX\n");
}

static void test_newline_stays_where_lines_were_added_behind(void) {
        CLEANUP(bytes_done) Bytes bytes = edit_bytes("smtp_accept_max = 20", 20, &max_50);
        g_autofree char *longer = g_strdup_printf("%sa = 1\n", bytes.data);
        CLEANUP(exim_stripped_done) EximStripped back = strip_bytes(longer, strlen(longer));

        g_assert_cmpstr(back.text, ==, "smtp_accept_max = 20\na = 1\n");
}

static void test_lines_end_as_those_around_them(void) {
        assert_edited("smtp_accept_max = \\\r\n 20\r\n",
                      BEGIN_CHANGED "\r\n#= smtp_accept_max = \\\r\n#=  20\r\n"
                                    "smtp_accept_max = 50\r\n# END smtp-restrictions XXXXXXXX\r\n");
        assert_edited("a\r\n",
                      BEGIN_ADDED "\r\nsmtp_accept_max = 50\r\n"
                                  "# END smtp-restrictions XXXXXXXX\r\na\r\n");
}

static void test_continued_line_goes_whole_with_its_comments(void) {
        assert_edited("  hide   smtp_accept_max\\\n  = \\\n # in it\n  7\\\n   5\nb\n",
                      BEGIN_CHANGED "\n#=   hide   smtp_accept_max\\\n#=   = \\\n#=  # in it\n"
                                    "#=   7\\\n#=    5\nsmtp_accept_max = 50\n"
                                    "# END smtp-restrictions XXXXXXXX\nb\n");
}

static void test_option_only_in_branches_is_set_whatever_is_taken(void) {
        assert_edited(".ifdef A\nsmtp_accept_max = 1\n.else\nsmtp_accept_max = 2\n.endif\n",
                      BEGIN_ADDED
                      "\nsmtp_accept_max = 50\n# END smtp-restrictions XXXXXXXX\n"
                      ".ifdef A\n" BEGIN_CHANGED "\n#= smtp_accept_max = 1\n"
                      "# END smtp-restrictions XXXXXXXX\n.else\n" BEGIN_CHANGED
                      "\n#= smtp_accept_max = 2\n# END smtp-restrictions XXXXXXXX\n.endif\n");
}

static void test_option_in_a_branch_and_outside_is_replaced_in_both(void) {
        assert_edited(".ifdef A\nsmtp_accept_max = 1\n.endif\nsmtp_accept_max = 2\n",
                      ".ifdef A\n" BEGIN_CHANGED "\n#= smtp_accept_max = 1\nsmtp_accept_max = 50\n"
                      "# END smtp-restrictions XXXXXXXX\n.endif\n" BEGIN_CHANGED
                      "\n#= smtp_accept_max = 2\nsmtp_accept_max = 50\n"
                      "# END smtp-restrictions XXXXXXXX\n");
}

static void test_longer_name_macro_and_value_are_left_alone(void) {
        static const char text[] = "smtp_accept_max_per_host = 3\nSMTP_ACCEPT_MAX = 4\n"
                                   "x = smtp_accept_max = 5\ny = \\\nsmtp_accept_max = 6\n";
        g_autofree char *wanted =
                        g_strconcat(BEGIN_ADDED,
                                    "\nsmtp_accept_max = 50\n# END smtp-restrictions XXXXXXXX\n",
                                    text,
                                    NULL);

        assert_edited(text, wanted);
}

static void test_condition_inside_the_line_is_refused(void) {
        EximEditPlace place = {};

        g_assert_cmpint(try_edit("a\nsmtp_accept_max = \\\n.ifdef A\n1\n.endif\n", &place),
                        ==,
                        EXIM_EDIT_E_DIRECTIVE);
        g_assert_cmpuint(place.line, ==, 2);
        g_assert_cmpstr(place.option, ==, "smtp_accept_max");
}

static void test_include_inside_the_line_is_refused(void) {
        EximEditPlace place = {};

        g_assert_cmpint(try_edit("smtp_accept_max = \\\n.include /a\n1\n", &place),
                        ==,
                        EXIM_EDIT_E_DIRECTIVE);
}

static void test_line_that_conditions_may_join_is_refused(void) {
        EximEditPlace place = {};

        g_assert_cmpint(try_edit(".ifdef A\nx = a \\\n.endif\nsmtp_accept_max = 1\n", &place),
                        ==,
                        EXIM_EDIT_E_DIRECTIVE);
        g_assert_cmpint(try_edit("x = a \\\n.ifdef A\nb\n.endif\nsmtp_accept_max = 1\n", &place),
                        ==,
                        EXIM_EDIT_E_DIRECTIVE);
}

static void test_other_limits_replace_ours(void) {
        static const char text[] = "smtp_accept_max = 20\n";
        MailLimits other = {
                .set = { [MAIL_LIMIT_RECIPIENTS_MAX] = true },
                .value = { [MAIL_LIMIT_RECIPIENTS_MAX] = 7 },
        };
        CLEANUP(bytes_done) Bytes first = edit_bytes(text, strlen(text), &max_50);
        CLEANUP(bytes_done) Bytes second = edit_bytes(first.data, first.size, &other);
        CLEANUP(bytes_done) Bytes direct = edit_bytes(text, strlen(text), &other);

        assert_bytes(second.data, second.size, direct.data, direct.size);
}

static void test_hosts_are_a_list_that_colons_do_not_cut(void) {
        char network[] = "192.0.2.0/24", address[] = "2001:db8::1";
        char *hosts[] = { network, address };
        const MailLimits limits = {
                .set = { [MAIL_LIMIT_SMTP_RESERVE_HOSTS] = true },
                .lists = { [MAIL_LIMIT_SMTP_RESERVE_HOSTS] = { .items = hosts, .count = 2 } },
        };
        CLEANUP(bytes_done) Bytes edited = edit_bytes("", 0, &limits);

        g_assert_nonnull(strstr(
                        edited.data, "\nsmtp_reserve_hosts = <; 192.0.2.0/24 ; 2001:db8::1\n"));
}

static void test_no_limits_is_the_text_itself(void) {
        const MailLimits none = {};
        CLEANUP(bytes_done) Bytes edited = edit_bytes("smtp_accept_max = 20\n", 21, &max_50);
        CLEANUP(bytes_done) Bytes bytes = edit_bytes(edited.data, edited.size, &none);

        assert_bytes(bytes.data, bytes.size, "smtp_accept_max = 20\n", 21);
}

static void assert_damaged(const char *from, const char *to, size_t line) {
        CLEANUP(bytes_done) Bytes bytes = edit_bytes("a\nsmtp_accept_max = 20\nb\n", 25, &max_50);
        CLEANUP(exim_stripped_done) EximStripped stripped = {};
        g_auto(GStrv) parts = g_strsplit(bytes.data, from, 2);
        g_autofree char *text = NULL;
        EximEditPlace place = {};

        g_assert_nonnull(parts[1]);
        text = g_strconcat(parts[0], to, parts[1], NULL);

        g_assert_cmpint(exim_strip(text, strlen(text), &stripped, &place), ==, EXIM_EDIT_E_DAMAGED);
        g_assert_cmpuint(place.line, ==, line);
        g_assert_cmpint(try_edit(text, &place), ==, EXIM_EDIT_E_DAMAGED);
}

static void test_edited_block_is_refused(void) {
        assert_damaged("= 50", "= 60", 2);
        assert_damaged("#= smtp_accept_max = 20", "#= smtp_accept_max = 21", 2);
        assert_damaged("smtp_accept_max = 50\n", "", 2);
        assert_damaged("smtp_accept_max = 50\n", "smtp_accept_max = 50\nc = 1\n", 2);
        assert_damaged("changed by", "added by", 2);
        assert_damaged("changed by", "touched by", 2);
}

static void test_block_without_one_of_its_marks_is_refused(void) {
        assert_damaged(BEGIN_CHANGED "\n", "", 4);
        assert_damaged("# END smtp-restrictions ", "# ", 2);
        assert_damaged("# END smtp-restrictions ", "# END smtp-restrictions  ", 2);
}

static void test_block_may_lose_the_newline_of_its_last_line(void) {
        CLEANUP(bytes_done) Bytes bytes = edit_bytes("smtp_accept_max = 20\n", 21, &max_50);
        CLEANUP(exim_stripped_done) EximStripped stripped = strip_bytes(bytes.data, bytes.size - 1);

        g_assert_cmpstr(stripped.text, ==, "smtp_accept_max = 20\n");
}

static void test_mark_that_a_block_would_bring_back_is_refused(void) {
        CLEANUP(exim_stripped_done) EximStripped stripped = {};
        g_autofree char *text = NULL;
        EximEditPlace place = {};
        uint32_t hash = 2166136261u;
        static const char block[] = BEGIN_CHANGED "\n#= # END smtp-restrictions 00000000\n";

        for (size_t i = 0; i < sizeof(block) - 1; i++)
                hash = (hash ^ (uint8_t) block[i]) * 16777619u;
        text = g_strdup_printf("%s# END smtp-restrictions %08x\n", block, hash);

        g_assert_cmpint(exim_strip(text, strlen(text), &stripped, &place), ==, EXIM_EDIT_E_DAMAGED);
}

static void test_words_that_only_look_like_marks_are_left_alone(void) {
        static const char text[] = "## BEGIN smtp-restrictions\n # END smtp-restrictions\n"
                                   "#= a\nx = # BEGIN smtp-restrictions\nEND smtp-restrictions\n";
        CLEANUP(exim_stripped_done) EximStripped stripped = strip_bytes(text, strlen(text));

        assert_bytes(stripped.text, stripped.size, text, strlen(text));
        g_assert_false(stripped.had_block);
}

static void test_found_option_has_its_line(void) {
        static const char text[] = "a\n.ifdef A\n# smtp_accept_max\n hide smtp_accept_max = 1\n"
                                   ".endif\nbegin acl\nrecipients_max = 2\n";
        size_t line = 0;

        g_assert_cmpint(exim_find_option(text, strlen(text), "smtp_accept_max", &line), ==, 0);
        g_assert_cmpuint(line, ==, 4);
        g_assert_cmpint(exim_find_option(text, strlen(text), "recipients_max", &line), ==, -ENOENT);
        g_assert_cmpint(exim_find_option("a\n", 2, "smtp_accept_max", &line), ==, -ENOENT);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

#define ADD(name) g_test_add_func("/edit/" #name, test_##name)
        ADD(set_option_is_replaced_where_it_stands);
        ADD(unset_option_comes_first);
        ADD(hosts_are_a_list_that_colons_do_not_cut);
        ADD(missing_file_is_made);
        ADD(made_file_is_known_as_such);
        ADD(missing_final_newline_comes_back);
        ADD(missing_final_newline_with_a_carriage_return_comes_back);
        ADD(newline_stays_where_lines_were_added_behind);
        ADD(lines_end_as_those_around_them);
        ADD(continued_line_goes_whole_with_its_comments);
        ADD(option_only_in_branches_is_set_whatever_is_taken);
        ADD(option_in_a_branch_and_outside_is_replaced_in_both);
        ADD(longer_name_macro_and_value_are_left_alone);
        ADD(condition_inside_the_line_is_refused);
        ADD(include_inside_the_line_is_refused);
        ADD(line_that_conditions_may_join_is_refused);
        ADD(other_limits_replace_ours);
        ADD(no_limits_is_the_text_itself);
        ADD(edited_block_is_refused);
        ADD(block_without_one_of_its_marks_is_refused);
        ADD(block_may_lose_the_newline_of_its_last_line);
        ADD(mark_that_a_block_would_bring_back_is_refused);
        ADD(words_that_only_look_like_marks_are_left_alone);
        ADD(found_option_has_its_line);
#undef ADD

        return g_test_run();
}
