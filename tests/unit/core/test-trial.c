/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "core/recovery.h"
#include "core/trial.h"
#include "util/text.h"

#define BOOT_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define BOOT_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

#define NOON    (UINT64_C(1763640000) * USEC_PER_SEC) /* when the trial began, ... */
#define UPTIME  (UINT64_C(5000) * USEC_PER_SEC)       /* ... so long after the boot, ... */
#define SECONDS 600                                   /* ... for ten minutes */

static Clock clock_at(const char *boot, int64_t real_seconds, int64_t boot_seconds) {
        Clock now = {
                .realtime_usec =
                                (uint64_t) ((int64_t) NOON + real_seconds * (int64_t) USEC_PER_SEC),
                .boottime_usec =
                                (uint64_t) ((int64_t) UPTIME +
                                            boot_seconds * (int64_t) USEC_PER_SEC),
        };

        (void) strcpy(now.boot_id, boot);
        return now;
}

static void start(TrialInfo *info) {
        const Clock noon = clock_at(BOOT_A, 0, 0);

        trial_start_clock(info, SECONDS, &noon);
}

typedef struct ClockCase {
        const char *claim;
        const char *boot;
        int64_t real_seconds; /* since the beginning, by each clock */
        int64_t boot_seconds;
        unsigned left;
} ClockCase;

static const ClockCase clock_cases[] = {
        { "all-is-left-at-once", BOOT_A, 0, 0, 600 },
        { "some-is-left-later", BOOT_A, 599, 599, 1 },
        { "nothing-is-left-at-the-deadline", BOOT_A, 600, 600, 0 },
        { "nothing-is-left-behind-it", BOOT_A, 6000, 6000, 0 },
        { "a-clock-set-forward-ends-nothing", BOOT_A, 86400, 100, 500 },
        { "a-clock-set-back-prolongs-nothing", BOOT_A, -86400, 600, 0 },
        { "a-clock-set-back-before-the-epoch-is-no-matter", BOOT_A, -1763639999, 100, 500 },
        { "suspended-time-counts", BOOT_A, 700, 700, 0 },
        { "the-clock-counts-after-a-reboot", BOOT_B, 100, -4990, 500 },
        { "the-time-since-boot-does-not-then", BOOT_B, 100, 90000, 500 },
        { "over-while-the-host-was-off", BOOT_B, 600, -4990, 0 },
        { "long-over-while-the-host-was-off", BOOT_B, 999999, -4990, 0 },
        { "a-clock-before-the-beginning-is-wrong", BOOT_B, -1, -4990, 0 },
        { "a-clock-without-battery-is-wrong", BOOT_B, -1763640000, -4990, 0 },
        { "an-unknown-boot-is-another-one", "", 100, 100, 500 },
};

static void test_clock_case(gconstpointer data) {
        const ClockCase *c = data;
        const Clock now = clock_at(c->boot, c->real_seconds, c->boot_seconds);
        TrialInfo info = {};

        start(&info);

        g_assert_cmpuint(trial_left_usec(&info, &now), ==, c->left * USEC_PER_SEC);
}

static void test_two_unknown_boots_are_not_the_same(void) {
        const Clock before = clock_at("", 0, 0), now = clock_at("", 100, 5000);
        TrialInfo info = {};

        trial_start_clock(&info, SECONDS, &before);

        g_assert_cmpuint(trial_left_usec(&info, &now), ==, 500 * USEC_PER_SEC);
}

static void test_an_unchanged_clock_is_not_worth_writing(void) {
        const Clock now = clock_at(BOOT_A, 100, 100);
        TrialInfo info = {};

        start(&info);

        g_assert_false(trial_follow_clock(&info, &now));
        g_assert_cmpuint(info.deadline_usec, ==, NOON + SECONDS * USEC_PER_SEC);
}

static void test_the_deadline_follows_a_clock_that_is_set(void) {
        const Clock now = clock_at(BOOT_A, 86400, 100);
        TrialInfo info = {};

        start(&info);

        g_assert_true(trial_follow_clock(&info, &now));
        g_assert_cmpuint(info.deadline_usec, ==, now.realtime_usec + 500 * USEC_PER_SEC);
        g_assert_cmpuint(trial_left_usec(&info, &now), ==, 500 * USEC_PER_SEC);
}

static void test_a_later_boot_takes_the_deadline_over(void) {
        const Clock there = clock_at(BOOT_B, 100, -4990), jumped = clock_at(BOOT_B, 9999, -4980);
        TrialInfo info = {};

        start(&info);

        g_assert_true(trial_follow_clock(&info, &there));
        /* from there on its own time since boot counts */
        g_assert_cmpuint(trial_left_usec(&info, &jumped), ==, 490 * USEC_PER_SEC);
}

/* Any three different files. */
static Digest digest_named(const char *name) {
        Digest none = {};

        return name && name[0] ? digest_of(name, strlen(name)) : none;
}

typedef struct FindCase {
        const char *claim;
        const char *file;    /* what policy.json holds; NULL: it is missing */
        const char *applied; /* what applied.json came from; NULL: it is missing */
        const char *pending; /* what a change that was pending would have made; NULL: none was */
        TrialFinding early;  /* while there is time left */
        TrialFinding late;
} FindCase;

/* "old" was there before, "tried" is on trial */
static const FindCase find_cases[] = {
        { "in-force", "tried", "tried", NULL, TRIAL_OPEN, TRIAL_OVER },
        { "died-before-the-commit", "old", "old", "tried", TRIAL_NONE, TRIAL_NONE },
        { "died-behind-the-commit", "tried", "old", "tried", TRIAL_OPEN, TRIAL_OVER },
        { "died-behind-applied", "tried", "tried", "tried", TRIAL_OPEN, TRIAL_OVER },
        { "died-before-it-was-taken-back", "tried", "tried", "old", TRIAL_OPEN, TRIAL_OVER },
        { "died-behind-taking-it-back", "old", "tried", "old", TRIAL_NONE, TRIAL_NONE },
        { "died-behind-the-record-of-that", "old", "old", "old", TRIAL_NONE, TRIAL_NONE },
        { "taken-back-but-the-record-stayed", "old", "old", NULL, TRIAL_NONE, TRIAL_NONE },
        { "edited-by-hand", "edit", "tried", NULL, TRIAL_OPEN, TRIAL_OVER },
        { "edited-to-the-old-text", "old", "tried", NULL, TRIAL_OPEN, TRIAL_OVER },
        { "file-is-missing", NULL, "tried", NULL, TRIAL_OPEN, TRIAL_OVER },
        { "record-of-what-is-in-force-is-lost", "tried", NULL, NULL, TRIAL_OPEN, TRIAL_OVER },
        { "nothing-is-left-of-it", "edit", NULL, NULL, TRIAL_NONE, TRIAL_NONE },
};

static TrialFinding find(const FindCase *c, int64_t seconds) {
        const Clock now = clock_at(BOOT_A, seconds, seconds);
        const Digest file = digest_named(c->file);
        Trial trial;
        Applied applied;
        Pending pending = { .new_digest = digest_named(c->pending) };

        trial_init(&trial);
        applied_init(&applied);
        start(&trial.info);
        trial.tried = digest_named("tried");
        applied.policy_digest = digest_named(c->applied);

        return trial_find(
                        &trial,
                        &file,
                        c->applied ? &applied : NULL,
                        c->pending ? &pending : NULL,
                        &now);
}

static void test_find_case(gconstpointer data) {
        const FindCase *c = data;

        g_assert_cmpint(find(c, SECONDS - 1), ==, c->early);
        g_assert_cmpint(find(c, SECONDS), ==, c->late);
}

typedef struct AmendCase {
        const char *claim;
        RecoveryTarget planned;
        TrialFinding finding;
        bool in_file;
        RecoveryTarget target;
        bool problem_set;
} AmendCase;

static const AmendCase amend_cases[] = {
        { "open-goes-on", RECOVERY_FILE, TRIAL_OPEN, true, RECOVERY_FILE, false },
        { "an-edit-waits-while-it-is-open",
          RECOVERY_EDIT,
          TRIAL_OPEN,
          false,
          RECOVERY_APPLIED,
          true },
        { "over-comes-back", RECOVERY_FILE, TRIAL_OVER, true, RECOVERY_PREVIOUS, false },
        { "over-is-no-edit", RECOVERY_EDIT, TRIAL_OVER, true, RECOVERY_PREVIOUS, false },
        { "an-edit-counts-when-it-is-over",
          RECOVERY_EDIT,
          TRIAL_OVER,
          false,
          RECOVERY_EDIT,
          false },
        { "none-changes-nothing", RECOVERY_EDIT, TRIAL_NONE, true, RECOVERY_EDIT, false },
};

static void test_amend_case(gconstpointer data) {
        const AmendCase *c = data;
        RecoveryPlan plan = { .target = c->planned, .pending_verdicts = true, .reload_owed = true };

        plan = recovery_amend_plan(plan, c->finding, c->in_file);

        g_assert_cmpint(plan.target, ==, c->target);
        g_assert_cmpint(plan.problem_set, ==, c->problem_set);
        g_assert_true(plan.reload_owed);
        /* what was judged for the trial is not what is brought back */
        g_assert_cmpint(plan.pending_verdicts, ==, c->target != RECOVERY_PREVIOUS);
}

static void fill(Trial *trial) {
        trial_init(trial);
        start(&trial->info);
        trial_set_id(&trial->info, 0xbeef);
        trial->info.started.uid = 1000;
        trial->info.started.user = strdup("alice");
        trial->info.started.action = strdup("Try");
        trial->tried = digest_named("tried");
        trial->previous.policy.enabled = true;
        trial->previous.generation = 7;
        trial->previous.policy_digest = digest_named("old");
        g_assert_cmpint(allowed_ids_append(
                                        &trial->previous.facts.uids, 0, BECAUSE_ROOT, "root", NULL),
                        ==,
                        0);
}

static void test_a_trial_comes_back_as_it_was(void) {
        CLEANUP(trial_done) Trial before, after;
        CLEANUP(freep) char *text = NULL;
        size_t size;

        trial_init(&after);
        fill(&before);

        g_assert_cmpint(trial_to_text(&before, &text, &size), ==, 0);
        g_assert_cmpint(trial_from_text(text, size, &after, NULL), ==, 0);

        g_assert_cmpstr(after.info.id, ==, "0000beef");
        g_assert_cmpuint(after.info.seconds, ==, SECONDS);
        g_assert_cmpuint(after.info.deadline_usec, ==, before.info.deadline_usec);
        g_assert_cmpuint(after.info.deadline_boottime_usec, ==, before.info.deadline_boottime_usec);
        g_assert_cmpstr(after.info.boot_id, ==, BOOT_A);
        g_assert_cmpuint(after.info.started.uid, ==, 1000);
        g_assert_cmpstr(after.info.started.user, ==, "alice");
        g_assert_true(digest_equal(&after.tried, &before.tried));
        g_assert_true(policy_equal(&after.previous.policy, &before.previous.policy));
        g_assert_true(digest_equal(&after.previous.policy_digest, &before.previous.policy_digest));
        g_assert_cmpuint(after.previous.generation, ==, 7);
        g_assert_cmpuint(after.previous.facts.uids.count, ==, 1);
}

static void test_every_cut_of_a_trial_is_refused(void) {
        CLEANUP(trial_done) Trial trial;
        CLEANUP(freep) char *text = NULL;
        size_t size;

        fill(&trial);
        g_assert_cmpint(trial_to_text(&trial, &text, &size), ==, 0);

        /* the last two bytes are the closing brace and the newline */
        for (size_t cut = 0; cut + 2 < size; cut++) {
                CLEANUP(trial_done) Trial torn;

                trial_init(&torn);
                g_assert_cmpint(trial_from_text(text, cut, &torn, NULL), ==, -EINVAL);
        }
}

/* One thing wrong in a record that is right otherwise. */
static void test_a_damaged_trial_is_refused(void) {
        static const char *const damage[][2] = {
                { "\"Version\":1,\"Id\"", "\"Version\":2,\"Id\"" },
                { "0000beef", "0000BEEF" },
                { "0000beef", "0000beef0" },
                { "\"Seconds\":600", "\"Seconds\":9" },
                { "\"Seconds\":600", "\"Seconds\":604801" },
                { "\"Seconds\":600", "\"Seconds\":4294967306" },
                { "\"Deadline\":1", "\"Deadline\":-1" },
                { "\"DeadlineBoottime\":5", "\"DeadlineBoottime\":\"\",\"X\":5" },
                { BOOT_A, "../../etc" },
                { "\"Previous\":{", "\"Previous\":[],\"X\":{" },
        };
        CLEANUP(trial_done) Trial trial;
        CLEANUP(freep) char *text = NULL;

        fill(&trial);
        g_assert_cmpint(trial_to_text(&trial, &text, NULL), ==, 0);

        for (size_t i = 0; i < ELEMENTS_OF(damage); i++) {
                CLEANUP(trial_done) Trial damaged;
                CLEANUP(failure_done) Failure failure = {};
                g_auto(GStrv) parts = g_strsplit(text, damage[i][0], 2);
                g_autofree char *wrong = g_strjoinv(damage[i][1], parts);

                trial_init(&damaged);
                g_assert_cmpuint(g_strv_length(parts), ==, 2);
                g_assert_cmpint(trial_from_text(wrong, strlen(wrong), &damaged, &failure),
                                ==,
                                -EINVAL);
                g_assert_nonnull(failure.text);
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        for (size_t i = 0; i < ELEMENTS_OF(clock_cases); i++) {
                g_autofree char *path = g_strconcat("/trial/clock/", clock_cases[i].claim, NULL);

                g_test_add_data_func(path, &clock_cases[i], test_clock_case);
        }
        for (size_t i = 0; i < ELEMENTS_OF(find_cases); i++) {
                g_autofree char *path = g_strconcat("/trial/start/", find_cases[i].claim, NULL);

                g_test_add_data_func(path, &find_cases[i], test_find_case);
        }
        for (size_t i = 0; i < ELEMENTS_OF(amend_cases); i++) {
                g_autofree char *path = g_strconcat("/trial/plan/", amend_cases[i].claim, NULL);

                g_test_add_data_func(path, &amend_cases[i], test_amend_case);
        }
        g_test_add_func("/trial/clock/two-unknown-boots-are-not-the-same",
                        test_two_unknown_boots_are_not_the_same);
        g_test_add_func("/trial/clock/an-unchanged-one-is-not-worth-writing",
                        test_an_unchanged_clock_is_not_worth_writing);
        g_test_add_func("/trial/clock/the-deadline-follows-one-that-is-set",
                        test_the_deadline_follows_a_clock_that_is_set);
        g_test_add_func("/trial/clock/a-later-boot-takes-the-deadline-over",
                        test_a_later_boot_takes_the_deadline_over);
        g_test_add_func("/trial/text/comes-back-as-it-was", test_a_trial_comes_back_as_it_was);
        g_test_add_func("/trial/text/every-cut-is-refused", test_every_cut_of_a_trial_is_refused);
        g_test_add_func("/trial/text/damage-is-refused", test_a_damaged_trial_is_refused);
        return g_test_run();
}
