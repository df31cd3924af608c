/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "ctl/import-overlay.h"
#include "util/json.h"

#define USUAL "\"PortVerdicts\":{\"25\":\"redirect\",\"465\":\"reject\",\"587\":\"reject\"}"

static void assert_overlay(const char *policy, const char *imported, const char *expected) {
        CLEANUP(json_decrefp) json_t *a = json_loads(policy, 0, NULL);
        CLEANUP(json_decrefp) json_t *b = json_loads(imported, 0, NULL);
        CLEANUP(json_decrefp) json_t *result = NULL;
        CLEANUP(freep) char *dump = NULL;

        g_assert_nonnull(a);
        g_assert_nonnull(b);
        result = import_overlay(a, b);
        dump = json_dumps(result, JSON_COMPACT | JSON_SORT_KEYS);
        g_assert_cmpstr(dump, ==, expected);
}

static void test_imported_keys_replace_and_others_stay(void) {
        assert_overlay("{\"AllowedUsers\":[\"a\"],\"Contact\":\"me\",\"Generation\":7}",
                       "{\"AllowedUsers\":[\"b\"],\"Enabled\":true}",
                       "{\"AllowedUsers\":[\"b\"],\"Contact\":\"me\",\"Enabled\":true}");
}

static void test_limits_are_taken_one_by_one(void) {
        assert_overlay("{\"MailLimits\":{\"SmtpAcceptMax\":1,\"RecipientsMax\":2}}",
                       "{\"MailLimits\":{\"RecipientsMax\":3}}",
                       "{\"MailLimits\":{\"RecipientsMax\":3,\"SmtpAcceptMax\":1}}");
        assert_overlay("{}",
                       "{\"MailLimits\":{\"RecipientsMax\":3}}",
                       "{\"MailLimits\":{\"RecipientsMax\":3}}");
}

static void test_defaults_do_not_become_wishes(void) {
        assert_overlay("{\"CutExisting\":true," USUAL "}", "{}", "{}");
        assert_overlay("{\"CutExisting\":false,\"PortVerdicts\":{\"25\":\"reject\"}}",
                       "{}",
                       "{\"PortVerdicts\":{\"25\":\"reject\"}}");
}

static void test_wishes_stay(void) {
        assert_overlay("{\"CutExisting\":false," USUAL "}", "{}", "{\"CutExisting\":false}");
        assert_overlay("{" USUAL "}", "{" USUAL "}", "{" USUAL "}");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

#define TEST(name) g_test_add_func("/ctl/import-overlay/" #name, test_##name)
        TEST(imported_keys_replace_and_others_stay);
        TEST(limits_are_taken_one_by_one);
        TEST(defaults_do_not_become_wishes);
        TEST(wishes_stay);

        return g_test_run();
}
