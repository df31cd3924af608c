/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <sys/socket.h>

#include "firewall/exception-sets.h"
#include "grant.h"

static void make(const Exceptions *exceptions, ExceptionElements *ret) {
        CLEANUP(subject_ids_done) SubjectIds subjects = {};

        name_subjects(&subjects, 3, 3);
        g_assert_cmpint(make_elements(exceptions, &subjects, ret), ==, 0);
}

/* Every exception's questions are asked in the order in which they are written here. */
static void test_precedence_is_the_order_of_the_sets(void) {
        static const struct {
                const char *subject;
                const char *destination;
                const char *verdict;
        } in_order[] = {
                { "user:u0", "192.0.2.1", "allow" },
                { "group:g0", "192.0.2.1", "reject" },
                { "user:u0", "192.0.2.0/24", "reject" },
                { "user:u1", "192.0.2.0/24", "redirect" },
                { "user:u2", "192.0.2.0/24", "observe" },
                { "user:u0", "192.0.2.0/24", "allow" },
                { "group:g0", "192.0.2.0/24", "reject" },
                { "group:g0", "192.0.2.0/24", "allow" },
                { "user:u0", "0.0.0.0/0", "reject" },
                { "user:u0", "2001:db8::1", "allow" },
                { "user:u0", "2001:db8::/32", "reject" },
                { "user:u0", NULL, "reject" },
                { "user:u0", NULL, "redirect" },
                { "user:u0", NULL, "observe" },
                { "user:u0", NULL, "allow" },
                { "group:g0", NULL, "reject" },
                { "group:g0", NULL, "allow" },
        };

        for (size_t i = 1; i < ELEMENTS_OF(in_order); i++) {
                CLEANUP(exceptions_done) Exceptions exceptions = {};
                CLEANUP(exception_elements_done) ExceptionElements elements = {};
                size_t first = 0;

                for (size_t j = i - 1; j <= i; j++)
                        grant(&exceptions,
                              in_order[j].subject,
                              in_order[j].destination,
                              NULL,
                              in_order[j].verdict,
                              0);
                make(&exceptions, &elements);

                while (question_is_guard(&elements.items[first].question))
                        first++;
                g_assert_cmpuint(elements.items[first].id, ==, 1);
                g_assert_cmpuint(elements.items[elements.count - 1].id, ==, 2);
        }
}

static void assert_rule(
                const char *subject,
                const char *destination,
                bool port,
                bool original,
                const char *type,
                const char *match,
                const char *text) {
        static const uint16_t ports[] = { 25, 0 };
        CLEANUP(exceptions_done) Exceptions exceptions = {};
        CLEANUP(exception_elements_done) ExceptionElements elements = {};
        const ExceptionElement *last;
        char words[QUESTION_TEXT_MAX];

        grant(&exceptions, subject, destination, port ? ports : NULL, "reject", 0);
        make(&exceptions, &elements);
        last = &elements.items[elements.count - 1];

        question_type(&last->question, words);
        g_assert_cmpstr(words, ==, type);
        question_match(&last->question, original, words);
        g_assert_cmpstr(words, ==, match);
        exception_element_text(last, words);
        g_assert_cmpstr(words, ==, text);
}

static void test_what_is_compared_is_what_the_exception_names(void) {
        assert_rule("user:u0", NULL, false, false, "uid", "meta skuid @reject_user", "1000");
        assert_rule("group:g1",
                    NULL,
                    true,
                    false,
                    "gid . inet_service",
                    "meta skgid . tcp dport @reject_group_port",
                    "2001 . 25");
        assert_rule("user:u0",
                    "192.0.2.1",
                    false,
                    false,
                    "uid . ipv4_addr",
                    "meta skuid . ip daddr @reject_user_ip_32",
                    "1000 . 192.0.2.1");
        assert_rule("user:u0",
                    "192.0.2.0/25",
                    true,
                    false,
                    "uid . ipv4_addr . inet_service",
                    "meta skuid . ip daddr & 255.255.255.128 . tcp dport @reject_user_ip_25_port",
                    "1000 . 192.0.2.0 . 25");
        assert_rule("user:u0",
                    "2001:db8::/33",
                    false,
                    true,
                    "uid . ipv6_addr",
                    "meta skuid . ct original ip6 daddr & ffff:ffff:8000:: @reject_user_ip6_33",
                    "1000 . 2001:db8::");
        assert_rule("interface:br-lan.1",
                    "192.0.2.0/25",
                    true,
                    false,
                    "ifname . ipv4_addr . inet_service",
                    "iifname . ip daddr & 255.255.255.128 . tcp dport "
                    "@reject_interface_ip_25_port",
                    "\"br-lan.1\" . 192.0.2.0 . 25");
        assert_rule("interface:eth0",
                    NULL,
                    false,
                    false,
                    "ifname",
                    "iifname @reject_interface",
                    "\"eth0\"");
        assert_rule("user:u0",
                    "::/0",
                    true,
                    false,
                    "uid . inet_service",
                    "meta nfproto ipv6 meta skuid . tcp dport @reject_user_ip6_0_port",
                    "1000 . 25");
}

static void test_of_the_same_element_the_longer_lasting_stays(void) {
        CLEANUP(exceptions_done) Exceptions exceptions = {};
        CLEANUP(exception_elements_done) ExceptionElements elements = {};
        CLEANUP(subject_ids_done) SubjectIds subjects = {};

        /* two names of one uid */
        name_user(&subjects, "a", 7);
        name_user(&subjects, "b", 7);
        grant(&exceptions, "user:a", NULL, NULL, "allow", NOW + 5);
        grant(&exceptions, "user:b", NULL, NULL, "allow", NOW + 6);
        g_assert_cmpint(make_elements(&exceptions, &subjects, &elements), ==, 0);

        /* the guard's and its own */
        g_assert_cmpuint(elements.count, ==, 2);
        for (size_t i = 0; i < elements.count; i++) {
                g_assert_cmpuint(elements.items[i].expires_usec, ==, NOW + 6);
                g_assert_cmpuint(elements.items[i].id, ==, 2);
        }
}

static void test_subject_without_a_number_has_no_element(void) {
        CLEANUP(exceptions_done) Exceptions exceptions = {};
        CLEANUP(exception_elements_done) ExceptionElements elements = {};

        grant(&exceptions, "user:stranger", NULL, NULL, "allow", 0);
        make(&exceptions, &elements);
        g_assert_cmpuint(elements.count, ==, 0);
}

static void test_key_is_what_the_kernel_keeps(void) {
        static const uint16_t ports[] = { 587, 0 };
        CLEANUP(exceptions_done) Exceptions exceptions = {};
        CLEANUP(exception_elements_done) ExceptionElements elements = {};
        const uint32_t uid = 1000;
        uint8_t wanted[12] = { [4] = 192, 0, 2, 1, 587 >> 8, 587 & 0xff };
        uint8_t key[EXCEPTION_KEY_MAX];
        size_t size;

        memcpy(wanted, &uid, sizeof(uid));
        grant(&exceptions, "user:u0", "192.0.2.1", ports, "allow", 0);
        make(&exceptions, &elements);
        size = exception_element_key(&elements.items[elements.count - 1], key);
        g_assert_cmpuint(size, ==, sizeof(wanted));
        g_assert_cmpint(memcmp(key, wanted, sizeof(wanted)), ==, 0);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/exception-sets/precedence-is-the-order-of-the-sets",
                        test_precedence_is_the_order_of_the_sets);
        g_test_add_func("/exception-sets/what-is-compared-is-what-the-exception-names",
                        test_what_is_compared_is_what_the_exception_names);
        g_test_add_func("/exception-sets/of-the-same-element-the-longer-lasting-stays",
                        test_of_the_same_element_the_longer_lasting_stays);
        g_test_add_func("/exception-sets/subject-without-a-number-has-no-element",
                        test_subject_without_a_number_has_no_element);
        g_test_add_func("/exception-sets/key-is-what-the-kernel-keeps",
                        test_key_is_what_the_kernel_keeps);
        return g_test_run();
}
