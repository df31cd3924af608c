/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>

#include "ctl/show.h"

typedef void (*Show)(const json_t *answer, const Style *style, Text *text);

static const Style plain = { .width = 80 };

static char *shown(Show show, const char *answer) {
        CLEANUP(json_decrefp) json_t *json = json_loads(answer, JSON_DECODE_ANY, NULL);
        CLEANUP(text_done) Text text = {};
        char *string = NULL;

        g_assert_nonnull(json);
        show(json, &plain, &text);
        g_assert_cmpint(text_finish(&text, &string, NULL), ==, 0);
        return string;
}

static void assert_shown(Show show, const char *answer, const char *expected) {
        CLEANUP(freep) char *string = shown(show, answer);

        g_assert_cmpstr(string, ==, expected);
}

static void assert_line(Show show, const char *answer, const char *line) {
        CLEANUP(freep) char *string = shown(show, answer);

        if (!strstr(string, line))
                g_error("'%s' is not in:\n%s", line, string);
}

static void test_whole_status_is_a_table(void) {
        assert_shown(show_status,
                     "{\"Version\": \"0.1.0\", \"Enabled\": true, \"Enforcing\": true,"
                     " \"Active\": true, \"Observe\": false, \"Complete\": true,"
                     " \"PortVerdicts\": {\"25\": \"redirect\", \"465\": \"reject\"},"
                     " \"Health\": \"degraded\", \"ProblemCount\": 1, \"AllowedCount\": 5,"
                     " \"Mtas\": [{\"Name\": \"Exim\", \"Version\": \"4.96\","
                     "             \"Listens\": [25, 587]},"
                     "            {\"Name\": \"Postfix\", \"Listens\": []}],"
                     " \"EximLayout\": \"debian-unsplit\", \"EximConfig\": \"/etc/exim4/x\","
                     " \"MailLimits\": {\"SmtpAcceptMax\": 50, \"RecipientsMax\": 9},"
                     " \"Rejected\": 12, \"Redirected\": 3, \"Observed\": 0,"
                     " \"LastChange\": {\"When\": 1000000000, \"Action\": \"Enable\","
                     "                  \"Uid\": 0, \"User\": \"root\","
                     "                  \"Outcome\": \"done\"},"
                     " \"Problems\": [{\"Id\": \"name-unknown\", \"Severity\": \"warning\","
                     "                 \"Text\": \"There is no user 'dave'.\","
                     "                 \"Hint\": \"Remove it.\", \"Since\": 60000000}]}",
                     "Restriction  on, in the kernel\n"
                     "Ports        25 redirect, 465 reject\n"
                     "Allowed      5 users (smtp-restrictionsctl allowed)\n"
                     "MTA          Exim 4.96, listens on 25,587\n"
                     "             Postfix, listens nowhere\n"
                     "Exim         debian-unsplit, /etc/exim4/x\n"
                     "Mail limits  SmtpAcceptMax 50, RecipientsMax 9\n"
                     "Attempts     12 rejected, 3 redirected, 0 observed\n"
                     "Last change  1970-01-01 00:16:40, Enable by root (uid 0): done\n"
                     "Health       degraded, 1 problem\n"
                     "\n"
                     "warning name-unknown, since 1970-01-01 00:01:00\n"
                     "  There is no user 'dave'.\n"
                     "  What to do: Remove it.\n");
}

static void test_public_status_says_that_there_is_more(void) {
        assert_shown(show_status,
                     "{\"Enabled\": false, \"Active\": false, \"Complete\": false,"
                     " \"PortVerdicts\": {\"25\": \"reject\"}, \"Health\": \"ok\","
                     " \"ProblemCount\": 0}",
                     "Restriction  off\n"
                     "Ports        25 reject\n"
                     "Health       ok\n"
                     "\n"
                     "This is what everybody may see. Root, and who is authorized to inspect, "
                     "sees\nmore.\n");
}

static void test_enabled_and_in_the_kernel_are_two_things(void) {
        assert_line(show_status,
                    "{\"Enabled\": true, \"Active\": false}",
                    "Restriction  on, but NOT in the kernel: nobody is kept from connecting\n");
        assert_line(show_status,
                    "{\"Enabled\": false, \"Active\": true}",
                    "Restriction  off, but there are rules in the kernel\n");
        assert_line(show_status,
                    "{\"Enabled\": true, \"Active\": true, \"Observe\": true}",
                    "Restriction  observing, in the kernel: all may connect, attempts are "
                    "counted\n");
}

static void test_status_without_exim_says_so(void) {
        assert_line(show_status,
                    "{\"EximLayout\": \"none\"}",
                    "Exim         none: mail limits cannot be set\n");
}

static void test_status_of_an_unknown_shape_is_survived(void) {
        CLEANUP(freep)
        char *string =
                        shown(show_status,
                              "{\"PortVerdicts\": 5, \"Mtas\": {\"a\": 1}, \"Problems\": [7, null],"
                              " \"LastChange\": [], \"MailLimits\": \"x\", \"Health\": 3}");

        g_assert_nonnull(strstr(string, "Health       ?\n"));
}

/* far enough away that the year does not matter */
static void test_a_trial_is_shown_with_what_is_left(void) {
        static const char status[] =
                        "{\"TryDeadline\": 32503680000000000, \"Try\": {\"Id\": \"0000beef\","
                        " \"User\": \"alice\", \"Changes\": {\"Enabled\": true,"
                        " \"AllowedUsersCount\": 5000}}}";

        assert_line(show_status, status, "On trial     taken back in ");
        assert_line(show_status, status, "Enabled=yes AllowedUsersCount=5000 by alice");
        assert_line(show_status, status, "confirm 0000beef)");
}

static void test_everybody_is_told_that_there_is_a_trial(void) {
        assert_line(show_status,
                    "{\"TryDeadline\": 1000000}",
                    "On trial     taken back in 0 s, at 1970-01-01 ");
}

static void test_past_policies_are_listed_with_who_and_what(void) {
        assert_shown(show_history,
                     "[{\"Id\": \"12\", \"When\": 1000000000, \"User\": \"root\","
                     "  \"Action\": \"Try\", \"Outcome\": \"taken-back\","
                     "  \"Changes\": {\"Enabled\": false}},"
                     " {\"Id\": \"9\", \"When\": 1000000000, \"User\": \"\", \"Uid\": 1003,"
                     "  \"Action\": \"SetPolicy\", \"Outcome\": \"done\","
                     "  \"Changes\": {\"AllowedUsers\": [\"a\", \"b\"]}}]",
                     "ID  WHEN                 WHO       ACTION           CHANGES\n"
                     "12  1970-01-01 00:16:40  root      Try: taken-back  Enabled=no\n"
                     " 9  1970-01-01 00:16:40  uid 1003  SetPolicy        AllowedUsers=a,b\n");
}

static void test_policy_values_can_be_typed_back(void) {
        assert_shown(show_policy,
                     "{\"Enabled\": true, \"AllowedUsers\": [\"alice\", \"bob\"],"
                     " \"AllowedGroups\": [], \"PortVerdicts\": {\"25\": \"redirect\","
                     " \"465\": \"reject\"}, \"MailLimits\": {\"SmtpAcceptMax\": 50}}",
                     "Enabled        yes\n"
                     "AllowedUsers   alice,bob\n"
                     "AllowedGroups  -\n"
                     "PortVerdicts   25:redirect,465:reject\n"
                     "SmtpAcceptMax  50\n");
}

static void test_long_lists_fit_the_line(void) {
        CLEANUP(freep)
        char *string = shown(
                        show_policy,
                        "{\"AllowedUsers\": [\"aaaaaaaaaaaaaaaaaaaa\", \"bbbbbbbbbbbbbbbbbbbb\","
                        " \"cccccccccccccccccccc\", \"dddddddddddddddddddd\"]}");

        g_assert_cmpstr(string,
                        ==,
                        "AllowedUsers  aaaaaaaaaaaaaaaaaaaa,bbbbbbbbbbbbbbbbbbbb,"
                        "cccccccccccccccccccc,\n"
                        "              dddddddddddddddddddd\n");
}

static void test_no_limits_is_a_sentence(void) {
        assert_shown(show_limits,
                     "{}",
                     "No mail limits are set: Exim's own configuration holds.\n");
}

static void test_limits_of_every_type_are_shown(void) {
        assert_shown(show_limits,
                     "{\"SmtpAcceptMax\": 50, \"OverLimitAction\": \"hold\", \"Share\": 1.5,"
                     " \"None\": null, \"Nested\": [[1]]}",
                     "SmtpAcceptMax    50\n"
                     "OverLimitAction  hold\n"
                     "Share            1.5\n"
                     "None             -\n"
                     "Nested           ...\n");
}

static void test_preview_shows_all_four_parts(void) {
        assert_shown(show_preview,
                     "{\"Ruleset\": \"table inet t {\\n\\tchain c\\n}\\n\","
                     " \"Files\": [[\"/etc/a\", \"--- /etc/a\\n+++ /etc/a\\n-x\\n+y\\n\"]],"
                     " \"Affected\": [{\"Uid\": 1001, \"User\": \"bob\","
                     "                 \"Address\": \"203.0.113.25\", \"Port\": 25}],"
                     " \"Problems\": [{\"Id\": \"mta-blocked\", \"Severity\": \"error\","
                     "                 \"Text\": \"T\", \"Hint\": \"\"}]}",
                     "Firewall rules\n"
                     "table inet t {\n\tchain c\n}\n"
                     "\n"
                     "Files\n"
                     "--- /etc/a\n+++ /etc/a\n-x\n+y\n"
                     "\n"
                     "Open connections\n"
                     "1 open connection of 1 user would be cut: bob (1).\n"
                     " UID  USER  ADDRESS       PORT\n"
                     "1001  bob   203.0.113.25  25\n"
                     "\n"
                     "Problems\n"
                     "error mta-blocked\n"
                     "  T\n");
}

static void test_preview_of_nothing_says_so(void) {
        assert_shown(show_preview,
                     "{\"Ruleset\": \"\", \"Files\": [], \"Affected\": [], \"Problems\": []}",
                     "Firewall rules\nNone.\n\nFiles\nNo file changes.\n\n"
                     "Open connections\nNo open connection would be cut.\n");
}

static void test_cut_connections_are_counted_by_user(void) {
        assert_shown(show_cut,
                     "[{\"Uid\": 1, \"User\": \"a\"}, {\"Uid\": 2, \"User\": \"\"},"
                     " {\"Uid\": 1, \"User\": \"a\"}]",
                     "3 open connections of 2 users would be cut: a (2), uid 2 (1).");
}

static void test_many_cut_users_are_cut_short(void) {
        CLEANUP(json_decrefp) json_t *affected = json_array();
        CLEANUP(text_done) Text text = {};

        for (int i = 0; i < 20; i++)
                g_assert_cmpint(json_array_append_new(affected, json_pack("{s:i}", "Uid", i)),
                                ==,
                                0);
        show_cut(affected, &plain, &text);

        g_assert_true(g_str_has_prefix(text.data, "20 open connections of 20 users"));
        g_assert_true(g_str_has_suffix(text.data, "uid 7 (1), ..."));
}

static void test_allowed_are_listed_with_the_reason(void) {
        assert_shown(show_allowed,
                     "[{\"Uid\": 0, \"User\": \"root\", \"Because\": \"root\"},"
                     " {\"Uid\": 1001, \"User\": \"bob\", \"Because\": \"group\","
                     "  \"Detail\": \"list\"}]",
                     " UID  USER  BECAUSE\n"
                     "   0  root  root\n"
                     "1001  bob   group list\n");
}

static void test_exceptions_say_who_what_until_when_and_why(void) {
        assert_shown(show_exceptions,
                     "[{\"Id\": \"7\", \"Subject\": \"user:alice\", \"Verdict\": \"allow\","
                     "  \"Destination\": \"192.0.2.0/24\", \"Ports\": [25, 587],"
                     "  \"ExpiresAt\": 1000000000000000, \"GrantedBy\": \"root\","
                     "  \"Reason\": \"ticket 1234\"},"
                     " {\"Id\": \"12\", \"Subject\": \"group:staff\", \"Verdict\": \"observe\","
                     "  \"GrantedBy\": \"admin\", \"Reason\": \"to see\"}]",
                     "ID  WHO          WHAT                           UNTIL                BY     "
                     "REASON\n"
                     " 7  alice        allow 25, 587 to 192.0.2.0/24  2001-09-09 01:46:40  root   "
                     "ticket 1234\n"
                     "12  group:staff  observe                        for ever             admin  "
                     "to see\n");
}

static void test_no_exceptions_is_a_sentence(void) {
        assert_shown(show_exceptions, "[]", "There are no exceptions.\n");
}

static void test_subjects_are_a_table_of_what_differs(void) {
        assert_shown(show_subjects,
                     "[{\"Subject\": \"domain:d1.test\", \"HourlyRecipients\": 50},"
                     " {\"Subject\": \"mailbox:bob@d1.test\", \"DailyRecipients\": 1000,"
                     "  \"SmtpAuth\": \"disabled\", \"Suspended\": \"reject\","
                     "  \"SuspendedSince\": 1000000000000000, \"SuspendedBy\": \"root\"}]",
                     "SUBJECT              PER HOUR  PER DAY  SMTP AUTH  SUSPENDED\n"
                     "domain:d1.test             50        -  inherit    no\n"
                     "mailbox:bob@d1.test         -     1000  disabled   "
                     "reject since 2001-09-09\n"
                     "                                                   01:46:40 by root\n");
        assert_shown(show_subjects, "[]", "Nothing is set by name.\n");
}

static void test_explanation_says_what_decided_and_what_to_do_once(void) {
        assert_shown(show_explanations,
                     "[{\"Address\": \"192.0.2.1\", \"Port\": 25, \"Verdict\": \"reject\","
                     "  \"Decision\": \"PortVerdicts\", \"Hint\": \"Ask bob.\"},"
                     " {\"Address\": \"2001:db8::1\", \"Port\": 25, \"Verdict\": \"reject\","
                     "  \"Decision\": \"PortVerdicts\", \"Hint\": \"Ask bob.\"},"
                     " {\"Address\": \"192.0.2.2\", \"Port\": 25, \"Verdict\": \"allow\","
                     "  \"Decision\": \"exception\", \"Exception\": \"7\"},"
                     " {\"Address\": \"192.0.2.3\", \"Port\": 25, \"Verdict\": \"allow\","
                     "  \"Decision\": \"AllowedUsers\"}]",
                     "192.0.2.1 port 25: refused (PortVerdicts, for all who are not allowed)\n"
                     "2001:db8::1 port 25: refused (PortVerdicts, for all who are not allowed)\n"
                     "192.0.2.2 port 25: let through (exception 7)\n"
                     "192.0.2.3 port 25: let through (allowed: AllowedUsers)\n"
                     "Ask bob.\n");
}

static void test_attempts_are_a_table_with_the_most_of_where_to(void) {
        assert_shown(show_attempts,
                     "[{\"Uid\": 1000, \"User\": \"alice\", \"Count\": 12, \"Last\": 0, "
                     "\"DestinationCount\": 7, \"Destinations\": ["
                     "{\"Address\": \"203.0.113.25\", \"Port\": 25, \"Verdict\": \"redirect\", "
                     "\"Count\": 8}, {\"Address\": \"2001:db8::25\", \"Port\": 587, "
                     "\"Verdict\": \"reject\", \"Count\": 2}]}, "
                     "{\"Uid\": 4000000000, \"User\": \"\", \"Count\": 1, \"Last\": 0}]",
                     "USER            COUNT  VERDICT          LAST                 TO\n"
                     "alice              12  redirect,reject  1970-01-01 00:00:00  203.0.113.25:25 "
                     "(8),\n"
                     "                                                             "
                     "[2001:db8::25]:587\n"
                     "                                                             "
                     "(2), and 5 more\n"
                     "uid 4000000000      1  -                1970-01-01 00:00:00  -\n");
}

static void test_no_attempts_are_said_to_be_none(void) {
        assert_shown(show_attempts, "[]", "Nobody has tried who may not.\n");
}

static void test_usage_has_bars_of_its_limits(void) {
        assert_shown(show_usages,
                     "[{\"Subject\": \"domain:d1.test\", \"HourlyUsed\": 5, \"HourlyLimit\": 10,"
                     " \"HourlyLeft\": 2, \"DailyUsed\": 7, \"Reserved\": 1, \"Held\": 2},"
                     " {\"Subject\": \"user:alice\", \"HourlyUsed\": 30, \"HourlyLimit\": 20,"
                     " \"DailyUsed\": 30, \"DailyLimit\": 10000000, \"Reserved\": 0,"
                     " \"Held\": 900}]",
                     "SUBJECT         HELD  LAST HOUR              LAST 24 HOURS\n"
                     "domain:d1.test     2  6 of 10 [######++..]   8\n"
                     "user:alice       900  30 of 20 [##########]  30 of 10000000 [..........]\n");
        assert_shown(show_usages, "[]", "Nobody has sent mail to other hosts in 24 hours.\n");
}

static void test_report_says_who_has_used_auth_from_where(void) {
        assert_shown(show_report,
                     "[{\"Subject\": \"mailbox:bob@d1.test\", \"Messages\": 12, "
                     "\"Recipients\": 340, \"Last\": 0, \"AuthMessages\": 15, "
                     "\"Addresses\": [\"192.0.2.1\", \"2001:db8::1\"]},"
                     " {\"Subject\": \"user:alice\", \"Messages\": 1, \"Recipients\": 1, "
                     "\"Last\": 1000000}]",
                     "SUBJECT              MESSAGES  RECIPIENTS  BY AUTH  LAST                 "
                     "FROM\n"
                     "mailbox:bob@d1.test        12         340       15  1970-01-01 00:00:00  "
                     "192.0.2.1,\n"
                     "                                                                         "
                     "2001:db8::1\n"
                     "user:alice                  1           1        -  1970-01-01 00:00:01  "
                     "\n");
        assert_shown(show_report, "[]", "Nobody has sent mail in these days.\n");
}

static void test_usage_of_one_says_when_there_is_room(void) {
        assert_line(show_usage,
                    "{\"Subject\": \"user:alice\", \"HourlyUsed\": 20, \"HourlyLimit\": 20,"
                    " \"HourlyLeft\": 0, \"HourlyUntil\": 60000000, \"DailyUsed\": 20,"
                    " \"Reserved\": 0, \"Held\": 0}",
                    "The limit of the hour is reached; there may be room at 1970-01-01 ");
}

static void test_usage_of_one_says_what_else_decides(void) {
        const char *usage = "{\"Subject\": \"domain:d1.test\", \"HourlyUsed\": 0, \"DailyUsed\": 0,"
                            " \"Reserved\": 0, \"Held\": 0, \"HourlyTried\": 9,"
                            " \"HourlyFailed\": 7, \"FailShareReached\": true,"
                            " \"SmtpAuth\": \"disabled\", \"SmtpAuthFrom\": \"server\"}";

        assert_line(show_usage,
                    usage,
                    "Of 9 recipients tried in the last hour 7 failed or wait: too many.\n");
        assert_line(show_usage,
                    usage,
                    "Sending by SMTP AUTH is disabled, as set for the server.\n");
}

static void test_held_mail_is_a_table(void) {
        assert_line(show_held,
                    "[{\"Id\": \"1xUK9t-0002H3-2M\", \"Recipients\": 3, \"Since\": 60000000,"
                    " \"Subjects\": [\"domain:d1.test\", \"user:alice\"], \"Uid\": 1000,"
                    " \"User\": \"alice\"}]",
                    "         3  domain:d1.test, user:alice\n");
        assert_shown(show_held, "[]", "Nothing is held.\n");
}

static void test_what_was_tried_stands_beside_what_was_expected(void) {
        assert_shown(show_test,
                     "[{\"Tried\": \"192.0.2.1 port 25\", \"Expected\": \"redirect\","
                     "  \"Found\": \"local\"},"
                     " {\"Tried\": \"sendmail\", \"Expected\": \"taken\", \"Found\": \"refused\","
                     "  \"AsExpected\": false}]",
                     "TRIED              EXPECTED  FOUND\n"
                     "192.0.2.1 port 25  redirect  local\n"
                     "sendmail           taken     refused\n");
}

static void test_import_says_what_it_left_out(void) {
        static const char import[] = "{\"Policy\": {}, \"Subjects\": {\"domain:a.test\": "
                                     "{\"HourlyRecipients\": 5}},"
                                     " \"Missing\": [{\"Kind\": \"user\", \"Name\": \"dave\"}],"
                                     " \"Remarks\": [{\"Setting\": \"SMTP_X\", \"Value\": \"1\","
                                     "                \"Text\": \"It has none.\"}]}";

        assert_line(show_import, import, "Nothing in it has an equal here.\n");
        assert_line(show_import, import, "Limits of their own, 1 domain:\n");
        assert_line(show_import, import, "  domain:a.test  ");
        assert_line(show_import, import, "Not on this host, so left out:\n  user  dave\n");
        assert_line(show_import, import, "Without an equal here:\n  SMTP_X  1  It has none.\n");
}

static void test_import_shows_some_of_many_domains(void) {
        CLEANUP(text_done) Text text = {};
        CLEANUP(freep) char *import = NULL;

        text_append_string(&text, "{\"Policy\": {\"Enabled\": true}, \"Subjects\": {");
        for (unsigned i = 0; i < 23; i++)
                text_append_format(&text, "%s\"domain:%u.test\": {}", i > 0 ? ", " : "", i);
        text_append_string(&text, "}}");
        g_assert_cmpint(text_finish(&text, &import, NULL), ==, 0);

        assert_line(show_import, import, "Limits of their own, 23 domains:\n");
        assert_line(show_import, import, "  and 3 more\n");
}

static void test_suggestion_ends_in_its_command(void) {
        static const char suggestion[] =
                        "{\"From\": 60000000, \"To\": 90000000, \"Messages\": 7, \"Recipients\": 9,"
                        " \"Limits\": [{\"Key\": \"HourlyRecipientsPerUser\", \"Suggested\": 20,"
                        "               \"Senders\": 4, \"AboveCount\": 1,"
                        "               \"Above\": [{\"Name\": \"user:bob\", \"Recipients\": 30,"
                        "                           \"From\": 60000000}]}]}";

        assert_line(show_suggestion, suggestion, "7 messages from here to 9 recipients.\n");
        assert_line(show_suggestion, suggestion, "That is less than 3 days");
        assert_line(show_suggestion, suggestion, "HourlyRecipientsPerUser         20        4  1");
        assert_line(show_suggestion, suggestion, "Who would have been hit:\n");
        assert_line(show_suggestion,
                    suggestion,
                    "  HourlyRecipientsPerUser  user:bob          30  1970");
        assert_line(show_suggestion,
                    suggestion,
                    "smtp-restrictionsctl limits set \\\n        HourlyRecipientsPerUser=20\n");
}

static void test_suggestion_of_an_empty_log_is_none(void) {
        CLEANUP(freep)
        char *string = shown(
                        show_suggestion, "{\"From\": 0, \"To\": 400000000000, \"Limits\": []}");

        g_assert_null(strstr(string, "limits set"));
        g_assert_null(strstr(string, "less than"));
}

int main(int argc, char *argv[]) {
        g_setenv("TZ", "UTC", TRUE);
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/ctl/show/whole-status-is-a-table", test_whole_status_is_a_table);
        g_test_add_func("/ctl/show/public-status-says-that-there-is-more",
                        test_public_status_says_that_there_is_more);
        g_test_add_func("/ctl/show/enabled-and-in-the-kernel-are-two-things",
                        test_enabled_and_in_the_kernel_are_two_things);
        g_test_add_func("/ctl/show/status-without-exim-says-so", test_status_without_exim_says_so);
        g_test_add_func("/ctl/show/status-of-an-unknown-shape-is-survived",
                        test_status_of_an_unknown_shape_is_survived);
        g_test_add_func("/ctl/show/explanation-says-what-decided-and-what-to-do-once",
                        test_explanation_says_what_decided_and_what_to_do_once);
        g_test_add_func("/ctl/show/policy-values-can-be-typed-back",
                        test_policy_values_can_be_typed_back);
        g_test_add_func("/ctl/show/long-lists-fit-the-line", test_long_lists_fit_the_line);
        g_test_add_func("/ctl/show/no-limits-is-a-sentence", test_no_limits_is_a_sentence);
        g_test_add_func("/ctl/show/limits-of-every-type-are-shown",
                        test_limits_of_every_type_are_shown);
        g_test_add_func("/ctl/show/preview-shows-all-four-parts",
                        test_preview_shows_all_four_parts);
        g_test_add_func("/ctl/show/preview-of-nothing-says-so", test_preview_of_nothing_says_so);
        g_test_add_func("/ctl/show/cut-connections-are-counted-by-user",
                        test_cut_connections_are_counted_by_user);
        g_test_add_func("/ctl/show/many-cut-users-are-cut-short",
                        test_many_cut_users_are_cut_short);
        g_test_add_func("/ctl/show/allowed-are-listed-with-the-reason",
                        test_allowed_are_listed_with_the_reason);

        g_test_add_func("/show/a-trial-is-shown-with-what-is-left",
                        test_a_trial_is_shown_with_what_is_left);
        g_test_add_func("/show/everybody-is-told-that-there-is-a-trial",
                        test_everybody_is_told_that_there_is_a_trial);
        g_test_add_func("/show/past-policies-are-listed-with-who-and-what",
                        test_past_policies_are_listed_with_who_and_what);
        g_test_add_func("/ctl/show/exceptions-say-who-what-until-when-and-why",
                        test_exceptions_say_who_what_until_when_and_why);
        g_test_add_func("/ctl/show/subjects-are-a-table-of-what-differs",
                        test_subjects_are_a_table_of_what_differs);
        g_test_add_func("/ctl/show/no-exceptions-is-a-sentence", test_no_exceptions_is_a_sentence);
        g_test_add_func("/ctl/show/attempts-are-a-table-with-the-most-of-where-to",
                        test_attempts_are_a_table_with_the_most_of_where_to);
        g_test_add_func("/ctl/show/no-attempts-are-said-to-be-none",
                        test_no_attempts_are_said_to_be_none);
        g_test_add_func("/ctl/show/report", test_report_says_who_has_used_auth_from_where);
        g_test_add_func("/ctl/show/usages", test_usage_has_bars_of_its_limits);
        g_test_add_func("/ctl/show/usage", test_usage_of_one_says_when_there_is_room);
        g_test_add_func("/ctl/show/usage-rest", test_usage_of_one_says_what_else_decides);
        g_test_add_func("/ctl/show/held", test_held_mail_is_a_table);
        g_test_add_func("/show/what-was-tried-stands-beside-what-was-expected",
                        test_what_was_tried_stands_beside_what_was_expected);
        g_test_add_func("/show/import-says-what-it-left-out", test_import_says_what_it_left_out);
        g_test_add_func("/show/import-shows-some-of-many-domains",
                        test_import_shows_some_of_many_domains);
        g_test_add_func("/show/suggestion-ends-in-its-command",
                        test_suggestion_ends_in_its_command);
        g_test_add_func("/show/a-suggestion-of-an-empty-log-is-none",
                        test_suggestion_of_an_empty_log_is_none);

        return g_test_run();
}
