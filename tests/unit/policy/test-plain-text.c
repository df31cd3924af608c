/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "expect.h"
#include "policy/plain-text.h"

static void expect_each(const char *const *strings, int outcome) {
        for (size_t i = 0; strings[i]; i++) {
                int r = plain_text_check(strings[i]);

                if (r != outcome)
                        g_error("'%s': %d instead of %d", strings[i], r, outcome);
        }
}

static void test_valid_utf8_passes(void) {
        static const char *const strings[] = {
                "",
                "postmaster@example.net ~",
                "\xc3\xa4",         /* U+00E4 */
                "\xc2\xa0",         /* U+00A0, the first after C1 */
                "\xe0\xa0\x80",     /* U+0800, the first of three bytes */
                "\xed\x9f\xbf",     /* U+D7FF, the last before the surrogates */
                "\xee\x80\x80",     /* U+E000, the first after them */
                "\xf0\x90\x80\x80", /* U+10000, the first of four */
                "\xf4\x8f\xbf\xbf", /* U+10FFFF, the last */
                NULL,
        };

        expect_each(strings, 0);
}

static void test_control_characters_are_told(void) {
        static const char *const strings[] = {
                "\x01", "a\nb", "a\x1b[2J", "\x7f", "\xc2\x80", "b\xc2\x9f", NULL,
        };

        expect_each(strings, PLAIN_TEXT_E_CONTROL);
}

static void test_wrong_utf8_is_told(void) {
        static const char *const strings[] = {
                "\x80",             /* a continuation alone */
                "\xc3",             /* cut */
                "\xc3(",            /* no continuation */
                "\xc0\xaf",         /* overlong '/' */
                "\xc1\xbf",         /* overlong */
                "\xe0\x9f\xbf",     /* overlong */
                "\xe2\x82",         /* cut in the third byte */
                "\xe2\x82(",        /* no continuation there */
                "\xed\xa0\x80",     /* a surrogate */
                "\xf0\x8f\xbf\xbf", /* overlong */
                "\xf4\x90\x80\x80", /* above U+10FFFF */
                "\xf5\x80\x80\x80",
                "\xff",
                NULL,
        };

        expect_each(strings, PLAIN_TEXT_E_NOT_UTF8);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/plain-text/valid-utf8-passes", test_valid_utf8_passes);
        g_test_add_func("/plain-text/control-characters-are-told",
                        test_control_characters_are_told);
        g_test_add_func("/plain-text/wrong-utf8-is-told", test_wrong_utf8_is_told);
        return g_test_run();
}
