/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "bus/rights.h"
#include "smtp-restrictions/smtp-restrictions.h"

#define ENABLE     SMTP_RESTRICTIONS_ACTION_ENABLE
#define DISABLE    SMTP_RESTRICTIONS_ACTION_DISABLE
#define SET_POLICY SMTP_RESTRICTIONS_ACTION_SET_POLICY
#define SET_LIMITS SMTP_RESTRICTIONS_ACTION_SET_MAIL_LIMITS

typedef struct RightsCase {
        const char *claim;
        JobKind kind;
        const char *method; /* the action of a method that has one */
        bool replace;
        bool reset;
        bool enabled;
        PolicyKey keys[3];
        size_t key_count;
        const char *needs[3];
} RightsCase;

/* clang-format off */
static const RightsCase cases[] = {
        { .claim = "enabling-is-a-right-of-its-own", .enabled = true,
          .keys = { POLICY_KEY_ENABLED }, .key_count = 1, .needs = { ENABLE } },
        { .claim = "disabling-is-another",
          .keys = { POLICY_KEY_ENABLED }, .key_count = 1, .needs = { DISABLE } },
        { .claim = "limits-are-a-right-of-their-own",
          .keys = { POLICY_KEY_MAIL_LIMITS }, .key_count = 1, .needs = { SET_LIMITS } },
        { .claim = "giving-limits-back-is-changing-them", .reset = true, .needs = { SET_LIMITS } },
        { .claim = "another-key-is-the-policy",
          .keys = { POLICY_KEY_CONTACT }, .key_count = 1, .needs = { SET_POLICY } },
        { .claim = "a-call-without-keys-is-the-policy", .needs = { SET_POLICY } },
        { .claim = "all-that-is-named-is-needed", .enabled = true,
          .keys = { POLICY_KEY_ENABLED, POLICY_KEY_MAIL_LIMITS, POLICY_KEY_OBSERVE },
          .key_count = 3, .needs = { ENABLE, SET_LIMITS, SET_POLICY } },
        { .claim = "a-method-has-its-action", .method = ENABLE, .needs = { ENABLE } },
        { .claim = "set-policy-with-limits-needs-both", .method = SET_POLICY,
          .keys = { POLICY_KEY_MAIL_LIMITS }, .key_count = 1, .needs = { SET_POLICY, SET_LIMITS } },
        { .claim = "set-policy-without-limits-does-not", .method = SET_POLICY,
          .keys = { POLICY_KEY_OBSERVE }, .key_count = 1, .needs = { SET_POLICY } },
        { .claim = "replacing-is-giving-limits-back-too", .method = SET_POLICY, .replace = true,
          .needs = { SET_POLICY, SET_LIMITS } },
        { .claim = "a-past-policy-may-have-other-limits", .kind = JOB_ROLLBACK,
          .method = SET_POLICY, .needs = { SET_POLICY, SET_LIMITS } },
};
/* clang-format on */

static void test_what_a_call_needs(const void *userdata) {
        const RightsCase *c = userdata;
        CLEANUP(job_request_done) JobRequest request = { .kind = c->kind };
        const char *needs[3] = {};

        policy_change_init(&request.change);
        request.change.replace = c->replace;
        request.change.reset[MAIL_LIMIT_SMTP_ACCEPT_MAX] = c->reset;
        request.change.values.enabled = c->enabled;
        for (size_t i = 0; i < c->key_count; i++)
                request.change.named[c->keys[i]] = true;

        rights_of_job(c->method, &request, needs);
        for (size_t i = 0; i < ELEMENTS_OF(needs); i++)
                g_assert_cmpstr(needs[i], ==, c->needs[i]);
        g_assert_true(rights_change_is_empty(&request.change) == (c->key_count == 0));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < ELEMENTS_OF(cases); i++) {
                g_autofree char *path = g_strconcat("/rights/", cases[i].claim, NULL);

                g_test_add_data_func(path, &cases[i], test_what_a_call_needs);
        }
        return g_test_run();
}
