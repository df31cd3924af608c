/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "core/applied.h"
#include "core/pending.h"
#include "util/text.h"

static void fill_applied(Applied *applied) {
        applied_init(applied);
        applied->policy.enabled = true;
        applied->generation = 41;
        applied->policy_digest = digest_of("x", 1);
        applied->last_change.when_usec = UINT64_C(1763633100000000);
        applied->last_change.action = strdup("Enable");
        applied->last_change.outcome = strdup("done");
        g_assert_cmpint(string_list_append(&applied->policy.allowed_users, "alice"), ==, 0);
        g_assert_cmpint(allowed_ids_append(&applied->facts.uids, 0, BECAUSE_ROOT, "root", NULL),
                        ==,
                        0);
        g_assert_cmpint(allowed_ids_append(
                                        &applied->facts.uids,
                                        1000,
                                        BECAUSE_ALLOWED_USER,
                                        "alice",
                                        NULL),
                        ==,
                        0);
}

static void test_applied_comes_back_as_it_was(void) {
        CLEANUP(applied_done) Applied before, after;
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(freep) char *text = NULL;
        size_t size;

        applied_init(&after);
        fill_applied(&before);

        g_assert_cmpint(applied_to_text(&before, &text, &size), ==, 0);
        g_assert_cmpint(applied_from_text(text, size, &after, &failure), ==, 0);

        g_assert_true(policy_equal(&before.policy, &after.policy));
        g_assert_true(digest_equal(&before.policy_digest, &after.policy_digest));
        g_assert_cmpuint(after.generation, ==, 41);
        g_assert_cmpuint(after.facts.uids.count, ==, 2);
        g_assert_nonnull(allowed_ids_find(&after.facts.uids, 1000));
        g_assert_cmpstr(after.last_change.action, ==, "Enable");
        g_assert_cmpuint(after.last_change.when_usec, ==, before.last_change.when_usec);
        g_assert_null(after.last_change.user);
}

static void test_a_copy_of_applied_is_the_same_and_its_own(void) {
        CLEANUP(applied_done) Applied before, copy;
        CLEANUP(freep) char *text = NULL, *text_of_copy = NULL;
        size_t size, size_of_copy;

        applied_init(&copy);
        fill_applied(&before);
        before.last_change.user = strdup("adam");
        g_assert_cmpint(applied_to_text(&before, &text, &size), ==, 0);

        g_assert_cmpint(applied_copy(&before, &copy), ==, 0);
        applied_done(&before);

        g_assert_cmpint(applied_to_text(&copy, &text_of_copy, &size_of_copy), ==, 0);
        g_assert_cmpstr(text, ==, text_of_copy);
}

static void test_damaged_applied_is_refused(void) {
        static const char *const damaged[] = {
                "",
                "{",
                "[]",
                "{}",
                "{\"Version\": 1}",
                "{\"Version\": 2, \"Policy\": {}, \"PolicyDigest\": \"\", \"Facts\": {}}",
                "{\"Version\": 1, \"Policy\": {}, \"PolicyDigest\": \"abc\", \"Facts\": {}}",
                "{\"Version\": 1, \"Policy\": {}, \"PolicyDigest\": \"\", \"Facts\": []}",
                ("{\"Version\": 1, \"Policy\": {\"Nonsense\": 1}, \"PolicyDigest\": \"\", "
                 "\"Facts\": {}}"),
        };

        for (size_t i = 0; i < ELEMENTS_OF(damaged); i++) {
                CLEANUP(applied_done) Applied applied;
                CLEANUP(failure_done) Failure failure = {};

                applied_init(&applied);
                g_assert_cmpint(applied_from_text(
                                                damaged[i], strlen(damaged[i]), &applied, &failure),
                                ==,
                                -EINVAL);
                g_assert_nonnull(failure.text);
        }
}

static void test_every_cut_of_applied_is_refused(void) {
        CLEANUP(applied_done) Applied applied;
        CLEANUP(freep) char *text = NULL;
        size_t size;

        fill_applied(&applied);
        g_assert_cmpint(applied_to_text(&applied, &text, &size), ==, 0);

        /* the last two bytes are the closing brace and the newline */
        for (size_t cut = 0; cut + 2 < size; cut++) {
                CLEANUP(applied_done) Applied torn;

                applied_init(&torn);
                g_assert_cmpint(applied_from_text(text, cut, &torn, NULL), ==, -EINVAL);
        }
}

static void test_pending_comes_back_as_it_was(void) {
        CLEANUP(pending_done) Pending before = { .reload_owed = true }, after = {};
        CLEANUP(freep) char *text = NULL;
        size_t size;

        before.old_digest = digest_of("old", 3);
        before.new_digest = digest_of("new", 3);
        before.verdicts = port_verdicts_default;
        before.change.action = strdup("SetPolicy");
        before.change.uid = 1000;
        before.change.user = strdup("admin");

        g_assert_cmpint(pending_to_text(&before, &text, &size), ==, 0);
        g_assert_cmpint(pending_from_text(text, size, &after, NULL), ==, 0);
        g_assert_true(digest_equal(&before.old_digest, &after.old_digest));
        g_assert_true(digest_equal(&before.new_digest, &after.new_digest));
        g_assert_true(after.reload_owed);
        g_assert_true(port_verdicts_equal(&after.verdicts, &port_verdicts_default));
        g_assert_cmpstr(after.change.action, ==, "SetPolicy");
        g_assert_cmpstr(after.change.user, ==, "admin");
        g_assert_cmpuint(after.change.uid, ==, 1000);
}

static void test_pending_of_the_first_change_has_no_old_digest(void) {
        CLEANUP(pending_done) Pending before = { .verdicts = port_verdicts_default }, after = {};
        CLEANUP(freep) char *text = NULL;
        size_t size;

        before.new_digest = digest_of("new", 3);
        g_assert_cmpint(pending_to_text(&before, &text, &size), ==, 0);
        g_assert_cmpint(pending_from_text(text, size, &after, NULL), ==, 0);
        g_assert_cmpstr(after.old_digest.hex, ==, "");
        g_assert_false(after.reload_owed);
}

static void test_damaged_pending_is_refused(void) {
        static const char *const damaged[] = {
                "",
                "null",
                "{}",
                "{\"Version\":1,\"OldDigest\":\"\",\"NewDigest\":\"\",\"ReloadOwed\":1,"
                "\"Verdicts\":{\"25\":\"reject\"}}",
                "{\"Version\":1,\"OldDigest\":\"\",\"NewDigest\":\"x\",\"ReloadOwed\":true,"
                "\"Verdicts\":{\"25\":\"reject\"}}",
                "{\"Version\":1,\"OldDigest\":\"\",\"NewDigest\":\"\",\"ReloadOwed\":true,"
                "\"Verdicts\":{}}",
                "{\"Version\":1,\"OldDigest\":\"\",\"NewDigest\":\"\",\"ReloadOwed\":true,"
                "\"Verdicts\":{\"0\":\"reject\"}}",
                "{\"Version\":1,\"OldDigest\":\"\",\"NewDigest\":\"\",\"ReloadOwed\":true,"
                "\"Verdicts\":{\"25\":\"drop\"}}",
                "{\"Version\":1,\"OldDigest\":\"\",\"NewDigest\":\"\",\"ReloadOwed\":true,"
                "\"Verdicts\":{\"25\":25}}",
        };

        for (size_t i = 0; i < ELEMENTS_OF(damaged); i++) {
                CLEANUP(pending_done) Pending pending = {};

                g_assert_cmpint(pending_from_text(damaged[i], strlen(damaged[i]), &pending, NULL),
                                ==,
                                -EINVAL);
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/applied/comes-back-as-it-was", test_applied_comes_back_as_it_was);
        g_test_add_func("/applied/copy-is-the-same-and-its-own",
                        test_a_copy_of_applied_is_the_same_and_its_own);
        g_test_add_func("/applied/damaged-is-refused", test_damaged_applied_is_refused);
        g_test_add_func("/applied/every-cut-is-refused", test_every_cut_of_applied_is_refused);
        g_test_add_func("/pending/comes-back-as-it-was", test_pending_comes_back_as_it_was);
        g_test_add_func("/pending/first-change-has-no-old-digest",
                        test_pending_of_the_first_change_has_no_old_digest);
        g_test_add_func("/pending/damaged-is-refused", test_damaged_pending_is_refused);
        return g_test_run();
}
