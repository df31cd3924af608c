/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "notify/event.h"

static Event read_event(const char *text) {
        g_autoptr(GString) json = g_string_new(text);
        json_t *value;
        Event event;

        g_string_replace(json, "'", "\"", 0);
        value = json_loads(json->str, 0, NULL);
        g_assert_nonnull(value);
        g_assert_cmpint(event_read(value, &event), ==, 0);
        json_decref(value);
        return event;
}

static void test_each_signal_becomes_a_line(void) {
        static const struct {
                const char *json;
                const char *text;
        } cases[] = {
                { "{'Event':'Held','Subject':'user:a','Because':'limit','Window':'day','Limit':50}",
                  "message held: the limit of 50 recipients a day is reached" },
                { "{'Event':'Held','Subject':'domain:a.test','Because':'failed'}",
                  "message held: too much of what it has sent has failed" },
                { "{'Event':'LimitReached','Subject':'user:a','Because':'limit','Window':'hour',"
                  "'Limit':5,'Action':'reject'}",
                  "the limit of 5 recipients an hour is reached; more mail is refused" },
                { "{'Event':'Released','Subject':'user:a','How':'discarded'}",
                  "held message removed by hand" },
                { "{'Event':'Suspended','Subject':'user:a','Action':'hold'}",
                  "suspended by hand; new mail is held" },
                { "{'Event':'Suspended','Subject':'user:a','Action':'none'}", "resumed by hand" },
                { "{'Event':'Attempt','Subject':'user:a','Address':'2001:db8::1','Port':25,"
                  "'Verdict':'redirect'}",
                  "connection to 2001:db8::1 port 25 redirected to the local mail server" },
                { "{'Event':'Health','Subject':'host','Health':'failed'}",
                  "health is failed: the restriction or a limit is not in force" },
                { "{'Event':'Problem','Subject':'host','Severity':'error','Text':'T','Hint':'H'}",
                  "error: T (H)" },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                Event event = read_event(cases[i].json);

                g_assert_cmpstr(event.text, ==, cases[i].text);
                event_done(&event);
        }
}

static void test_an_attempt_counts_as_often_as_it_says(void) {
        Event event = read_event("{'Event':'Attempt','Subject':'user:a','Count':17}");

        g_assert_cmpuint(event.count, ==, 17);
        g_assert_false(event.harmless);
        event_done(&event);
}

static void test_what_is_only_observed_or_released_is_harmless(void) {
        Event observed = read_event("{'Event':'Attempt','Subject':'user:a','Verdict':'observe'}");
        Event released = read_event("{'Event':'Released','Subject':'user:a','How':'room'}");

        g_assert_true(observed.harmless && released.harmless);
        event_done(&observed);
        event_done(&released);
}

static void test_names_are_one_line_of_printable_ascii(void) {
        Event event = read_event(
                        "{'Event':'Held','Subject':'mailbox:a\\r\\nBcc: x\\u001b\\u00e9'}");

        g_assert_cmpstr(event.subject, ==, "mailbox:a\\x0d\\x0aBcc: x\\x1b\\xc3\\xa9");
        event_done(&event);
}

static void test_long_names_are_cut(void) {
        g_autofree char *name = g_strnfill(100000, 'a');
        g_autofree char *json = g_strdup_printf(
                        "{'Event':'Problem','Subject':'%s','Text':'%s'}", name, name);
        Event event = read_event(json);

        g_assert_cmpuint(strlen(event.subject), <, EVENT_SUBJECT_SIZE);
        g_assert_cmpuint(strlen(event.text), <, EVENT_TEXT_SIZE);
        event_done(&event);
}

static void test_what_is_no_event_is_refused(void) {
        static const char *const cases[] = {
                "[]",
                "{}",
                "{\"Event\":\"Held\"}",
                "{\"Event\":\"Else\",\"Subject\":\"user:a\"}",
                "{\"Event\":7,\"Subject\":\"user:a\"}",
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                json_t *value = json_loads(cases[i], 0, NULL);
                Event event;

                g_assert_cmpint(event_read(value, &event), ==, -EINVAL);
                json_decref(value);
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/notify/event/lines", test_each_signal_becomes_a_line);
        g_test_add_func("/notify/event/count", test_an_attempt_counts_as_often_as_it_says);
        g_test_add_func("/notify/event/harmless",
                        test_what_is_only_observed_or_released_is_harmless);
        g_test_add_func("/notify/event/one-line", test_names_are_one_line_of_printable_ascii);
        g_test_add_func("/notify/event/cut", test_long_names_are_cut);
        g_test_add_func("/notify/event/refused", test_what_is_no_event_is_refused);

        return g_test_run();
}
