/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "expect.h"
#include "policy/policy-text.h"
#include "util/text.h"

#define EMPTY                                                                                      \
        "{\n"                                                                                      \
        "    \"Version\": 1,\n"                                                                    \
        "    \"Enabled\": false,\n"                                                                \
        "    \"Observe\": false\n"                                                                 \
        "}\n"

static const char full_text[] = "{\n"
                                "    \"Version\": 1,\n"
                                "    \"Enabled\": true,\n"
                                "    \"PortVerdicts\": {\n"
                                "        \"25\": \"redirect\",\n"
                                "        \"2525\": \"reject\"\n"
                                "    },\n"
                                "    \"Observe\": true,\n"
                                "    \"AllowedUsers\": [\n"
                                "        \"backup\",\n"
                                "        \"j\xc3\xb6rg\"\n"
                                "    ],\n"
                                "    \"AllowedGroups\": [\n"
                                "        \"DOMAIN\\\\staff\"\n"
                                "    ],\n"
                                "    \"CutExisting\": false,\n"
                                "    \"Contact\": \"https://example.net/\",\n"
                                "    \"MailLimits\": {\n"
                                "        \"SmtpAcceptMax\": 50,\n"
                                "        \"SmtpAcceptMaxPerHost\": 0,\n"
                                "        \"SmtpAcceptReserve\": 5,\n"
                                "        \"SmtpReserveHosts\": [\n"
                                "            \"192.0.2.0/24\",\n"
                                "            \"2001:db8::1\"\n"
                                "        ],\n"
                                "        \"RecipientsMax\": 1000000,\n"
                                "        \"MessageSizeLimit\": 2146435072\n"
                                "    }\n"
                                "}\n";

static int read_text(const char *text, Policy *ret, TextPosition *where, Failure *failure) {
        /* an exact copy, so that the address sanitizer sees a read beyond the end */
        CLEANUP(freep) char *copy = g_memdup2(text, strlen(text));

        return policy_from_text(copy ?: "", strlen(text), ret, where, failure);
}

static void read_good(const char *text, Policy *ret) {
        CLEANUP(failure_done) Failure failure = {};
        TextPosition where;

        if (read_text(text, ret, &where, &failure) != 0)
                g_error("%s", failure.text);
}

static char *write_text(const Policy *policy) {
        char *text;
        size_t size;

        g_assert_cmpint(policy_to_text(policy, &text, &size), ==, 0);
        g_assert_cmpuint(strlen(text), ==, size);
        return text;
}

static void test_defaults_are_short(void) {
        CLEANUP(policy_done) Policy policy = {};
        CLEANUP(freep) char *text = NULL;

        policy_init(&policy);
        text = write_text(&policy);
        g_assert_cmpstr(text, ==, EMPTY);
}

static void test_empty_object_is_the_defaults(void) {
        CLEANUP(policy_done) Policy policy = {}, defaults = {};

        policy_init(&defaults);
        read_good("{}", &policy);
        g_assert_true(policy_equal(&policy, &defaults));
}

static void test_canonical_text_is_the_contract(void) {
        CLEANUP(policy_done) Policy policy = {};
        CLEANUP(freep) char *text = NULL;

        read_good(full_text, &policy);
        text = write_text(&policy);
        g_assert_cmpstr(text, ==, full_text);
}

static void test_every_key_is_read(void) {
        CLEANUP(policy_done) Policy policy = {};

        read_good(full_text, &policy);
        g_assert_true(policy.enabled);
        g_assert_true(policy.port_verdicts_set);
        g_assert_cmpuint(policy.port_verdicts.count, ==, 2);
        g_assert_cmpuint(policy.port_verdicts.entries[1].port, ==, 2525);
        g_assert_true(policy.observe);
        g_assert_cmpuint(policy.allowed_users.count, ==, 2);
        g_assert_cmpstr(policy.allowed_groups.items[0], ==, "DOMAIN\\staff");
        g_assert_cmpint(policy.cut_existing, ==, TRISTATE_FALSE);
        g_assert_cmpstr(policy.contact, ==, "https://example.net/");
        g_assert_cmpuint(policy.mail_limits.value[MAIL_LIMIT_SMTP_ACCEPT_MAX], ==, 50);
        g_assert_cmpuint(policy.mail_limits.value[MAIL_LIMIT_RECIPIENTS_MAX], ==, 1000000);
}

static void test_any_order_and_blanks_become_canonical(void) {
        CLEANUP(policy_done) Policy policy = {};
        CLEANUP(freep) char *text = NULL;

        read_good("\t{\"MailLimits\":{\"MessageSizeLimit\":2146435072,"
                  "\"SmtpReserveHosts\":[\"2001:DB8:0::1/128\",\"192.0.2.0/24\"],"
                  "\"SmtpAcceptReserve\":5,\"RecipientsMax\":1000000,\"SmtpAcceptMaxPerHost\":0,"
                  "\"SmtpAcceptMax\":50},\"Contact\":\"https:\\/\\/example.net/\","
                  "\"CutExisting\":false,\r\n\"AllowedGroups\":[\"DOMAIN\\\\staff\"],"
                  "\"AllowedUsers\":[\"j\\u00f6rg\",\"backup\",\"backup\"],"
                  "\"\\u004fbserve\":true,"
                  "\"PortVerdicts\":{\"2525\":\"reject\",\"25\":\"redirect\"},\"Enabled\":true}",
                  &policy);
        text = write_text(&policy);
        g_assert_cmpstr(text, ==, full_text);
}

static void test_empty_contact_and_lists_are_unset(void) {
        CLEANUP(policy_done) Policy policy = {};
        CLEANUP(freep) char *text = NULL;

        read_good("{\"Contact\":\"\",\"AllowedUsers\":[],\"AllowedGroups\":[],\"MailLimits\":{}}",
                  &policy);
        text = write_text(&policy);
        g_assert_cmpstr(text, ==, EMPTY);
}

static void test_cut_existing_has_three_states(void) {
        CLEANUP(policy_done) Policy cut = {}, kept = {}, unset = {};

        read_good("{\"CutExisting\": true}", &cut);
        read_good("{\"CutExisting\": false}", &kept);
        read_good("{\"Version\": 1}", &unset);
        g_assert_cmpint(cut.cut_existing, ==, TRISTATE_TRUE);
        g_assert_cmpint(kept.cut_existing, ==, TRISTATE_FALSE);
        g_assert_cmpint(unset.cut_existing, ==, TRISTATE_UNSET);
}

typedef struct WrongText {
        const char *text;
        unsigned line, column;
        FailureCode code;
        const char *begin; /* of the failure's text */
} WrongText;

static void expect_wrong(const WrongText *wrong, size_t count) {
        for (size_t i = 0; i < count; i++) {
                CLEANUP(failure_done) Failure failure = {};
                CLEANUP(policy_done) Policy policy = {};
                TextPosition where = {};
                int r;

                policy_init(&policy);
                r = read_text(wrong[i].text, &policy, &where, &failure);
                if (r != POLICY_TEXT_E_INVALID || failure.code != wrong[i].code ||
                    !g_str_has_prefix(failure.text, wrong[i].begin) ||
                    where.line != wrong[i].line || where.column != wrong[i].column)
                        g_error("%s: %d at %u:%u, %d: %s",
                                wrong[i].text,
                                r,
                                where.line,
                                where.column,
                                failure.code,
                                failure.text);
        }
}

/* clang-format off */
static void test_no_json_is_told_with_its_place(void) {
        static const WrongText wrong[] = {
                { "", 1, 1, FAILURE_INVALID_VALUE, "not JSON: " },
                { "{\n\"Enabled\": tru}", 2, 14, FAILURE_INVALID_VALUE, "not JSON: invalid token near 'tru'" },
                { "{\n\n  \"Enabled\" true}", 3, 16, FAILURE_INVALID_VALUE, "not JSON: ':' expected near 'true'" },
                { "{}\n{}", 2, 1, FAILURE_INVALID_VALUE, "not JSON: end of file expected near '{'" },
                { "true", 1, 4, FAILURE_INVALID_VALUE, "not JSON: '[' or '{' expected" },
                { "{\"Observe\": true,\n \"Observe\": true}", 2, 10, FAILURE_INVALID_VALUE, "not JSON: duplicate object key near '\"Observe\"'" },
                { "{\"MailLimits\": {\"RecipientsMax\": 1, \"RecipientsMax\": 2}}", 1, 51, FAILURE_INVALID_VALUE, "not JSON: duplicate object key" },
                { "{\"Contact\": \"\xc3\xa4\xff\"}", 1, 16, FAILURE_INVALID_VALUE, "not JSON: unable to decode byte 0xff" },
                { "{\"Contact\": \"\xc0\xaf\"}", 1, 14, FAILURE_INVALID_VALUE, "not JSON: unable to decode byte 0xc0" },
                { "{\"Contact\": \"\\u0000\"}", 1, 20, FAILURE_INVALID_VALUE, "not JSON: \\x5cu0000 is not allowed" },
                { "{\"Contact\": \"a\nb\"}", 1, 14, FAILURE_INVALID_VALUE, "not JSON: unexpected newline near '\"a'" },
                { "\xef\xbb\xbf{}", 1, 3, FAILURE_INVALID_VALUE, "not JSON: '[' or '{' expected near '\\xef\\xbb\\xbf'" },
                { "{\"MailLimits\": {\"SmtpAcceptMax\": 99999999999999999999}}", 1, 53, FAILURE_INVALID_VALUE, "not JSON: too big integer" },
        };

        expect_wrong(wrong, ELEMENTS_OF(wrong));
}

static void test_unknown_key_is_told_with_its_place(void) {
        static const WrongText wrong[] = {
                { "{\n    \"Enable\": true}", 2, 5, FAILURE_UNKNOWN_KEY, "Enable: there is no such key; there are Enabled, " },
                { "{\"Enabled\": true,\n\t\"SharedCounters\": \"/x\"}", 2, 2, FAILURE_INVALID_VALUE, "SharedCounters: begins neither with redis:// nor with rediss://" },
                { "{\"MailLimits\":\n  {\"Recipients\": 1}}", 2, 4, FAILURE_UNKNOWN_KEY, "Recipients: there is no such key; there are SmtpAcceptMax, " },
                { "{\"MailLimits\": {\"RequireAuth\": 1}}", 1, 17, FAILURE_INVALID_VALUE, "RequireAuth: is not true or false" },
                { "{\"\": true}", 1, 2, FAILURE_UNKNOWN_KEY, ": there is no such key" },
                { "{\"Version\": 1, \"version\": 1}", 1, 16, FAILURE_UNKNOWN_KEY, "version: " },
        };

        expect_wrong(wrong, ELEMENTS_OF(wrong));
}

static void test_wrong_type_is_told_with_its_place(void) {
        static const WrongText wrong[] = {
                { "\n []", 2, 2, FAILURE_INVALID_VALUE, "policy: is not an object" },
                { "{\"Enabled\": 1}", 1, 2, FAILURE_INVALID_VALUE, "Enabled: is not true or false" },
                { "{\"Observe\": \"true\"}", 1, 2, FAILURE_INVALID_VALUE, "Observe: is not true or false" },
                { "{\"Forwarded\": \"redirect\"}", 1, 2, FAILURE_INVALID_VALUE, "Forwarded: is none of allow, reject and observe" },
                { "{\"Forwarded\": 5}", 1, 2, FAILURE_INVALID_VALUE, "Forwarded: is none of allow, reject and observe" },
                { "{\"ForwardedInterfaces\": [\"a*\"]}", 1, 26, FAILURE_INVALID_VALUE, "ForwardedInterfaces: 'a*' is no name of an interface" },
                { "{\"ForwardedNetworks\": [\"192.0.2.1/24\"]}", 1, 24, FAILURE_INVALID_VALUE, "ForwardedNetworks: '192.0.2.1/24' has bits behind its prefix; write the network's first address" },
                { "{\"ForwardedNetworks\": [\"::/0\"]}", 1, 24, FAILURE_INVALID_VALUE, "ForwardedNetworks: '::/0' is everything; set Forwarded to allow" },
                { "{\"CutExisting\": null}", 1, 2, FAILURE_INVALID_VALUE, "CutExisting: is not true or false" },
                { "{\"Contact\": null}", 1, 2, FAILURE_INVALID_VALUE, "Contact: is not a text" },
                { "{\"PortVerdicts\": []}", 1, 2, FAILURE_INVALID_VALUE, "PortVerdicts: is not an object" },
                { "{\"PortVerdicts\":\n{\"25\": true}}", 2, 2, FAILURE_INVALID_VALUE, "PortVerdicts: is not an object of 'redirect' and 'reject'" },
                { "{\"AllowedUsers\": \"root\"}", 1, 2, FAILURE_INVALID_VALUE, "AllowedUsers: is not an array of names" },
                { "{\"AllowedUsers\": [\"a\",\n 1]}", 2, 2, FAILURE_INVALID_VALUE, "AllowedUsers: is not an array of names" },
                { "{\"AllowedGroups\": {}}", 1, 2, FAILURE_INVALID_VALUE, "AllowedGroups: is not an array of names" },
                { "{\"MailLimits\": []}", 1, 2, FAILURE_INVALID_VALUE, "MailLimits: is not an object" },
                { "{\"MailLimits\": {\"SmtpAcceptMax\": 1.0}}", 1, 17, FAILURE_INVALID_VALUE, "SmtpAcceptMax: is not an integer" },
                { "{\"MailLimits\": {\"SmtpAcceptMax\": null}}", 1, 17, FAILURE_INVALID_VALUE, "SmtpAcceptMax: is not an integer" },
        };

        expect_wrong(wrong, ELEMENTS_OF(wrong));
}

static void test_value_out_of_bounds_is_told_with_its_place(void) {
        static const WrongText wrong[] = {
                { "{\"MailLimits\":\n    {\"SmtpAcceptMax\": 100001}}", 2, 6, FAILURE_INVALID_VALUE, "SmtpAcceptMax: 100001 is not between 0 and 100000" },
                { "{\"MailLimits\": {\"MessageSizeLimit\": 2146435073}}", 1, 17, FAILURE_INVALID_VALUE, "MessageSizeLimit: 2146435073 is not between 1024 and 2146435072" },
                { "{\"MailLimits\": {\"SmtpReserveHosts\": \"::1\"}}", 1, 17, FAILURE_INVALID_VALUE, "SmtpReserveHosts: is not an array of addresses" },
                { "{\"MailLimits\": {\"SmtpReserveHosts\": []}}", 1, 17, FAILURE_INVALID_VALUE, "SmtpReserveHosts: 0 entries are not between 1 and 1000" },
                { "{\"MailLimits\": {\"SmtpReserveHosts\": [\"::1\", 7]}}", 1, 45, FAILURE_INVALID_VALUE, "SmtpReserveHosts: is not an array of addresses" },
                { "{\"MailLimits\": {\"SmtpReserveHosts\": [\"a\"]}}", 1, 17, FAILURE_INVALID_VALUE, "SmtpReserveHosts: 'a' is neither" },
                { "{\"MailLimits\": {\"RecipientsMax\": -1}}", 1, 17, FAILURE_INVALID_VALUE, "RecipientsMax: -1 is not between 1 and 1000000" },
                { "{\"PortVerdicts\": {}}", 1, 2, FAILURE_INVALID_VALUE, "PortVerdicts: 0 entries are not between 1 and 32" },
                { "{\"PortVerdicts\": {\"25\": \"reject\",\n\"smtp\": \"reject\"}}", 2, 1, FAILURE_INVALID_VALUE, "PortVerdicts: 'smtp' is not a port, 1 to 65535" },
                { "{\"PortVerdicts\": {\"65536\": \"reject\"}}", 1, 19, FAILURE_INVALID_VALUE, "PortVerdicts: '65536' is not a port, 1 to 65535" },
                { "{\"PortVerdicts\": {\"25\": \"drop\"}}", 1, 19, FAILURE_INVALID_VALUE, "PortVerdicts: 'drop' of port 25 is neither" },
                { "{\"PortVerdicts\": {\"25\": \"reject\",\n \"025\": \"reject\"}}", 2, 2, FAILURE_INVALID_VALUE, "PortVerdicts: port 25 is there twice" },
                { "{\"AllowedUsers\": [\n  \"jane\",\n  \"joe/x\"]}", 3, 3, FAILURE_INVALID_VALUE, "AllowedUsers: 'joe/x' holds '/' or ':'" },
                { "{\"AllowedGroups\": [\"\"]}", 1, 20, FAILURE_INVALID_VALUE, "AllowedGroups: '' is empty" },
                { "{\"Contact\": \"a\\nb\"}", 1, 2, FAILURE_INVALID_VALUE, "Contact: 'a\\x0ab' holds a control character" },
                { "{\"Enabled\": true,\n\"MailLimits\": {\"SmtpAcceptMax\": 0, \"SmtpAcceptMaxPerHost\": 5}}", 2, 1, FAILURE_INVALID_VALUE, "SmtpAcceptMax: 0 (no limit) is not possible" },
                { "{\"Observe\": true,\n \"Version\": 0}", 2, 2, FAILURE_INVALID_VALUE, "Version: is not 1" },
                { "{\"Version\": \"2\"}", 1, 2, FAILURE_INVALID_VALUE, "Version: is not 1" },
                { "{\"Version\": null}", 1, 2, FAILURE_INVALID_VALUE, "Version: is not 1" },
                { "{\"Version\": 1.0}", 1, 2, FAILURE_INVALID_VALUE, "Version: is not 1" },
        };

        expect_wrong(wrong, ELEMENTS_OF(wrong));
}
/* clang-format on */

static void test_nul_in_the_text_is_refused(void) {
        static const char *const texts[] = { "{}\0", "{\0}", "{\"Contact\": \"a\0b\"}" };
        static const size_t sizes[] = { 3, 3, 17 };

        for (size_t i = 0; i < ELEMENTS_OF(texts); i++) {
                CLEANUP(failure_done) Failure failure = {};
                CLEANUP(policy_done) Policy policy = {};
                TextPosition where;

                g_assert_cmpint(policy_from_text(texts[i], sizes[i], &policy, &where, &failure),
                                ==,
                                POLICY_TEXT_E_INVALID);
                g_assert_true(g_str_has_prefix(failure.text, "not JSON: "));
        }
}

static void test_newer_version_is_told_before_anything_else(void) {
        static const char *const texts[] = {
                "{\n \"Version\": 2}",
                "{\"Unknown\": 1, \"Enabled\": 7,\n \"Version\": 9223372036854775807}",
        };

        for (size_t i = 0; i < ELEMENTS_OF(texts); i++) {
                CLEANUP(failure_done) Failure failure = {};
                CLEANUP(policy_done) Policy policy = {};
                TextPosition where = {};

                g_assert_cmpint(read_text(texts[i], &policy, &where, &failure),
                                ==,
                                POLICY_TEXT_E_NEWER);
                g_assert_true(g_str_has_prefix(failure.text, "Version: "));
                g_assert_true(g_str_has_suffix(
                                failure.text,
                                " is newer than 1, the newest that this program knows"));
                g_assert_cmpuint(where.line, ==, 2);
                g_assert_cmpuint(where.column, ==, 2);
        }
}

static void test_deep_text_is_refused(void) {
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(policy_done) Policy policy = {};
        CLEANUP(freep) char *text = g_malloc(1000001);
        TextPosition where;

        memset(text, '[', 1000000);
        text[1000000] = 0;
        g_assert_cmpint(read_text(text, &policy, &where, &failure), ==, POLICY_TEXT_E_INVALID);
        g_assert_true(g_str_has_prefix(failure.text, "not JSON: maximum parsing depth reached"));
}

static void test_too_large_text_is_refused_unread(void) {
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(policy_done) Policy policy = {};
        TextPosition where = {};

        /* nothing is there to be read */
        g_assert_cmpint(policy_from_text("", POLICY_TEXT_SIZE_MAX + 1, &policy, &where, &failure),
                        ==,
                        POLICY_TEXT_E_INVALID);
        g_assert_cmpint(failure.code, ==, FAILURE_INVALID_VALUE);
        g_assert_cmpstr(failure.text, ==, "the text of 33554433 bytes is longer than 33554432");
        g_assert_cmpuint(where.line, ==, 1);
        g_assert_cmpuint(where.column, ==, 1);
}

static void test_list_beyond_its_bound_is_refused(void) {
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(policy_done) Policy policy = {};
        CLEANUP(freep) char *data = NULL;
        CLEANUP(text_done) Text text = {};
        TextPosition where = {};

        text_append_string(&text, "{\"Enabled\": true,\n\"AllowedUsers\": [\"a\"");
        for (unsigned i = 1; i < 100000; i++)
                text_append_string(&text, ",\"a\"");
        text_append_string(&text, "]}");
        g_assert_cmpint(text_finish(&text, &data, NULL), ==, 0);

        g_assert_cmpint(read_text(data, &policy, &where, &failure), ==, POLICY_TEXT_E_INVALID);
        g_assert_cmpstr(failure.text,
                        ==,
                        "AllowedUsers: 100000 entries are not between 0 and 50000");
        g_assert_cmpuint(where.line, ==, 2);
        g_assert_cmpuint(where.column, ==, 1);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/policy-text/defaults-are-short", test_defaults_are_short);
        g_test_add_func("/policy-text/empty-object-is-the-defaults",
                        test_empty_object_is_the_defaults);
        g_test_add_func("/policy-text/canonical-text-is-the-contract",
                        test_canonical_text_is_the_contract);
        g_test_add_func("/policy-text/every-key-is-read", test_every_key_is_read);
        g_test_add_func("/policy-text/any-order-and-blanks-become-canonical",
                        test_any_order_and_blanks_become_canonical);
        g_test_add_func("/policy-text/empty-contact-and-lists-are-unset",
                        test_empty_contact_and_lists_are_unset);
        g_test_add_func("/policy-text/cut-existing-has-three-states",
                        test_cut_existing_has_three_states);
        g_test_add_func("/policy-text/no-json-is-told-with-its-place",
                        test_no_json_is_told_with_its_place);
        g_test_add_func("/policy-text/unknown-key-is-told-with-its-place",
                        test_unknown_key_is_told_with_its_place);
        g_test_add_func("/policy-text/wrong-type-is-told-with-its-place",
                        test_wrong_type_is_told_with_its_place);
        g_test_add_func("/policy-text/value-out-of-bounds-is-told-with-its-place",
                        test_value_out_of_bounds_is_told_with_its_place);
        g_test_add_func("/policy-text/nul-in-the-text-is-refused", test_nul_in_the_text_is_refused);
        g_test_add_func("/policy-text/newer-version-is-told-before-anything-else",
                        test_newer_version_is_told_before_anything_else);
        g_test_add_func("/policy-text/deep-text-is-refused", test_deep_text_is_refused);
        g_test_add_func("/policy-text/too-large-text-is-refused-unread",
                        test_too_large_text_is_refused_unread);
        g_test_add_func("/policy-text/list-beyond-its-bound-is-refused",
                        test_list_beyond_its_bound_is_refused);
        return g_test_run();
}
