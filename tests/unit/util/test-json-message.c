/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "unit/message.h"
#include "util/json-message.h"

/* The JSON of a message made of `types` and what follows. */
#define assert_json(expected, ...)                                                                 \
        do {                                                                                       \
                CLEANUP(sd_bus_message_unrefp) sd_bus_message *message_ = message_new();           \
                CLEANUP(json_decrefp) json_t *json_ = NULL;                                        \
                CLEANUP(freep) char *dump_ = NULL;                                                 \
                g_assert_cmpint(sd_bus_message_append(message_, __VA_ARGS__), >=, 0);              \
                message_seal(message_);                                                            \
                g_assert_cmpint(json_from_message(message_, &json_), ==, 0);                       \
                dump_ = json_dumps(json_, JSON_COMPACT | JSON_ENCODE_ANY);                         \
                g_assert_cmpstr(dump_, ==, expected);                                              \
        } while (false)

static void test_each_basic_type_has_its_json(void) {
        assert_json("7", "y", 7);
        assert_json("true", "b", 1);
        assert_json("false", "b", 0);
        assert_json("-5", "n", -5);
        assert_json("65535", "q", 65535);
        assert_json("-70000", "i", -70000);
        assert_json("4294967295", "u", UINT32_MAX);
        assert_json("-9223372036854775808", "x", INT64_MIN);
        assert_json("9223372036854775807", "t", (uint64_t) INT64_MAX);
        assert_json("1.5", "d", 1.5);
        assert_json("\"a\\nb\"", "s", "a\nb");
        assert_json("\"/a\"", "o", "/a");
        assert_json("\"a{sv}\"", "g", "a{sv}");
}

static void test_largest_number_stays_a_number(void) {
        assert_json("1.8446744073709552e19", "t", UINT64_MAX);
}

static void test_variants_are_what_they_hold(void) {
        assert_json("50", "v", "u", 50u);
        assert_json("\"x\"", "v", "v", "s", "x");
}

static void test_dictionary_is_an_object_in_its_order(void) {
        assert_json("{\"Zone\":1,\"Active\":true}", "a{sv}", 2, "Zone", "u", 1u, "Active", "b", 1);
}

static void test_ports_become_keys(void) {
        assert_json("{\"25\":\"redirect\",\"465\":\"reject\"}",
                    "a{qs}",
                    2,
                    25,
                    "redirect",
                    465,
                    "reject");
}

static void test_every_kind_of_key_becomes_text(void) {
        assert_json("{\"true\":1}", "a{bu}", 1, 1, 1u);
        assert_json("{\"1.5\":1}", "a{du}", 1, 1.5, 1u);
}

static void test_structures_are_arrays(void) {
        assert_json("[[\"/etc/a\",\"diff\"]]", "a(ss)", 1, "/etc/a", "diff");
}

static void test_empty_containers_keep_their_kind(void) {
        assert_json("{}", "a{sv}", 0);
        assert_json("[]", "as", 0);
        assert_json("[]", "aa{sv}", 0);
        assert_json("[{}]", "aa{sv}", 1, 0);
}

static void test_empty_body_is_null(void) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *message = message_new();
        CLEANUP(json_decrefp) json_t *json = NULL;

        message_seal(message);

        g_assert_cmpint(json_from_message(message, &json), ==, 0);
        g_assert_true(json_is_null(json));
}

static void test_deep_nesting_is_refused(void) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *message = message_new();
        CLEANUP(json_decrefp) json_t *json = NULL;

        for (unsigned i = 0; i < 17; i++)
                g_assert_cmpint(sd_bus_message_open_container(message, 'v', i < 16 ? "v" : "u"),
                                >=,
                                0);
        g_assert_cmpint(sd_bus_message_append(message, "u", 1u), >=, 0);
        for (unsigned i = 0; i < 17; i++)
                g_assert_cmpint(sd_bus_message_close_container(message), >=, 0);
        message_seal(message);

        g_assert_cmpint(json_from_message(message, &json), ==, -ELOOP);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/util/json-message/each-basic-type-has-its-json",
                        test_each_basic_type_has_its_json);
        g_test_add_func("/util/json-message/largest-number-stays-a-number",
                        test_largest_number_stays_a_number);
        g_test_add_func("/util/json-message/variants-are-what-they-hold",
                        test_variants_are_what_they_hold);
        g_test_add_func("/util/json-message/dictionary-is-an-object-in-its-order",
                        test_dictionary_is_an_object_in_its_order);
        g_test_add_func("/util/json-message/ports-become-keys", test_ports_become_keys);
        g_test_add_func("/util/json-message/every-kind-of-key-becomes-text",
                        test_every_kind_of_key_becomes_text);
        g_test_add_func("/util/json-message/structures-are-arrays", test_structures_are_arrays);
        g_test_add_func("/util/json-message/empty-containers-keep-their-kind",
                        test_empty_containers_keep_their_kind);
        g_test_add_func("/util/json-message/empty-body-is-null", test_empty_body_is_null);
        g_test_add_func("/util/json-message/deep-nesting-is-refused", test_deep_nesting_is_refused);

        return g_test_run();
}
