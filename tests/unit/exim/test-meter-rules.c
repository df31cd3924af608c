/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "exim/hook-rules.h"

static char local_domains[] = "local_domains", a_domains[] = "a_domains", b_domains[] = "b_domains";
static char *own_domains[] = { a_domains, b_domains, local_domains };

static const MailLimits per_user = {
        .set = { [MAIL_LIMIT_HOURLY_PER_USER] = true },
        .value = { [MAIL_LIMIT_HOURLY_PER_USER] = 10 },
};

typedef void (*Append)(Text *text, const HookInput *input);

/* With the first `domains` of the above, which have local_domains as the third. */
static char *render(Append append, const MailLimits *limits, size_t domains, char *hold) {
        const EximHookFacts facts = {
                .values = { [EXIM_HOOK_HOLD] = hold },
                .own_domains = { .items = own_domains, .count = domains },
        };
        const HookInput input = { .facts = &facts, .limits = limits };
        CLEANUP(text_done) Text text = {};
        char *rendered;

        append(&text, &input);
        g_assert_cmpint(text_finish(&text, &rendered, NULL), ==, 0);
        return rendered;
}

static MailLimits with(MailLimit limit, uint64_t value) {
        MailLimits limits = per_user;

        limits.set[limit] = true;
        limits.value[limit] = value;
        return limits;
}

static void test_recipient_is_asked_about_only_if_it_may_be_refused(void) {
        const struct {
                MailLimits limits;
                bool asks;
        } cases[] = {
                { per_user, false },
                { with(MAIL_LIMIT_OVER_LIMIT_ACTION, OVER_LIMIT_HOLD), false },
                { with(MAIL_LIMIT_OVER_LIMIT_ACTION, OVER_LIMIT_OBSERVE), false },
                { with(MAIL_LIMIT_OVER_LIMIT_ACTION, OVER_LIMIT_DEFER), true },
                { with(MAIL_LIMIT_OVER_LIMIT_ACTION, OVER_LIMIT_REJECT), true },
                { with(MAIL_LIMIT_DENIED_MAIL_USERS, 0), true },
        };

        for (size_t i = 0; i < ELEMENTS_OF(cases); i++) {
                CLEANUP(freep)
                char *text = render(meter_rules_append_rcpt, &cases[i].limits, 3, NULL);

                g_assert_cmpint(strstr(text, "{P u=") != NULL, ==, cases[i].asks);
        }
}

static void test_variable_that_nothing_has_set_is_not_looked_at(void) {
        CLEANUP(freep) char *data = render(meter_rules_append_data, &per_user, 3, NULL);
        const MailLimits defer = with(MAIL_LIMIT_OVER_LIMIT_ACTION, OVER_LIMIT_DEFER);
        CLEANUP(freep) char *not_smtp = render(meter_rules_append_not_smtp, &defer, 3, NULL);

        g_assert_null(strstr(data, "restrictions_p"));
        g_assert_null(strstr(not_smtp, "restrictions_p"));
}

static void test_local_domains_alone_are_local_where_they_exist(void) {
        CLEANUP(freep) char *with_local = render(meter_rules_append_rcpt, &per_user, 3, NULL);
        CLEANUP(freep) char *without = render(meter_rules_append_rcpt, &per_user, 2, NULL);

        g_assert_true(g_str_has_prefix(with_local, "accept domains = +local_domains\n"));
        g_assert_true(g_str_has_prefix(without, "accept domains = +a_domains : +b_domains\n"));
}

static void assert_hold(char *own, size_t domains, const char *first, const char *last) {
        CLEANUP(freep) char *text = render(meter_rules_append_hold, &per_user, domains, own);

        g_assert_true(g_str_has_prefix(text, first));
        g_assert_true(g_str_has_suffix(text, last));
        g_assert_null(strchr(text, '\n'));
}

static void test_own_hold_domains_follow_with_their_separator(void) {
        assert_hold(NULL, 3, "${if and{", "{! +local_domains : *}}}}}}");
        assert_hold((char[]){ "" }, 2, "${if and{", "{! +a_domains : ! +b_domains : *}}}}}}");
        assert_hold((char[]){ "a.test : b.test" },
                    3,
                    "${if and{",
                    "{! +local_domains : *}}}}}} : a.test : b.test");
        assert_hold((char[]){ " <; a.test ; b.test" },
                    3,
                    "<; ${if and{",
                    "{! +local_domains ; *}}}}}} ;  a.test ; b.test");
        assert_hold((char[]){ "<" }, 3, "${if and{", " : *}}}}}} : <");
}

static size_t count(const char *text, const char *words) {
        size_t found = 0;

        for (const char *at = text; (at = strstr(at, words)); at++)
                found++;
        return found;
}

static void test_each_limit_is_in_the_net(void) {
        MailLimits limits = per_user;
        CLEANUP(freep) char *text = NULL;

        for (MailLimit i = MAIL_LIMIT_HOURLY_PER_DOMAIN; i <= MAIL_LIMIT_DAILY_PER_USER; i++) {
                limits.set[i] = true;
                limits.value[i] = 100 + i;
        }
        text = render(meter_rules_append_data, &limits, 3, NULL);
        g_assert_cmpuint(count(text, "ratelimit = 1"), ==, 6);
        for (MailLimit i = MAIL_LIMIT_HOURLY_PER_DOMAIN; i <= MAIL_LIMIT_DAILY_PER_USER; i++) {
                g_autofree char *words =
                                g_strdup_printf("ratelimit = %u.5 / %s / per_rcpt",
                                                100 + i,
                                                i < MAIL_LIMIT_DAILY_PER_DOMAIN ? "1h" : "1d");

                g_assert_cmpuint(count(text, words), ==, 1);
        }
}

static void test_fallback_is_as_it_was_chosen(void) {
        const MailLimits defer = with(MAIL_LIMIT_METER_FALLBACK, METER_FALLBACK_DEFER);
        const MailLimits observe = with(MAIL_LIMIT_OVER_LIMIT_ACTION, OVER_LIMIT_OBSERVE);
        CLEANUP(freep) char *deferring = render(meter_rules_append_data, &defer, 3, NULL);
        CLEANUP(freep) char *observing = render(meter_rules_append_data, &observe, 3, NULL);

        g_assert_cmpuint(count(deferring, "ratelimit"), ==, 0);
        g_assert_nonnull(strstr(deferring, "\ndefer  message = 4.7.1 "));
        g_assert_false(g_str_has_suffix(deferring, "\naccept\n"));
        g_assert_cmpuint(count(observing, "ratelimit"), ==, 0);
        g_assert_true(g_str_has_suffix(observing, "\naccept\n"));
}

static void test_no_name_is_longer_than_the_meter_reads(void) {
        const MailLimits reject = with(MAIL_LIMIT_OVER_LIMIT_ACTION, OVER_LIMIT_REJECT);
        CLEANUP(freep) char *rcpt = render(meter_rules_append_rcpt, &reject, 3, NULL);
        CLEANUP(freep) char *data = render(meter_rules_append_data, &reject, 3, NULL);

        g_assert_cmpuint(count(rcpt, "${base64:"), ==, 2);
        g_assert_cmpuint(count(rcpt, "${base64:${substr{-1024}{1024}{$"), ==, 2);
        g_assert_cmpuint(count(data, "${base64:"), ==, 2);
        g_assert_cmpuint(count(data, "${base64:${substr{-1024}{1024}{$"), ==, 2);
}

static size_t depth_of(const char *text) {
        size_t depth = 0;

        for (const char *s = text; *s; s++)
                if (*s == '\\' && s[1])
                        s += s[1] == 'N' ? (size_t) (strstr(s + 2, "\\N") + 1 - s) : 1;
                else if (*s == '{')
                        depth++;
                else if (*s == '}')
                        g_assert_cmpuint(depth--, >, 0);
        return depth;
}

static void test_denied_users_are_denied_without_the_meter_too(void) {
        AllowedId ids[] = { { .id = 33 }, { .id = 65534 } };
        const AllowedIds denied = { .items = ids, .count = 2 };
        const EximHookFacts facts = { .own_domains = { .items = own_domains, .count = 3 } };
        const MailLimits defer = with(MAIL_LIMIT_METER_FALLBACK, METER_FALLBACK_DEFER);
        const MailLimits *const limits[] = { &per_user, &defer };

        for (size_t i = 0; i < ELEMENTS_OF(limits); i++) {
                const HookInput input = { &facts, limits[i], .denied = &denied };
                CLEANUP(text_done) Text text = {};
                CLEANUP(freep) char *rendered = NULL;
                const char *deny;

                meter_rules_append_not_smtp(&text, &input);
                g_assert_cmpint(text_finish(&text, &rendered, NULL), ==, 0);
                deny = strstr(rendered, "{inlist{$originator_uid}{33:65534}}}}\n");
                g_assert_nonnull(deny);
                /* behind the question, and before what would let them pass */
                g_assert_null(strstr(deny, "{D $message_exim_id"));
                g_assert_nonnull(strstr(deny, "\ndefer  "));
                g_assert_cmpuint(depth_of(rendered), ==, 0);
        }
}

static void test_braces_are_balanced(void) {
        static const Append appends[] = { meter_rules_append_mail,
                                          meter_rules_append_rcpt,
                                          meter_rules_append_data,
                                          meter_rules_append_not_smtp,
                                          meter_rules_append_hold };
        const MailLimits limits = with(MAIL_LIMIT_OVER_LIMIT_ACTION, OVER_LIMIT_DEFER);

        for (size_t i = 0; i < ELEMENTS_OF(appends); i++) {
                CLEANUP(freep) char *text = render(appends[i], &limits, 3, NULL);

                g_assert_cmpuint(depth_of(text), ==, 0);
        }
}

static void test_mail_after_auth_is_asked_about_for_subjects_and_smtp_auth_alone(void) {
        const MailLimits subjects = { .has_subjects = true };
        const MailLimits enabled = with(MAIL_LIMIT_SMTP_AUTH, SERVER_AUTH_ENABLED);

        g_assert_null(meter_rules_auth_key(&per_user));
        g_assert_cmpstr(meter_rules_auth_key(&subjects), ==, "SmtpAuth");
        g_assert_cmpstr(meter_rules_auth_key(&enabled), ==, "SmtpAuth");
}

static void test_without_an_answer_the_default_on_auth_holds(void) {
        const MailLimits enabled = with(MAIL_LIMIT_SMTP_AUTH, SERVER_AUTH_ENABLED);
        const MailLimits disabled = with(MAIL_LIMIT_SMTP_AUTH, SERVER_AUTH_DISABLED);
        const MailLimits defer = with(MAIL_LIMIT_METER_FALLBACK, METER_FALLBACK_DEFER);
        CLEANUP(freep) char *open = render(meter_rules_append_mail, &enabled, 3, NULL);
        CLEANUP(freep) char *closed = render(meter_rules_append_mail, &disabled, 3, NULL);
        CLEANUP(freep) char *waiting = render(meter_rules_append_mail, &defer, 3, NULL);

        g_assert_null(strstr(open, "defer  condition"));
        g_assert_nonnull(strstr(closed, "defer  condition"));
        g_assert_nonnull(strstr(waiting, "defer  condition"));
        g_assert_true(g_str_has_suffix(open, "\naccept\n"));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

#define ADD(name) g_test_add_func("/meter-rules/" #name, test_##name)
        ADD(recipient_is_asked_about_only_if_it_may_be_refused);
        ADD(variable_that_nothing_has_set_is_not_looked_at);
        ADD(local_domains_alone_are_local_where_they_exist);
        ADD(own_hold_domains_follow_with_their_separator);
        ADD(each_limit_is_in_the_net);
        ADD(fallback_is_as_it_was_chosen);
        ADD(no_name_is_longer_than_the_meter_reads);
        ADD(denied_users_are_denied_without_the_meter_too);
        ADD(braces_are_balanced);
        ADD(mail_after_auth_is_asked_about_for_subjects_and_smtp_auth_alone);
        ADD(without_an_answer_the_default_on_auth_holds);
#undef ADD

        return g_test_run();
}
