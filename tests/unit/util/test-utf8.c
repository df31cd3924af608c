/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "util/utf8.h"

static void assert_becomes(const char *from, const char *to) {
        CLEANUP(freep) char *valid = utf8_make_valid(from);

        g_assert_cmpstr(valid, ==, to);
        /* GLib's own judgement, that of D-Bus libraries */
        g_assert_true(g_utf8_validate(valid, -1, NULL));
}

static void test_valid_text_stays(void) {
        assert_becomes("", "");
        assert_becomes("plain", "plain");
        assert_becomes("\xc3\xbc \xe2\x82\xac \xf0\x9f\x93\xa7",
                       "\xc3\xbc \xe2\x82\xac \xf0\x9f\x93\xa7");
}

static void test_latin1_becomes_question_marks(void) {
        assert_becomes("Gr\xfc\xdf"
                       "e",
                       "Gr??e");
}

static void test_cut_characters_become_question_marks(void) {
        assert_becomes("\xc3", "?");
        assert_becomes("\xe2\x82", "??");
        assert_becomes("\xf0\x9f\x93", "???");
        assert_becomes("\x80", "?");
}

static void test_overlong_forms_are_invalid(void) {
        assert_becomes("\xc0\xaf", "??");
        assert_becomes("\xe0\x80\xaf", "???");
        assert_becomes("\xf0\x80\x80\xaf", "????");
}

static void test_surrogates_and_what_is_above_unicode_are_invalid(void) {
        assert_becomes("\xed\xa0\x80", "???");
        assert_becomes("\xf4\x90\x80\x80", "????");
        assert_becomes("\xf5\x80\x80\x80", "????");
}

static void test_any_bytes_become_valid(void) {
        for (unsigned round = 0; round < 20000; round++) {
                char bytes[9];
                CLEANUP(freep) char *valid = NULL;

                for (size_t i = 0; i < sizeof(bytes) - 1; i++)
                        bytes[i] = (char) g_test_rand_int_range(1, 256);
                bytes[8] = 0;

                valid = utf8_make_valid(bytes);
                g_assert_true(g_utf8_validate(valid, -1, NULL));
                /* what was valid is not touched */
                if (g_utf8_validate(bytes, -1, NULL))
                        g_assert_cmpstr(valid, ==, bytes);
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/bus/utf8/valid", test_valid_text_stays);
        g_test_add_func("/bus/utf8/latin1", test_latin1_becomes_question_marks);
        g_test_add_func("/bus/utf8/cut", test_cut_characters_become_question_marks);
        g_test_add_func("/bus/utf8/overlong", test_overlong_forms_are_invalid);
        g_test_add_func("/bus/utf8/range", test_surrogates_and_what_is_above_unicode_are_invalid);
        g_test_add_func("/bus/utf8/random", test_any_bytes_become_valid);

        return g_test_run();
}
