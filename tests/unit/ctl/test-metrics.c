/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>
#include <string.h>

#include "ctl/metrics.h"

#define FULL                                                                                       \
        "{'Status':{'Enabled':true,'Enforcing':false,'Observe':true,'Health':'degraded',"          \
        "'Rejected':7,'Redirected':8,'Observed':9,'Generation':12,'AllowedCount':5,"               \
        "'Problems':[{'Id':'mta-blocked','Severity':'error'},"                                     \
        "{'Id':'a\\\\b\\\"c\\n','Severity':'notice'}]},"                                           \
        "'Held':3,'MeterUp':true,"                                                                 \
        "'Usage':{'domain':[{'HourlyUsed':5,'HourlyLimit':10},{'HourlyUsed':10,'HourlyLimit':10}," \
        "{'HourlyUsed':99}],'mailbox':[],'user':[{'DailyUsed':1,'DailyLimit':3}]}}"

static char *write_metrics(const char *facts) {
        g_autoptr(GString) text = g_string_new(facts);
        CLEANUP(json_decrefp) json_t *json = NULL;
        CLEANUP(text_done) Text written = {};
        char *string;
        size_t size;

        g_string_replace(text, "'", "\"", 0);
        json = json_loads(text->str, 0, NULL);
        g_assert_nonnull(json);
        metrics_write(json, &written);
        g_assert_cmpint(text_finish(&written, &string, &size), ==, 0);
        return string;
}

static void assert_line(const char *text, const char *line) {
        g_autofree char *whole = g_strdup_printf("\n%s\n", line);

        if (!strstr(text, whole))
                g_error("no line '%s' in:\n%s", line, text);
}

static void test_numbers_are_those_of_the_answers(void) {
        g_autofree char *text = write_metrics(FULL);

        assert_line(text, "smtp_restrictions_up 1");
        assert_line(text, "smtp_restrictions_enabled 1");
        assert_line(text, "smtp_restrictions_enforcing 0");
        assert_line(text, "smtp_restrictions_health{state=\"degraded\"} 1");
        assert_line(text, "smtp_restrictions_health{state=\"ok\"} 0");
        assert_line(text, "smtp_restrictions_attempts_total{verdict=\"redirect\"} 8");
        assert_line(text, "smtp_restrictions_held_messages 3");
        assert_line(text,
                    "smtp_restrictions_limit_used_ratio{kind=\"domain\",window=\"hour\"} 1.0000");
        assert_line(text,
                    "smtp_restrictions_limit_used_ratio{kind=\"user\",window=\"day\"} 0.3333");
        assert_line(text, "smtp_restrictions_subjects_at_limit{kind=\"domain\",window=\"hour\"} 1");
        assert_line(text, "smtp_restrictions_problem{id=\"mta-blocked\",severity=\"error\"} 1");
}

static void test_labels_are_escaped(void) {
        g_autofree char *text = write_metrics(FULL);

        assert_line(text, "smtp_restrictions_problem{id=\"a\\\\b\\\"c\\n\",severity=\"notice\"} 1");
}

static void test_without_an_answer_only_up_is_said(void) {
        g_autofree char *text = write_metrics("{}");

        g_assert_cmpstr(text,
                        ==,
                        "# TYPE smtp_restrictions_up gauge\n"
                        "# HELP smtp_restrictions_up The service answers.\n"
                        "smtp_restrictions_up 0\n"
                        "# EOF\n");
}

/* The name that a sample belongs to: what is before its labels, without a counter's end. */
static char *family_of(const char *line, bool counter) {
        g_autofree char *name = g_strndup(line, strcspn(line, "{ "));

        if (counter) {
                g_assert_true(g_str_has_suffix(name, "_total"));
                name[strlen(name) - strlen("_total")] = '\0';
        }
        return g_steal_pointer(&name);
}

/* As https://prometheus.io/docs/specs/om/open_metrics_spec/ has them. */
static void test_text_keeps_the_rules_of_openmetrics(void) {
        g_autofree char *text = write_metrics(FULL);
        g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_auto(GStrv) lines = g_strsplit(text, "\n", 0);
        guint count = g_strv_length(lines);
        g_autoptr(GRegex) sample =
                        g_regex_new("^[a-z_]+(\\{[a-z]+=\"([^\"\\\\\\n]|\\\\.)*\"(,[a-z]+=\"([^"
                                    "\"\\\\\\n]|\\\\.)*\")*\\})? "
                                    "[0-9]+(\\.[0-9]+)?$",
                                    0,
                                    0,
                                    NULL);
        g_autofree char *name = NULL;
        bool counter = false;

        /* the last line is this one, with an end */
        g_assert_cmpstr(lines[count - 2], ==, "# EOF");
        g_assert_cmpstr(lines[count - 1], ==, "");

        for (guint i = 0; i < count - 2; i++) {
                if (g_str_has_prefix(lines[i], "# TYPE ")) {
                        g_auto(GStrv) words = g_strsplit(lines[i], " ", 4);

                        /* each family once: its samples stand together */
                        g_free(name);
                        name = g_strdup(words[2]);
                        g_assert_true(g_hash_table_add(names, g_strdup(name)));
                        counter = g_str_equal(words[3], "counter");
                        g_assert_true(counter || g_str_equal(words[3], "gauge"));
                        g_assert_false(g_str_has_suffix(name, "_total"));
                } else if (g_str_has_prefix(lines[i], "# HELP ")) {
                        g_assert_true(g_str_has_prefix(lines[i] + strlen("# HELP "), name));
                } else {
                        g_autofree char *family = family_of(lines[i], counter);

                        g_assert_cmpstr(family, ==, name);
                        g_assert_true(g_regex_match(sample, lines[i], 0, NULL));
                }
        }
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/ctl/metrics/numbers", test_numbers_are_those_of_the_answers);
        g_test_add_func("/ctl/metrics/escaped", test_labels_are_escaped);
        g_test_add_func("/ctl/metrics/down", test_without_an_answer_only_up_is_said);
        g_test_add_func("/ctl/metrics/openmetrics", test_text_keeps_the_rules_of_openmetrics);

        return g_test_run();
}
