/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>

#include "util/digest.h"
#include "util/failure.h"
#include "util/parse.h"
#include "util/string-list.h"
#include "util/text.h"

static void test_appended_pieces_stand_in_order(void) {
        CLEANUP(text_done) Text text = {};
        CLEANUP(freep) char *data = NULL;
        size_t size;

        text_append_string(&text, "port ");
        text_append_format(&text, "%u", 25u);
        text_append(&text, "\0x", 2);

        g_assert_cmpint(text_finish(&text, &data, &size), ==, 0);
        g_assert_cmpuint(size, ==, 9);
        g_assert_true(memcmp(data, "port 25\0x", 9) == 0);
}

static void test_empty_text_is_an_empty_string(void) {
        CLEANUP(text_done) Text text = {};
        CLEANUP(freep) char *data = NULL;

        g_assert_cmpint(text_finish(&text, &data, NULL), ==, 0);
        g_assert_cmpstr(data, ==, "");
}

static void test_large_text_grows(void) {
        CLEANUP(text_done) Text text = {};
        CLEANUP(freep) char *data = NULL;
        size_t size;

        for (unsigned i = 0; i < 10000; i++)
                text_append_format(&text, "%u,", i % 10);

        g_assert_cmpint(text_finish(&text, &data, &size), ==, 0);
        g_assert_cmpuint(size, ==, 20000);
        g_assert_cmpint(data[19998], ==, '9');
}

static void test_quote_hides_control_bytes_and_cuts(void) {
        CLEANUP(freep) char *quoted = string_quote("a\n\x80z", 4, 64);
        CLEANUP(freep) char *cut = string_quote("abcdef", 6, 3);

        g_assert_cmpstr(quoted, ==, "a\\x0a\\x80z");
        g_assert_cmpstr(cut, ==, "abc...");
}

static void test_numbers_are_strict(void) {
        uint64_t value = 7;
        uint32_t small;
        uint16_t port;

        g_assert_cmpint(parse_u64("18446744073709551615", UINT64_MAX, &value), ==, 0);
        g_assert_cmpuint(value, ==, UINT64_MAX);
        g_assert_cmpint(parse_u64("18446744073709551616", UINT64_MAX, &value), ==, -ERANGE);
        g_assert_cmpint(parse_u64("", 10, &value), ==, -EINVAL);
        g_assert_cmpint(parse_u64("+1", 10, &value), ==, -EINVAL);
        g_assert_cmpint(parse_u64(" 1", 10, &value), ==, -EINVAL);
        g_assert_cmpint(parse_u64("0x1", 10, &value), ==, -EINVAL);
        g_assert_cmpint(parse_u32("11", 10, &small), ==, -ERANGE);
        g_assert_cmpint(parse_port("0", &port), ==, -ERANGE);
        g_assert_cmpint(parse_port("65536", &port), ==, -ERANGE);
        g_assert_cmpint(parse_port("65535", &port), ==, 0);
        g_assert_cmpuint(port, ==, 65535);
}

static void test_list_sorts_and_drops_doubles(void) {
        CLEANUP(string_list_done) StringList list = {};
        static const char *const names[] = { "www", "alice", "www", "bob", "alice" };

        for (size_t i = 0; i < ELEMENTS_OF(names); i++)
                g_assert_cmpint(string_list_append(&list, names[i]), ==, 0);
        string_list_sort_unique(&list);

        g_assert_cmpuint(list.count, ==, 3);
        g_assert_cmpstr(list.items[0], ==, "alice");
        g_assert_cmpstr(list.items[1], ==, "bob");
        g_assert_cmpstr(list.items[2], ==, "www");
        g_assert_true(string_list_contains(&list, "bob"));
        g_assert_false(string_list_contains(&list, "eve"));
}

static void test_digest_is_sha256(void) {
        Digest digest = digest_of("abc", 3);

        /* FIPS 180-4, the example of one block */
        g_assert_cmpstr(digest.hex,
                        ==,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        g_assert_true(digest_is_valid(digest.hex));
        g_assert_false(digest_is_valid("ba78"));
}

static void test_first_failure_is_kept(void) {
        CLEANUP(failure_done) Failure failure = {};

        g_assert_cmpint(failure_set(&failure, -EINVAL, FAILURE_INVALID_VALUE, "%s: no", "Key"),
                        ==,
                        -EINVAL);
        g_assert_cmpint(failure_set(&failure, -EIO, FAILURE_STORAGE_FAILED, "disk"), ==, -EIO);
        failure_prefix(&failure, "Exim");
        failure_append(&failure, "nothing changed");

        g_assert_cmpint(failure.code, ==, FAILURE_INVALID_VALUE);
        g_assert_cmpstr(failure.text, ==, "Exim: Key: no; nothing changed");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/text/appended-pieces-stand-in-order",
                        test_appended_pieces_stand_in_order);
        g_test_add_func("/text/empty-is-an-empty-string", test_empty_text_is_an_empty_string);
        g_test_add_func("/text/large-grows", test_large_text_grows);
        g_test_add_func("/text/quote-hides-control-bytes-and-cuts",
                        test_quote_hides_control_bytes_and_cuts);
        g_test_add_func("/parse/numbers-are-strict", test_numbers_are_strict);
        g_test_add_func("/string-list/sorts-and-drops-doubles", test_list_sorts_and_drops_doubles);
        g_test_add_func("/digest/is-sha256", test_digest_is_sha256);
        g_test_add_func("/failure/first-is-kept", test_first_failure_is_kept);
        return g_test_run();
}
