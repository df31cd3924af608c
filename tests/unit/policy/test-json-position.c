/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "expect.h"
#include "policy/json-position.h"

/* A path is written as "MailLimits", NULL-ended, an index as "#2". */
static TextPosition find(const char *text, const char *const *steps) {
        JsonPath path = {};

        for (size_t i = 0; steps[i]; i++)
                if (steps[i][0] == '#')
                        json_path_push_index(&path, strtoul(steps[i] + 1, NULL, 10));
                else
                        json_path_push_key(&path, steps[i]);

        return json_position_find(text, strlen(text), &path);
}

#define expect_at(text, expected_line, expected_column, ...)                                       \
        do {                                                                                       \
                TextPosition where_ = find((text), (const char *const[]){ __VA_ARGS__ });          \
                                                                                                   \
                g_assert_cmpuint(where_.line, ==, (expected_line));                                \
                g_assert_cmpuint(where_.column, ==, (expected_column));                            \
        } while (false)

static void test_root_is_where_the_value_begins(void) {
        expect_at("{}", 1, 1, NULL);
        expect_at("\n\t {}", 2, 3, NULL);
}

static void test_key_is_found_behind_any_value(void) {
        static const char text[] = "{\"a\": 1,\n"
                                   " \"b\": {\"z\": [1, {}, \"]}\"], \"y\": null},\n"
                                   " \"c\": \"\\\"z\\\\\", \"d\":[],\"e\" : -1.5e3 ,\n"
                                   " \"z\": true}";

        expect_at(text, 1, 2, "a", NULL);
        expect_at(text, 2, 2, "b", NULL);
        expect_at(text, 2, 8, "b", "z", NULL);
        expect_at(text, 2, 28, "b", "y", NULL);
        expect_at(text, 3, 2, "c", NULL);
        expect_at(text, 3, 16, "d", NULL);
        expect_at(text, 3, 23, "e", NULL);
        expect_at(text, 4, 2, "z", NULL);
}

static void test_element_is_found_by_its_index(void) {
        static const char text[] = "{\"l\": [ 1, \"x,]\",\n{\"k\": [0]} ]}";

        expect_at(text, 1, 9, "l", "#0", NULL);
        expect_at(text, 1, 12, "l", "#1", NULL);
        expect_at(text, 2, 1, "l", "#2", NULL);
        expect_at(text, 2, 2, "l", "#2", "k", NULL);
        expect_at(text, 2, 8, "l", "#2", "k", "#0", NULL);
}

static void test_columns_count_bytes(void) {
        expect_at("{\"\xc3\xa4\": 1, \"b\": 2}", 1, 11, "b", NULL);
        expect_at("{\"\xc3\xa4\": 1, \"b\": 2}", 1, 2, "\xc3\xa4", NULL);
}

static void test_key_written_with_escapes_is_found(void) {
        expect_at("{\"x\\\"\": 1, \"\\u0045nabled\": 2}", 1, 12, "Enabled", NULL);
        expect_at("{\"x\\\"\": 1, \"\\u0045nabled\": 2}", 1, 2, "x\"", NULL);
        expect_at("{\"\\u00e4\": 2}", 1, 2, "\xc3\xa4", NULL);
}

static void test_what_is_not_there_leads_to_what_encloses_it(void) {
        expect_at("{\"a\": 1}", 1, 1, "b", NULL);
        expect_at("{\"a\": {\"b\": 1}}", 1, 2, "a", "c", NULL);
        expect_at("{\"a\": [1]}", 1, 2, "a", "#1", NULL);
        expect_at("{\"a\": []}", 1, 2, "a", "#0", NULL);
        expect_at("{\"a\": []}", 1, 2, "a", "b", NULL);
        expect_at("{\"a\": {}}", 1, 2, "a", "#0", NULL);
        expect_at("{}", 1, 1, "b", NULL);
}

static void test_prefix_of_a_key_is_another_key(void) {
        expect_at("{\"ab\": 1, \"a\": 2}", 1, 11, "a", NULL);
        expect_at("{\"a\": 1, \"ab\": 2}", 1, 10, "ab", NULL);
}

static void test_deep_value_is_skipped_without_recursion(void) {
        CLEANUP(freep) char *text = NULL;
        GString *string = g_string_new("{\"a\": ");

        for (unsigned i = 0; i < 1000000; i++)
                g_string_append_c(string, '[');
        for (unsigned i = 0; i < 1000000; i++)
                g_string_append_c(string, ']');
        g_string_append(string, ",\n\"b\": 1}");
        text = g_string_free(string, FALSE);

        expect_at(text, 2, 1, "b", NULL);
}

/* Nothing beyond the text is read: the sanitizers see to that. */
static void test_text_cut_anywhere_is_safe(void) {
        static const char text[] = "{\"a\\\\\": [1, \"x\", {\"b\\u0041\": null}], \"c\": -1}";
        static const char *const paths[][4] = {
                { "c" },
                { "a\\", "#2", "bA" },
                { "a\\", "#3" },
                { "d" },
        };

        for (size_t size = 0; size < sizeof(text); size++) {
                CLEANUP(freep) char *cut = g_memdup2(text, size + 1);

                cut[size] = 0;
                for (size_t i = 0; i < ELEMENTS_OF(paths); i++)
                        g_assert_cmpuint(find(cut, paths[i]).line, ==, 1);
        }
}

static void test_no_json_is_safe(void) {
        static const char *const texts[] = {
                "]", "}",      ",",     "{]",       "{\"x\":}",   "{\"x\":,\"c\":1}", "{\"x\" 1}",
                "x", "{\"x\\", "{x:1}", "{\"x\":]", "{\"x\":1 1", "{\"x\":::}",       "[,",
        };

        for (size_t i = 0; i < ELEMENTS_OF(texts); i++) {
                expect_at(texts[i], 1, 1, "c", NULL);
                expect_at(texts[i], 1, 1, "#1", NULL);
        }
}

static void test_position_beyond_the_end_is_the_end(void) {
        TextPosition where = text_position_at("ab\nc", 4, 100);

        g_assert_cmpuint(where.line, ==, 2);
        g_assert_cmpuint(where.column, ==, 2);
}

static void test_popped_step_is_gone(void) {
        JsonPath path = {};

        json_path_push_key(&path, "a");
        json_path_push_index(&path, 3);
        json_path_pop(&path);
        json_path_push_key(&path, "b");

        g_assert_cmpuint(path.count, ==, 2);
        g_assert_cmpstr(path.steps[0].key, ==, "a");
        g_assert_cmpstr(path.steps[1].key, ==, "b");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/json-position/root-is-where-the-value-begins",
                        test_root_is_where_the_value_begins);
        g_test_add_func("/json-position/key-is-found-behind-any-value",
                        test_key_is_found_behind_any_value);
        g_test_add_func("/json-position/element-is-found-by-its-index",
                        test_element_is_found_by_its_index);
        g_test_add_func("/json-position/columns-count-bytes", test_columns_count_bytes);
        g_test_add_func("/json-position/key-written-with-escapes-is-found",
                        test_key_written_with_escapes_is_found);
        g_test_add_func("/json-position/what-is-not-there-leads-to-what-encloses-it",
                        test_what_is_not_there_leads_to_what_encloses_it);
        g_test_add_func("/json-position/prefix-of-a-key-is-another-key",
                        test_prefix_of_a_key_is_another_key);
        g_test_add_func("/json-position/deep-value-is-skipped-without-recursion",
                        test_deep_value_is_skipped_without_recursion);
        g_test_add_func("/json-position/text-cut-anywhere-is-safe", test_text_cut_anywhere_is_safe);
        g_test_add_func("/json-position/no-json-is-safe", test_no_json_is_safe);
        g_test_add_func("/json-position/position-beyond-the-end-is-the-end",
                        test_position_beyond_the_end_is_the_end);
        g_test_add_func("/json-position/popped-step-is-gone", test_popped_step_is_gone);
        return g_test_run();
}
