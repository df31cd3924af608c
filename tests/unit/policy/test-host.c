/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "policy/host.h"

static void assert_normal(const char *text, const char *wanted) {
        CLEANUP(freep) char *normal = NULL;

        g_assert_cmpint(host_normalize(text, &normal), ==, 0);
        g_assert_cmpstr(normal, ==, wanted);
}

static void assert_refused(const char *text, int error) {
        char *normal = NULL;

        g_assert_cmpint(host_normalize(text, &normal), ==, error);
        g_assert_null(normal);
}

static void test_addresses_have_one_form(void) {
        assert_normal("192.0.2.1", "192.0.2.1");
        assert_normal("2001:DB8:0::1", "2001:db8::1");
        assert_normal("::1", "::1");
}

static void test_networks_keep_their_prefix(void) {
        assert_normal("192.0.2.0/24", "192.0.2.0/24");
        assert_normal("192.0.2.128/25", "192.0.2.128/25");
        assert_normal("0.0.0.0/0", "0.0.0.0/0");
        assert_normal("2001:DB8::/32", "2001:db8::/32");
        assert_normal("::/0", "::/0");
}

static void test_prefix_of_the_whole_address_goes(void) {
        assert_normal("192.0.2.1/32", "192.0.2.1");
        assert_normal("2001:db8::1/128", "2001:db8::1");
}

static void test_what_is_no_address_is_refused(void) {
        static const char *const texts[] = {
                "",
                "localhost",
                "*",
                "192.0.2",
                "192.0.2.256",
                "192.0.2.1/",
                "/24",
                "192.0.2.0/33",
                "::/129",
                "192.0.2.0/-1",
                "192.0.2.0/24/24",
                "!::1",
                "192.0.2.1 ",
                " 192.0.2.1",
                "192.0.2.1:25",
                "[::1]",
                "::1%lo",
                "1.2.3.4 ; 5.6.7.8",
                "net-lsearch;/etc/hosts",
                "@[]",
                "192.0.2.0/024x",
                "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000",
        };

        for (size_t i = 0; i < ELEMENTS_OF(texts); i++)
                assert_refused(texts[i], HOST_E_SYNTAX);
}

static void test_bits_behind_the_prefix_are_refused(void) {
        assert_refused("192.0.2.1/24", HOST_E_BITS);
        assert_refused("192.0.2.0/22", HOST_E_BITS);
        assert_refused("2001:db8::1/64", HOST_E_BITS);
        assert_refused("128.0.0.0/0", HOST_E_BITS);
}

static void test_mapped_addresses_are_refused(void) {
        assert_refused("::ffff:192.0.2.1", HOST_E_MAPPED);
        assert_refused("::FFFF:192.0.2.0/120", HOST_E_MAPPED);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

#define ADD(name) g_test_add_func("/host/" #name, test_##name)
        ADD(addresses_have_one_form);
        ADD(networks_keep_their_prefix);
        ADD(prefix_of_the_whole_address_goes);
        ADD(what_is_no_address_is_refused);
        ADD(bits_behind_the_prefix_are_refused);
        ADD(mapped_addresses_are_refused);
#undef ADD

        return g_test_run();
}
