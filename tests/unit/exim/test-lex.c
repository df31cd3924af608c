/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "exim/lex.h"

/* Every rule here was seen in Exim 4.96 first (exim -C FILE -bP). */

typedef struct Lexed {
        char *text; /* joined logical lines, each ended by '\n' */
        size_t count;
        EximLogical last;
} Lexed;

static void lexed_done(Lexed *lexed) {
        g_free(lexed->text);
}

static Lexed lex_bytes(const char *data, size_t size) {
        CLEANUP(exim_lexer_done) EximLexer lexer = {};
        g_autoptr(GString) text = g_string_new(NULL);
        Lexed lexed = {};
        EximLogical logical;
        int r;

        exim_lexer_init(&lexer, data, size);
        while ((r = exim_lexer_next(&lexer, &logical)) > 0) {
                g_string_append_len(text, logical.text, (gssize) logical.text_size);
                g_string_append_c(text, '\n');
                lexed.count++;
                lexed.last = logical;
        }
        g_assert_cmpint(r, ==, 0);

        lexed.text = g_string_free(g_steal_pointer(&text), FALSE);
        return lexed;
}

static void assert_lexed(const char *data, const char *wanted) {
        CLEANUP(lexed_done) Lexed lexed = lex_bytes(data, strlen(data));

        g_assert_cmpstr(lexed.text, ==, wanted);
}

static bool last_is_ambiguous(const char *data) {
        CLEANUP(lexed_done) Lexed lexed = lex_bytes(data, strlen(data));

        g_assert_cmpuint(lexed.count, >, 0);
        return lexed.last.ambiguous;
}

static void test_blank_lines_and_comments_are_no_logical_lines(void) {
        assert_lexed("\n  \n# a\n\t# b\nx = 1\n\n", "x = 1\n");
}

static void test_leading_and_trailing_white_space_goes(void) {
        assert_lexed(" \t\v\f\rx = 1 \t\r\n", "x = 1\n");
}

static void test_backslash_joins_and_drops_leading_blanks(void) {
        assert_lexed("x = a\\\n   b\ny\n", "x = ab\ny\n");
}

static void test_blanks_behind_a_backslash_are_ignored(void) {
        assert_lexed("x = a \\  \t\n b\n", "x = a b\n");
}

static void test_backslash_before_crlf_joins(void) {
        assert_lexed("x = a\\\r\nb\r\n", "x = ab\n");
}

static void test_comment_inside_a_continuation_is_skipped(void) {
        assert_lexed("x = \\\n # no \\\n  7\\\n#\n5\n", "x = 75\n");
}

static void test_comment_never_continues(void) {
        assert_lexed("# c \\\nx = 9\n", "x = 9\n");
}

static void test_empty_line_ends_a_continuation(void) {
        assert_lexed("x = a\\\n\n5\n", "x = a\n5\n");
}

static void test_joined_text_is_trimmed_before_its_end_is_looked_at(void) {
        assert_lexed("x = a  \\\n \n5\n", "x = a\n5\n");
}

static void test_second_backslash_shows_when_a_blank_line_follows(void) {
        assert_lexed("x = a\\\\\n\n5\n", "x = a5\n");
}

static void test_lone_backslash_begins_the_next_line(void) {
        assert_lexed("\\\nx = 1\n", "x = 1\n");
}

static void test_backslash_at_the_end_of_the_file_is_dropped(void) {
        assert_lexed("x = 1\\", "x = 1\n");
}

static void test_backslash_alone_in_the_file_is_nothing(void) {
        assert_lexed("\\", "");
}

static void test_missing_final_newline_is_fine(void) {
        assert_lexed("x = 1", "x = 1\n");
}

static void test_nul_hides_the_rest_of_its_line(void) {
        static const char data[] = "x = 1\0 junk \\\ny = 2\n";
        CLEANUP(lexed_done) Lexed lexed = lex_bytes(data, sizeof(data) - 1);

        g_assert_cmpstr(lexed.text, ==, "x = 1\ny = 2\n");
}

static void test_nul_behind_a_backslash_continues(void) {
        static const char data[] = "x = 1\\\0 junk\n2\n";
        CLEANUP(lexed_done) Lexed lexed = lex_bytes(data, sizeof(data) - 1);

        g_assert_cmpstr(lexed.text, ==, "x = 12\n");
}

static void test_every_branch_is_read(void) {
        assert_lexed(".ifdef A\nx = 1\n.else\nx = 2\n.endif\n", "x = 1\nx = 2\n");
}

static void test_depth_counts_nested_conditions(void) {
        CLEANUP(lexed_done) Lexed in = lex_bytes(".ifdef A\n.ifndef B\nx\n", 22);
        CLEANUP(lexed_done) Lexed out = lex_bytes(".ifdef A\n.endif\nx\n", 18);

        g_assert_cmpuint(in.last.depth, ==, 2);
        g_assert_cmpuint(out.last.depth, ==, 0);
}

static void test_endif_too_many_is_survived(void) {
        CLEANUP(lexed_done) Lexed lexed = lex_bytes(".endif\n.endif\nx\n", 16);

        g_assert_cmpuint(lexed.last.depth, ==, 0);
}

static void test_ifdef_before_a_tab_is_dropped_but_not_obeyed(void) {
        CLEANUP(lexed_done) Lexed lexed = lex_bytes(".ifdef\tA\nx\n", 11);

        g_assert_cmpstr(lexed.text, ==, "x\n");
        g_assert_cmpuint(lexed.last.depth, ==, 0);
}

static void test_endif_before_crlf_ends_nothing(void) {
        CLEANUP(lexed_done) Lexed lexed = lex_bytes(".ifdef A\r\n.endif\r\nx\r\n", 21);

        g_assert_cmpuint(lexed.last.depth, ==, 1);
}

static void test_unknown_directive_is_content(void) {
        assert_lexed(".foo\n.includefoo\n.include_if_existsx\n",
                     ".foo\n.includefoo\n.include_if_existsx\n");
}

static void test_include_is_no_logical_line(void) {
        assert_lexed(".include /a\n.include_if_exists /b\nx\n", "x\n");
}

static void test_directive_inside_a_line_is_told(void) {
        CLEANUP(lexed_done) Lexed with = lex_bytes("x = \\\n.include /a\n 5\n", 21);
        CLEANUP(lexed_done) Lexed without = lex_bytes(".include /a\nx = \\\n 5\n", 21);

        g_assert_true(with.last.has_directive);
        g_assert_false(without.last.has_directive);
        g_assert_false(with.last.ambiguous);
}

static void test_plain_lines_are_not_ambiguous(void) {
        g_assert_false(last_is_ambiguous(".ifdef A\nx = \\\n1\n.else\ny\n.endif\nz\n"));
}

static void test_line_behind_a_condition_in_a_continuation_is_ambiguous(void) {
        g_assert_true(last_is_ambiguous("x = a\\\n.ifdef A\nb\n.endif\ny = 1\n"));
}

static void test_ambiguity_ends_with_one_more_line(void) {
        g_assert_false(last_is_ambiguous("x = a\\\n.ifdef A\nb\n.endif\ny = 1\nz\n"));
}

static void test_continuation_that_leaves_its_branch_is_ambiguous(void) {
        g_assert_true(last_is_ambiguous(".ifdef A\nx = a \\\n.endif\ny = 1\n"));
}

static void test_continuation_into_else_is_ambiguous_until_behind_the_endif(void) {
        g_assert_true(last_is_ambiguous(".ifdef A\nx = a \\\n.else\nb\n.endif\ny = 1\n"));
        g_assert_false(last_is_ambiguous(".ifdef A\nx = a \\\n.else\nb\n.endif\ny = 1\nz\n"));
}

static void test_ambiguity_leaves_its_branch_as_well(void) {
        g_assert_true(last_is_ambiguous(
                        ".ifdef O\nx = a \\\n.ifdef A\nb\n.endif\n.else\nc\n.endif\ny = 1\n"));
}

static void test_place_is_that_of_the_physical_lines(void) {
        static const char data[] = "# c\nx = \\\n# in\n 5\n";
        CLEANUP(lexed_done) Lexed lexed = lex_bytes(data, sizeof(data) - 1);

        g_assert_cmpuint(lexed.last.number, ==, 2);
        g_assert_true(lexed.last.start == data + 4);
        g_assert_cmpuint(lexed.last.size, ==, sizeof(data) - 1 - 4);
}

static EximLogical logical_of(const char *text) {
        return (EximLogical){ .text = text, .text_size = strlen(text) };
}

static void test_section_needs_a_blank_and_no_case(void) {
        const EximLogical yes = logical_of("BeGiN   acl"), tab = logical_of("begin\tacl");
        const EximLogical none = logical_of("begin");

        g_assert_true(exim_logical_is_section(&yes));
        g_assert_false(exim_logical_is_section(&tab));
        g_assert_false(exim_logical_is_section(&none));
}

static void assert_option(const char *text, const char *wanted) {
        const EximLogical logical = logical_of(text);
        const char *name;
        size_t size;

        if (!wanted) {
                g_assert_false(exim_logical_option(&logical, &name, &size));
                return;
        }

        g_assert_true(exim_logical_option(&logical, &name, &size));
        g_assert_cmpuint(size, ==, strlen(wanted));
        g_assert_true(memcmp(name, wanted, size) == 0);
}

static void test_option_name_is_what_stands_first(void) {
        assert_option("smtp_accept_max = 5", "smtp_accept_max");
        assert_option("smtp_accept_max=5", "smtp_accept_max");
        assert_option("SMTP_ACCEPT_MAX = 5", "SMTP_ACCEPT_MAX");
        assert_option("_x = 5", NULL);
        assert_option("5", NULL);
}

static void test_hide_is_passed_over(void) {
        assert_option("hide \t hide recipients_max = 5", "recipients_max");
        assert_option("hide", NULL);
        assert_option("hidex = 1", "hidex");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

#define ADD(name) g_test_add_func("/lex/" #name, test_##name)
        ADD(blank_lines_and_comments_are_no_logical_lines);
        ADD(leading_and_trailing_white_space_goes);
        ADD(backslash_joins_and_drops_leading_blanks);
        ADD(blanks_behind_a_backslash_are_ignored);
        ADD(backslash_before_crlf_joins);
        ADD(comment_inside_a_continuation_is_skipped);
        ADD(comment_never_continues);
        ADD(empty_line_ends_a_continuation);
        ADD(joined_text_is_trimmed_before_its_end_is_looked_at);
        ADD(second_backslash_shows_when_a_blank_line_follows);
        ADD(lone_backslash_begins_the_next_line);
        ADD(backslash_at_the_end_of_the_file_is_dropped);
        ADD(backslash_alone_in_the_file_is_nothing);
        ADD(missing_final_newline_is_fine);
        ADD(nul_hides_the_rest_of_its_line);
        ADD(nul_behind_a_backslash_continues);
        ADD(every_branch_is_read);
        ADD(depth_counts_nested_conditions);
        ADD(endif_too_many_is_survived);
        ADD(ifdef_before_a_tab_is_dropped_but_not_obeyed);
        ADD(endif_before_crlf_ends_nothing);
        ADD(unknown_directive_is_content);
        ADD(include_is_no_logical_line);
        ADD(directive_inside_a_line_is_told);
        ADD(plain_lines_are_not_ambiguous);
        ADD(line_behind_a_condition_in_a_continuation_is_ambiguous);
        ADD(ambiguity_ends_with_one_more_line);
        ADD(continuation_that_leaves_its_branch_is_ambiguous);
        ADD(continuation_into_else_is_ambiguous_until_behind_the_endif);
        ADD(ambiguity_leaves_its_branch_as_well);
        ADD(place_is_that_of_the_physical_lines);
        ADD(section_needs_a_blank_and_no_case);
        ADD(option_name_is_what_stands_first);
        ADD(hide_is_passed_over);
#undef ADD

        return g_test_run();
}
