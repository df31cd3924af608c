/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>
#include <string.h>

#include "core/recovery.h"

/* Any three different files. */
static Digest digest_named(const char *name) {
        return digest_of(name, strlen(name));
}

typedef struct Case {
        const char *claim;
        PolicyFileState file;
        const char *file_name;    /* which content policy.json has */
        const char *applied_name; /* which content was applied; "": none was; NULL: no applied.json
                                   */
        const char *old_name;     /* pending.json, from ... */
        const char *new_name;     /* ... to; NULL: no pending.json */
        bool reload_owed;
        RecoveryTarget target;
        bool pending_verdicts;
        bool problem_set;
        ProblemId problem;
} Case;

static const Case cases[] = {
        { "nothing-was-ever-set",
          POLICY_FILE_MISSING,
          NULL,
          NULL,
          NULL,
          NULL,
          false,
          RECOVERY_DEFAULT },
        { "defaults-were-applied",
          POLICY_FILE_MISSING,
          NULL,
          "",
          NULL,
          NULL,
          false,
          RECOVERY_APPLIED },
        { "nothing-has-changed", POLICY_FILE_VALID, "a", "a", NULL, NULL, false, RECOVERY_FILE },
        { "first-change-died-before-the-commit",
          POLICY_FILE_MISSING,
          NULL,
          "",
          "",
          "a",
          true,
          RECOVERY_APPLIED },
        { "first-change-died-behind-the-commit",
          POLICY_FILE_VALID,
          "a",
          "",
          "",
          "a",
          true,
          RECOVERY_FILE,
          .pending_verdicts = true },
        { "died-before-the-commit", POLICY_FILE_VALID, "a", "a", "a", "b", true, RECOVERY_FILE },
        { "died-behind-the-commit",
          POLICY_FILE_VALID,
          "b",
          "a",
          "a",
          "b",
          true,
          RECOVERY_FILE,
          .pending_verdicts = true },
        { "died-behind-applied", POLICY_FILE_VALID, "b", "b", "a", "b", true, RECOVERY_FILE },
        { "edited-by-hand", POLICY_FILE_VALID, "c", "a", NULL, NULL, false, RECOVERY_EDIT },
        { "edited-by-hand-in-a-crash", POLICY_FILE_VALID, "c", "a", "a", "b", true, RECOVERY_EDIT },
        { "written-before-the-first-start",
          POLICY_FILE_VALID,
          "c",
          NULL,
          NULL,
          NULL,
          false,
          RECOVERY_EDIT },
        { "record-is-lost-with-a-change-pending",
          POLICY_FILE_VALID,
          "b",
          NULL,
          "a",
          "b",
          false,
          RECOVERY_FILE,
          .pending_verdicts = true },
        { "file-is-missing",
          POLICY_FILE_MISSING,
          NULL,
          "a",
          NULL,
          NULL,
          false,
          RECOVERY_APPLIED,
          .problem_set = true,
          .problem = PROBLEM_POLICY_FILE_MISSING },
        { "file-is-invalid",
          POLICY_FILE_INVALID,
          "c",
          "a",
          NULL,
          NULL,
          false,
          RECOVERY_APPLIED,
          .problem_set = true,
          .problem = PROBLEM_POLICY_FILE_INVALID },
        { "file-is-newer",
          POLICY_FILE_NEWER,
          "c",
          "a",
          "a",
          "b",
          true,
          RECOVERY_APPLIED,
          .problem_set = true,
          .problem = PROBLEM_POLICY_FILE_NEWER },
        { "file-is-invalid-and-nothing-is-known",
          POLICY_FILE_INVALID,
          "c",
          NULL,
          NULL,
          NULL,
          false,
          RECOVERY_NOTHING,
          .problem_set = true,
          .problem = PROBLEM_POLICY_FILE_INVALID },
};

static void test_case(gconstpointer data) {
        const Case *c = data;
        Digest file_digest = {};
        Applied applied;
        Pending pending = { .reload_owed = c->reload_owed };
        RecoveryPlan plan;

        applied_init(&applied);
        if (c->file_name)
                file_digest = digest_named(c->file_name);
        if (c->applied_name && c->applied_name[0] != 0)
                applied.policy_digest = digest_named(c->applied_name);
        if (c->old_name && c->old_name[0] != 0)
                pending.old_digest = digest_named(c->old_name);
        if (c->new_name)
                pending.new_digest = digest_named(c->new_name);

        plan =
                        recovery_plan(c->file,
                                      &file_digest,
                                      c->applied_name ? &applied : NULL,
                                      c->new_name ? &pending : NULL);

        g_assert_cmpint(plan.target, ==, c->target);
        g_assert_cmpint(plan.pending_verdicts, ==, c->pending_verdicts);
        g_assert_cmpint(plan.reload_owed, ==, c->reload_owed);
        g_assert_cmpint(plan.problem_set, ==, c->problem_set);
        if (c->problem_set)
                g_assert_cmpint(plan.problem, ==, c->problem);

        applied_done(&applied);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < ELEMENTS_OF(cases); i++) {
                g_autofree char *path = g_strconcat("/recovery/", cases[i].claim, NULL);

                g_test_add_data_func(path, &cases[i], test_case);
        }
        return g_test_run();
}
