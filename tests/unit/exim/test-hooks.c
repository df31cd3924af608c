/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>

#include "exim/edit.h"
#include "exim/hooks.h"
#include "util/text.h"

static char local_domains[] = "local_domains", relay_to_domains[] = "relay_to_domains";
static char *own_domains[] = { local_domains, relay_to_domains };
static char network[] = "192.0.2.0/24", address[] = "2001:db8::1";
static char *exceptions[] = { network, address };

static EximHookFacts facts_of(char *value) {
        return (EximHookFacts){
                .values = { [EXIM_HOOK_RCPT] = value },
                .own_domains = { .items = own_domains, .count = 2 },
                .has_auth = true,
        };
}

static const MailLimits require_auth = {
        .set = { [MAIL_LIMIT_REQUIRE_AUTH] = true },
        .value = { [MAIL_LIMIT_REQUIRE_AUTH] = 1 },
};

static EximHooks render(char *value, const MailLimits *limits, const char *contact) {
        const EximHookFacts facts = facts_of(value);
        EximHooks hooks = {};

        g_assert_cmpint(exim_hooks_render(&facts, limits, contact, NULL, &hooks, NULL), ==, 0);
        return hooks;
}

static void test_without_a_wish_there_is_no_hook(void) {
        const MailLimits off = { .set = { [MAIL_LIMIT_REQUIRE_AUTH] = true } };
        CLEANUP(exim_hooks_done) EximHooks hooks = {};
        EximSettings settings;

        g_assert_false(exim_hooks_are_wanted(&off));
        hooks = render((char[]){ "" }, &off, NULL);
        g_assert_cmpuint(hooks.acl_count, ==, 0);
        settings = exim_settings_of_limits(&off);
        exim_hooks_append_settings(&hooks, EXIM_LAYOUT_SINGLE, &settings);
        g_assert_cmpuint(settings.count, ==, 0);
}

static void test_rules_let_pass_who_may_relay(void) {
        MailLimits limits = require_auth;
        CLEANUP(exim_hooks_done) EximHooks hooks = {};

        limits.set[MAIL_LIMIT_RELAY_EXCEPTIONS] = true;
        limits.lists[MAIL_LIMIT_RELAY_EXCEPTIONS] = (StringList){ .items = exceptions, .count = 2 };
        hooks = render((char[]){ "acl_check_rcpt" }, &limits, "https://a.test/?b=$c\\d\xc3\xa4");

        g_assert_cmpuint(hooks.acl_count, ==, 2);
        g_assert_nonnull(
                        strstr(hooks.acls[0].text,
                               "\naccept authenticated = *\n"
                               "accept hosts = :\n"
                               "accept hosts = <; 127.0.0.0/8 ; ::1 ; @[]\n"
                               "accept hosts = <; 192.0.2.0/24 ; 2001:db8::1\n"
                               "accept domains = +local_domains : +relay_to_domains\n"
                               "deny   message = 5.7.1 authentication required; contact "
                               "https://a.test/?b=\\$c\\\\d??\n"));
}

static void test_wrapper_asks_the_administrators_acl_first(void) {
        CLEANUP(exim_hooks_done)
        EximHooks hooks = render((char[]){ "acl_check_rcpt" }, &require_auth, NULL);
        g_autofree char *wanted = g_strdup_printf(
                        "\naccept endpass\n       acl = acl_check_rcpt\n       acl = %s\n",
                        hooks.acls[0].path);

        g_assert_true(g_str_has_suffix(hooks.acls[1].text, wanted));
        g_assert_nonnull(strstr(
                        hooks.acls[1].text, "# Without it: acl_smtp_rcpt = acl_check_rcpt\n"));
        g_assert_cmpstr(hooks.values[EXIM_HOOK_RCPT], ==, hooks.acls[1].path);
        g_assert_true(g_str_has_prefix(hooks.acls[0].path, EXIM_ACL_DIRECTORY "/rcpt-rules-"));
        g_assert_true(g_str_has_prefix(hooks.acls[1].path, EXIM_ACL_DIRECTORY "/rcpt-"));
}

static void test_expansion_is_computed_before_it_is_asked(void) {
        CLEANUP(exim_hooks_done)
        EximHooks hooks = render((char[]){ "${if eq{a}{b} {c}{d e}}" }, &require_auth, NULL);

        g_assert_nonnull(strstr(
                        hooks.acls[1].text,
                        "\nwarn   set acl_m_smtp_restrictions_rcpt = ${if eq{a}{b} {c}{d e}}\n"
                        "accept endpass\n       acl = $acl_m_smtp_restrictions_rcpt\n"));
}

static void test_another_text_has_another_name(void) {
        CLEANUP(exim_hooks_done) EximHooks a = render((char[]){ "a" }, &require_auth, NULL);
        CLEANUP(exim_hooks_done) EximHooks b = render((char[]){ "/b" }, &require_auth, NULL);
        CLEANUP(exim_hooks_done) EximHooks c = render((char[]){ "a" }, &require_auth, "c");

        g_assert_cmpstr(a.acls[0].path, ==, b.acls[0].path);
        g_assert_cmpstr(a.acls[1].path, !=, b.acls[1].path);
        g_assert_cmpstr(a.acls[0].path, !=, c.acls[0].path);
        g_assert_cmpstr(a.acls[1].path, !=, c.acls[1].path);
}

static void test_value_that_cannot_be_wrapped_is_refused(void) {
        static const struct {
                const char *value, *words;
        } wrong[] = {
                { "",
                  "RequireAuth: acl_smtp_rcpt is not set in Exim's own configuration, so Exim "
                  "refuses every recipient" },
                { "accept hosts = *",
                  "acl_smtp_rcpt = accept hosts = *: move the conditions into" },
                { "${if a\\n}", "give the ACL a plain name" },
                { "acl\xc3\xa4", "give the ACL a plain name" },
        };

        for (size_t i = 0; i < ELEMENTS_OF(wrong); i++) {
                CLEANUP(failure_done) Failure failure = {};
                g_autofree char *value = g_strdup(wrong[i].value);
                const EximHookFacts facts = facts_of(value);
                EximHooks hooks;

                g_assert_cmpint(exim_hooks_render(
                                                &facts,
                                                &require_auth,
                                                NULL,
                                                NULL,
                                                &hooks,
                                                &failure),
                                ==,
                                -EOPNOTSUPP);
                g_assert_cmpint(failure.code, ==, FAILURE_EXIM_CONFIG_UNSUPPORTED);
                g_assert_nonnull(strstr(failure.text, wrong[i].words));
        }
}

static void test_own_mail_that_cannot_be_told_is_refused(void) {
        CLEANUP(failure_done) Failure failure = {};
        EximHookFacts facts = facts_of((char[]){ "a" });
        EximHooks hooks;

        facts.own_domains.count = 0;
        g_assert_cmpint(exim_hooks_render(&facts, &require_auth, NULL, NULL, &hooks, &failure),
                        ==,
                        -EOPNOTSUPP);
        g_assert_nonnull(strstr(failure.text, "domainlist local_domains = "));
}

static void test_nobody_who_can_log_in_is_told(void) {
        EximHookFacts facts = facts_of((char[]){ "a" });
        CLEANUP(exim_hooks_done) EximHooks hooks = {};

        facts.has_auth = false;
        g_assert_cmpint(exim_hooks_render(&facts, &require_auth, NULL, NULL, &hooks, NULL), ==, 0);
        g_assert_true(hooks.locks_out);
}

/* Edit a text, and give it back. */
static char *edit_and_strip(const char *text, EximLayout layout) {
        CLEANUP(exim_hooks_done) EximHooks hooks = render((char[]){ "a" }, &require_auth, NULL);
        EximSettings settings = exim_settings_of_limits(&require_auth);
        CLEANUP(exim_stripped_done) EximStripped stripped = {};
        EximEditPlace place;
        size_t size;
        char *edited;

        exim_hooks_append_settings(&hooks, layout, &settings);
        g_assert_cmpint(exim_edit(text, strlen(text), &settings, &edited, &size, &place), ==, 0);
        g_assert_cmpint(exim_strip(edited, size, &stripped, &place), ==, 0);
        g_assert_cmpstr(stripped.text, ==, text);
        return edited;
}

static void test_pointer_takes_the_place_of_the_value(void) {
        g_autofree char *option =
                        edit_and_strip("a = b\nacl_smtp_rcpt = x\nc = d\n", EXIM_LAYOUT_SINGLE);
        g_autofree char *macro = edit_and_strip(
                        "MAIN_ACL_CHECK_RCPT = x\nc = d\n", EXIM_LAYOUT_DEBIAN_UNSPLIT);

        g_assert_nonnull(strstr(
                        option,
                        "\n#= acl_smtp_rcpt = x\nacl_smtp_rcpt = " EXIM_ACL_DIRECTORY "/rcpt-"));
        g_assert_nonnull(
                        strstr(macro,
                               "\n#= MAIN_ACL_CHECK_RCPT = x\n"
                               "MAIN_ACL_CHECK_RCPT = " EXIM_ACL_DIRECTORY "/rcpt-"));
}

static void test_macro_of_an_earlier_file_is_redefined(void) {
        g_autofree char *text = edit_and_strip("", EXIM_LAYOUT_DEBIAN_SPLIT);

        g_assert_nonnull(strstr(text, "\n.ifdef MAIN_ACL_CHECK_RCPT\nMAIN_ACL_CHECK_RCPT == /"));
        g_assert_nonnull(strstr(text, "\n.else\nMAIN_ACL_CHECK_RCPT = /"));
        g_assert_nonnull(strstr(text, "\n.endif\n"));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

#define ADD(name) g_test_add_func("/hooks/" #name, test_##name)
        ADD(without_a_wish_there_is_no_hook);
        ADD(rules_let_pass_who_may_relay);
        ADD(wrapper_asks_the_administrators_acl_first);
        ADD(expansion_is_computed_before_it_is_asked);
        ADD(another_text_has_another_name);
        ADD(value_that_cannot_be_wrapped_is_refused);
        ADD(own_mail_that_cannot_be_told_is_refused);
        ADD(nobody_who_can_log_in_is_told);
        ADD(pointer_takes_the_place_of_the_value);
        ADD(macro_of_an_earlier_file_is_redefined);
#undef ADD

        return g_test_run();
}
