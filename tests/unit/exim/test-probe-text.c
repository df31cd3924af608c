/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>

#include "exim/probe-text.h"

#define HEADER "smtp-restrictions-check 1\n"
#define REQUEST                                                                                    \
        HEADER "binary /usr/sbin/exim4\nstaged /run/a b\nreal /etc/exim.conf\ndomain h.test\n"

static void test_request_comes_back(void) {
        CLEANUP(exim_probe_request_done) EximProbeRequest request = {};
        CLEANUP(freep) char *text = NULL;

        g_assert_cmpint(exim_probe_request_parse(REQUEST, &request), ==, 0);
        g_assert_cmpstr(request.staged, ==, "/run/a b");
        g_assert_cmpstr(request.domain, ==, "h.test");
        g_assert_cmpint(exim_probe_request_to_text(&request, &text), ==, 0);
        g_assert_cmpstr(text, ==, REQUEST);
}

static void test_field_with_a_newline_is_not_written(void) {
        const EximProbeRequest request = {
                (char *) "/a", (char *) "/b\nreal /c", (char *) "/c", (char *) "d"
        };
        CLEANUP(freep) char *text = NULL;

        g_assert_cmpint(exim_probe_request_to_text(&request, &text), ==, -EINVAL);
}

static void test_other_requests_are_refused(void) {
        static const char *const texts[] = {
                "",
                HEADER,
                "smtp-restrictions-check 2\nbinary /a\nstaged /b\nreal /c\ndomain d\n",
                HEADER "binary /a\nstaged /b\nreal /c\ndomain \n",
                HEADER "binary a\nstaged /b\nreal /c\ndomain d\n",
                HEADER "binary /a\nstaged /b\nreal /c\ndomain d",
                REQUEST "more\n",
        };

        for (size_t i = 0; i < ELEMENTS_OF(texts); i++) {
                CLEANUP(exim_probe_request_done) EximProbeRequest request = {};

                g_assert_cmpint(exim_probe_request_parse(texts[i], &request), ==, -EBADMSG);
        }
}

static void assert_answer(EximVerdict verdict, const char *words) {
        CLEANUP(freep) char *text = exim_probe_answer_to_text(verdict, words);
        CLEANUP(freep) char *found = NULL;
        EximVerdict read;

        g_assert_cmpint(exim_probe_answer_parse(text, &read, &found), ==, 0);
        g_assert_cmpint(read, ==, verdict);
        g_assert_cmpstr(found, ==, words ? words : "");
}

static void test_answer_comes_back(void) {
        assert_answer(EXIM_VERDICT_GOOD, NULL);
        assert_answer(EXIM_VERDICT_UNKNOWN, "");
        assert_answer(EXIM_VERDICT_BROKEN, "in a session: failed");
}

static void test_other_answers_are_refused(void) {
        static const char *const texts[] = {
                "",
                HEADER,
                HEADER "good",
                HEADER "fine \n",
                HEADER "broken a\nb\n",
                HEADER "broken \x1b[1m\n",
                HEADER "broken \xc3\xa4\n",
        };

        for (size_t i = 0; i < ELEMENTS_OF(texts); i++) {
                CLEANUP(freep) char *words = NULL;
                EximVerdict verdict;

                g_assert_cmpint(exim_probe_answer_parse(texts[i], &verdict, &words), ==, -EBADMSG);
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

#define ADD(name) g_test_add_func("/probe-text/" #name, test_##name)
        ADD(request_comes_back);
        ADD(field_with_a_newline_is_not_written);
        ADD(other_requests_are_refused);
        ADD(answer_comes_back);
        ADD(other_answers_are_refused);
#undef ADD

        return g_test_run();
}
