/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "exim/block.h"

#define BEGIN                                                                                      \
        "# BEGIN smtp-restrictions: added by smtp-restrictionsctl(1), see there before editing\n"
#define END   "# END smtp-restrictions 01234567\n"
#define BLOCK BEGIN "recipients_max = 9\nsmtp_accept_max = 33\n" END

typedef struct Case {
        const char *claim;
        const char *text;
        const char *known; /* the blocks as they were when they were whole; NULL: never seen */
        const char *shown;
} Case;

static const Case cases[] = {
        { "nothing-of-a-file-without-blocks", "password = x\n", NULL, "" },
        { "a-whole-block", "a = 1\n" BLOCK "password = x\n", NULL, BLOCK },
        { "all-blocks", BLOCK "password = x\n" BLOCK, NULL, BLOCK BLOCK },
        { "what-was-put-between-the-marks",
          BEGIN "other = 1\n" END,
          BLOCK,
          BEGIN "other = 1\n" END },
        { "no-more-than-known-without-an-end",
          BEGIN "recipients_max = 9\npassword = x\n",
          BLOCK,
          BEGIN "recipients_max = 9\n" },
        { "no-more-than-the-mark-when-nothing-is-known",
          BEGIN "recipients_max = 9\npassword = x\n",
          NULL,
          BEGIN },
        { "no-more-than-known-before-another-begin",
          BEGIN "smtp_accept_max = 33\npassword = x\n" BLOCK,
          BLOCK,
          BEGIN "smtp_accept_max = 33\n" BLOCK },
        { "an-end-alone", "password = x\n" END "password = y\n", BLOCK, END },
        { "a-line-that-only-begins-like-a-known-one-is-not-shown",
          BEGIN "recipients_max = 99\n",
          BLOCK,
          BEGIN },
        { "a-mark-without-newline",
          "password = x\n# END smtp-restrictions",
          NULL,
          "# END smtp-restrictions" },
};

static void test_case(const void *data) {
        CLEANUP(text_done) Text text = {};
        CLEANUP(freep) char *shown = NULL;
        const Case *c = data;
        size_t size;

        exim_blocks_show(
                        &text, c->text, strlen(c->text), c->known, c->known ? strlen(c->known) : 0);
        g_assert_cmpint(text_finish(&text, &shown, &size), ==, 0);
        g_assert_cmpuint(size, ==, strlen(shown));
        g_assert_cmpstr(shown, ==, c->shown);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < ELEMENTS_OF(cases); i++) {
                g_autofree char *path = g_strconcat("/blocks-show/", cases[i].claim, NULL);

                g_test_add_data_func(path, &cases[i], test_case);
        }
        return g_test_run();
}
