/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "core/table-image.h"

typedef struct Setup {
        Policy policy;
        HostFacts facts;
} Setup;

static void setup_init(Setup *setup) {
        *setup = (Setup){ .facts.verdicts = port_verdicts_default };
        policy_init(&setup->policy);
        setup->policy.enabled = true;
}

static void setup_done(Setup *setup) {
        policy_done(&setup->policy);
        host_facts_done(&setup->facts);
}

static void allow(Setup *setup, uint32_t uid, Because because) {
        g_assert_cmpint(allowed_ids_append(&setup->facts.uids, uid, because, "name", NULL), ==, 0);
}

static TableImage *make(const Setup *setup) {
        TableImage *image = NULL;

        g_assert_cmpint(table_image_new(&setup->policy, &setup->facts, &image), ==, 0);
        return image;
}

static void test_the_skeleton_has_root_mtas_and_mailman_alone(void) {
        CLEANUP(table_image_freep) TableImage *image = NULL;
        CLEANUP(setup_done) Setup setup;

        setup_init(&setup);
        allow(&setup, 0, BECAUSE_ROOT);
        allow(&setup, 38, BECAUSE_MAILMAN);
        allow(&setup, 101, BECAUSE_MTA);
        allow(&setup, 1000, BECAUSE_ALLOWED_USER);
        allow(&setup, 1001, BECAUSE_ALLOWED_GROUP);
        g_assert_cmpint(allowed_ids_append(
                                        &setup.facts.gids,
                                        1000,
                                        BECAUSE_ALLOWED_GROUP,
                                        "group",
                                        NULL),
                        ==,
                        0);

        image = make(&setup);
        g_assert_cmpuint(image->skeleton.uids.count, ==, 3);
        g_assert_nonnull(allowed_ids_find(&image->skeleton.uids, 0));
        g_assert_nonnull(allowed_ids_find(&image->skeleton.uids, 38));
        g_assert_nonnull(allowed_ids_find(&image->skeleton.uids, 101));
        g_assert_cmpuint(image->skeleton.gids.count, ==, 0);
        g_assert_true(port_verdicts_equal(&image->skeleton.verdicts, &setup.facts.verdicts));
}

static void test_the_image_has_everybody(void) {
        CLEANUP(table_image_freep) TableImage *image = NULL;
        CLEANUP(setup_done) Setup setup;

        setup_init(&setup);
        allow(&setup, 0, BECAUSE_ROOT);
        allow(&setup, 1000, BECAUSE_ALLOWED_USER);
        image = make(&setup);
        g_assert_cmpuint(image->facts.uids.count, ==, 2);
        g_assert_true(image->policy.enabled);
}

static void test_it_is_large_beyond_the_bound(void) {
        CLEANUP(table_image_freep) TableImage *image = NULL;
        CLEANUP(table_image_freep) TableImage *larger = NULL;
        CLEANUP(setup_done) Setup setup;

        setup_init(&setup);
        allow(&setup, 0, BECAUSE_ROOT);
        for (uint32_t i = 0; i < TABLE_IMAGE_LARGE; i++)
                allow(&setup, 1000 + i, BECAUSE_ALLOWED_USER);
        image = make(&setup);
        g_assert_false(table_image_is_large(image));

        allow(&setup, 1000 + TABLE_IMAGE_LARGE, BECAUSE_ALLOWED_USER);
        larger = make(&setup);
        g_assert_true(table_image_is_large(larger));
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/table-image/the-skeleton-has-root-mtas-and-mailman-alone",
                        test_the_skeleton_has_root_mtas_and_mailman_alone);
        g_test_add_func("/table-image/the-image-has-everybody", test_the_image_has_everybody);
        g_test_add_func("/table-image/it-is-large-beyond-the-bound",
                        test_it_is_large_beyond_the_bound);
        return g_test_run();
}
