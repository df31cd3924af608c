/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * One small configuration for each rule of how Exim reads them (tests/data/exim): what an edit puts
 * in, strip takes out to the byte. Those called refused-* have an option that cannot be replaced
 * where it stands.
 */

#include <glib.h>
#include <string.h>

#include "exim/edit.h"

#define EXAMPLES_MIN 30 /* so that they cannot get lost */

typedef struct Example {
        char *path; /* owned by the framework's data */
        bool refused;
} Example;

/* Return: whether it was edited. */
static bool edit_and_strip(const char *text, size_t size, const MailLimits *limits) {
        const EximSettings settings = exim_settings_of_limits(limits);
        CLEANUP(exim_stripped_done) EximStripped back = {};
        CLEANUP(freep) char *edited = NULL;
        EximEditPlace place = {};
        size_t edited_size;
        int r;

        r = exim_edit(text, size, &settings, &edited, &edited_size, &place);
        if (r == EXIM_EDIT_E_DIRECTIVE) {
                g_assert_nonnull(place.option);
                g_assert_cmpuint(place.line, >=, 1);
                return false;
        }
        g_assert_cmpint(r, ==, 0);
        g_assert_cmpint(exim_strip(edited, edited_size, &back, &place), ==, 0);
        g_assert_cmpuint(back.size, ==, size);
        g_assert_true(memcmp(back.text, text, size) == 0);
        return true;
}

static void test_example(gconstpointer userdata) {
        const Example *example = userdata;
        g_autofree char *text = NULL;
        MailLimits all = {};
        size_t size, refused = 0;

        g_assert_true(g_file_get_contents(example->path, &text, &size, NULL));
        for (MailLimit i = 0; i < _MAIL_LIMIT_MAX; i++) {
                MailLimits one = {};

                if (mail_limit_is_list(i))
                        continue;
                g_assert_cmpint(mail_limits_set(&one, i, mail_limit_infos[i].max, NULL), ==, 0);
                g_assert_cmpint(mail_limits_set(&all, i, mail_limit_infos[i].max, NULL), ==, 0);
                refused += !edit_and_strip(text, size, &one);
        }
        refused += !edit_and_strip(text, size, &all);

        /* its option, and all of them */
        g_assert_cmpuint(refused, ==, example->refused ? 2 : 0);
}

static void example_free(gpointer data) {
        Example *example = data;

        g_free(example->path);
        g_free(example);
}

int main(int argc, char *argv[]) {
        g_autofree char *folder = NULL;
        GDir *directory;
        size_t count = 0;

        g_test_init(&argc, &argv, NULL);
        folder = g_test_build_filename(G_TEST_DIST, "data", "exim", NULL);
        directory = g_dir_open(folder, 0, NULL);
        g_assert_nonnull(directory);
        for (const char *name; (name = g_dir_read_name(directory)); count++) {
                g_autofree char *path = g_strconcat("/edit/example/", name, NULL);
                Example *example = g_new(Example, 1);

                *example = (Example){
                        .path = g_build_filename(folder, name, NULL),
                        .refused = g_str_has_prefix(name, "refused-"),
                };
                g_test_add_data_func_full(path, example, test_example, example_free);
        }
        g_dir_close(directory);
        g_assert_cmpuint(count, >=, EXAMPLES_MIN);
        return g_test_run();
}
