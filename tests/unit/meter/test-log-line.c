/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glib.h>
#include <string.h>

#include "meter/log-line.h"

#define T        "2026-11-20 08:39:49 "
#define ID       "1xUK9t-0002H3-2M"
#define ACCEPTED T ID " <= "

static LogLine parse(const char *text) {
        LogLine line;

        log_line_parse(text, strlen(text), &line);
        return line;
}

static void assert_text(LogText text, const char *expected) {
        g_autofree char *copy = g_strndup(text.data, text.size);

        g_assert_nonnull(text.data);
        g_assert_cmpstr(copy, ==, expected);
}

#define assert_none(text) g_assert_null((text).data)

/* What is not said here is not looked at; NULL: not there. */
typedef struct AcceptedCase {
        const char *text;
        const char *sender, *auth_id, *host, *user, *protocol;
} AcceptedCase;

/* clang-format off */
static const AcceptedCase accepted_cases[] = {
        /* by sendmail, by SMTP, after AUTH, a bounce */
        { "nobody@mx.host.test U=nobody P=local S=314", "nobody@mx.host.test", NULL, NULL, "nobody", "local" },
        { "a@low.test H=(client.test) [127.0.0.1] P=esmtp S=433 id=2.25@vm", "a@low.test", NULL, "127.0.0.1", NULL, "esmtp" },
        { "a@low.test H=mx.test (client.test) [2001:db8::5]:4711 I=[::1]:25 Ci=12 P=esmtps L X=TLS1.3:AES:256 CV=no SNI=mx K S=433", "a@low.test", NULL, "2001:db8::5", NULL, "esmtps" },
        { "bob@low.test H=(c) [203.0.113.25] P=esmtpa A=plain:bob@low.test S=439 id=2@vm", "bob@low.test", "bob@low.test", "203.0.113.25", NULL, "esmtpa" },
        { "<> R=1xUK9t-0002I2-2k U=Debian-exim P=local S=964", "", NULL, NULL, "Debian-exim", "local" },
        { "bob@low.test H=[203.0.113.25] P=esmtpsa X=TLS1.3:A:256 CV=no A=plain:bob PRDR PRX=10.0.0.1 K S=439 M8S=8 DKIM=a.test RT=0.1s Q=slow id=2@vm T=\"x A=plain:eve\" from <x> for y", "bob@low.test", "bob", "203.0.113.25", NULL, "esmtpsa" },
        { "bob@low.test H=[203.0.113.25] P=esmtpa A=plain S=439", "bob@low.test", NULL, "203.0.113.25", NULL, "esmtpa" },
        /* what strangers choose */
        { "\"odd user <x>\"@low.test U=daemon P=local S=300", "\"odd user <x>\"@low.test", NULL, NULL, "daemon", "local" },
        { "\"a => b A=plain:eve S=1\"@low.test U=daemon P=local S=300", "\"a => b A=plain:eve S=1\"@low.test", NULL, NULL, "daemon", "local" },
        { "\"a\\\" b\"@low.test U=daemon P=local S=300", "\"a\\\" b\"@low.test", NULL, NULL, "daemon", "local" },
        { "d\xc3\xb8nald@low.test H=[127.0.0.1] P=esmtp S=451", "d\xc3\xb8nald@low.test", NULL, "127.0.0.1", NULL, "esmtp" },
        { "a@low.test H=[127.0.0.1] P=esmtpa A=plain:bob smith S=439 id=2@vm for x@y.test", "a@low.test", "bob smith", "127.0.0.1", NULL, "esmtpa" },
        { "a@low.test H=[127.0.0.1] P=esmtpa A=plain:bob S=439 id=\"x A=plain:eve P=local\"@vm", "a@low.test", "bob", "127.0.0.1", NULL, "esmtpa" },
        { "a@low.test H=([1.2.3.4]) [127.0.0.1] P=esmtp S=1 id=A=plain:eve@vm", "a@low.test", NULL, "127.0.0.1", NULL, "esmtp" },
        { "a@low.test H=[127.0.0.1] P=esmtpsa X=TLS CV=no DN=\"CN=\" A\" A=plain:bob S=4", "a@low.test", "bob", "127.0.0.1", NULL, "esmtpsa" },
};
/* clang-format on */

static void assert_maybe(LogText text, const char *expected) {
        if (expected)
                assert_text(text, expected);
        else
                assert_none(text);
}

static void test_accepted_message_says_who_has_sent_it(void) {
        for (size_t i = 0; i < ELEMENTS_OF(accepted_cases); i++) {
                const AcceptedCase *c = &accepted_cases[i];
                g_autofree char *text = g_strconcat(ACCEPTED, c->text, NULL);
                LogLine line = parse(text);

                g_test_message("%s", c->text);
                g_assert_cmpint(line.kind, ==, LOG_LINE_ACCEPTED);
                g_assert_false(line.is_ambiguous);
                assert_text(line.id, ID);
                assert_text(line.sender, c->sender);
                assert_maybe(line.auth_id, c->auth_id);
                assert_maybe(line.host_address, c->host);
                assert_maybe(line.local_user, c->user);
                assert_maybe(line.protocol, c->protocol);
        }
}

/* After the sender: nothing of it may be taken for somebody else's. */
static const char *const ambiguous_cases[] = {
        "H=(x) [1.2.3.4] A=plain:eve S=1 y) [203.0.113.25] P=smtp S=439",
        "H=(x A=plain:eve S=1) [203.0.113.25] P=smtp S=439",
        "H=[203.0.113.25] P=esmtpsa X=TLS CV=no DN=\"x\" A=plain:eve S=1 id=y\" S=439 id=2@vm",
        "H=[203.0.113.25] U=x A=plain:eve S=1 y P=smtp S=439",
        "H=[203.0.113.25] P=esmtpsa X=TLS CV=no DN=\"x\" A=plain:eve\" A=plain:bob S=439 id=2@vm",
        "H=[203.0.113.25] P=esmtpa A=plain:eve S=1 id=y S=439 id=2@vm",
        "H=(x) [127.0.0.1] P=esmtpa A=plain:eve PRX=) [203.0.113.25] P=smtp S=439 id=2@vm",
        "H=(x) [127.0.0.1] DN=\") [203.0.113.25] P=smtps DN=\"\" A=plain:bob S=439 id=2@vm",
        "U=daemon S=439",
        "H=[203.0.113.25] P=esmtpa A=plain:eve S=1 S=439",
        "H=[203.0.113.25] P=esmtpa A=plain:eve S=x",
        "H=[203.0.113.25] P=esmtpa A=plain:eve",
        "H=203.0.113.25 P=smtp S=1",
        "H=[203.0.113.25 P=smtp",
        "H=",
        "U=daemon P=local",
};

static void test_what_can_be_read_in_two_ways_is_nobodys(void) {
        for (size_t i = 0; i < ELEMENTS_OF(ambiguous_cases); i++) {
                g_autofree char *text =
                                g_strconcat(ACCEPTED "a@low.test ", ambiguous_cases[i], NULL);
                LogLine line = parse(text);

                g_test_message("%s", ambiguous_cases[i]);
                g_assert_cmpint(line.kind, ==, LOG_LINE_ACCEPTED);
                g_assert_true(line.is_ambiguous);
                assert_text(line.id, ID);
                assert_text(line.sender, "a@low.test");
                assert_none(line.authenticator);
                assert_none(line.auth_id);
                assert_none(line.host_address);
                assert_none(line.local_user);
        }
}

static void test_bounce_says_what_it_is_about(void) {
        LogLine line = parse(ACCEPTED "<> R=1xUK9t-0002I2-2k U=Debian-exim P=local S=964");

        assert_text(line.parent, "1xUK9t-0002I2-2k");
        g_assert_cmpuint(line.size, ==, 964);
}

static void test_rejection_told_to_the_client_alone_is_accepted(void) {
        g_assert_cmpint(parse(T ID " (= a@low.test U=daemon P=local S=3").kind,
                        ==,
                        LOG_LINE_ACCEPTED);
}

typedef struct OutcomeCase {
        const char *text; /* behind the id */
        LogLineKind kind;
        const char *recipient, *domain;
        int code;
} OutcomeCase;

/* clang-format off */
static const OutcomeCase outcome_cases[] = {
        { "=> a@remote.test R=remote T=remote_smtp H=203.0.113.25 [203.0.113.25] C=\"250 OK\"", LOG_LINE_DELIVERED, "a@remote.test", "remote.test", 0 },
        { "-> b@remote.test <list@local.test> F=<a@low.test> P=<a@low.test> R=remote T=remote_smtp S=3", LOG_LINE_DELIVERED, "b@remote.test <list@local.test>", "remote.test", 0 },
        { ">> cut@remote.test R=remote T=remote_smtp H=x [203.0.113.25]", LOG_LINE_DELIVERED, "cut@remote.test", "remote.test", 0 },
        { "=> local1 <local1@local.test> R=local T=local_delivery", LOG_LINE_DELIVERED, "local1 <local1@local.test>", "", 0 },
        { "=> /srv/mail/file1 <tofile@local.test> R=aliases T=address_file", LOG_LINE_DELIVERED, "/srv/mail/file1 <tofile@local.test>", "", 0 },
        { "** |/bin/sh -c 'a@b R=x' <pipe@local.test> R=aliases T=address_pipe: Child process returned 3", LOG_LINE_FAILED, "|/bin/sh -c 'a@b R=x' <pipe@local.test>", "", 0 },
        { "*> n@remote.test R=remote T=remote_smtp C=\"delivery bypassed by -N option\"", LOG_LINE_DISCARDED, "n@remote.test", "remote.test", 0 },
        { "=> :blackhole: <bh@local.test> R=aliases", LOG_LINE_DISCARDED, NULL, NULL, 0 },
        { "=> blackhole (DATA ACL discarded recipients): content", LOG_LINE_DISCARDED, NULL, NULL, 0 },
        { "** nouser@local.test: Unrouteable address", LOG_LINE_FAILED, "nouser@local.test", "local.test", 0 },
        { "** f@remote.test <x@local.test> (y@local.test) ", LOG_LINE_UNPARSABLE, NULL, NULL, 0 },
        { "** f@remote.test (y@local.test, z@local.test) <x@local.test>: retry timeout exceeded", LOG_LINE_FAILED, "f@remote.test (y@local.test, z@local.test) <x@local.test>", "remote.test", 0 },
        { "** f@remote.test R=remote T=remote_smtp H=h [203.0.113.25]: SMTP error: 550 <f@remote.test> defer (-23)", LOG_LINE_FAILED, "f@remote.test", "remote.test", 0 },
        { "== d@remote.test R=remote T=remote_smtp defer (-44) H=h [203.0.113.25]: 451 4.3.0 try later", LOG_LINE_DEFERRED, "d@remote.test", "remote.test", -44 },
        { "== ok@down.test Q=slow R=remote T=remote_smtp defer (113): No route to host", LOG_LINE_DEFERRED, "ok@down.test", "down.test", 113 },
        { "== d@remote.test routing defer (-52): retry time not reached", LOG_LINE_DEFERRED, "d@remote.test", "remote.test", -52 },
        { "== ok@[ipv6:2001:db8:25::25] R=remote T=remote_smtp defer (-54): retry", LOG_LINE_DEFERRED, "ok@[ipv6:2001:db8:25::25]", "[ipv6:2001:db8:25::25]", -54 },
        { "== r1@remote.test defer (-23): domain is held", LOG_LINE_HELD, "r1@remote.test", "remote.test", -23 },
        /* addresses that look like the rest of a line */
        { "=> a b@remote.test <\"a b\"@remote.test> R=remote T=remote_smtp", LOG_LINE_DELIVERED, "a b@remote.test <\"a b\"@remote.test>", "remote.test", 0 },
        { "=> x <= y@z@remote.test <\"x <= y@z\"@remote.test> F=<\"a => b R=x\"@low.test> R=remote T=t", LOG_LINE_DELIVERED, "x <= y@z@remote.test <\"x <= y@z\"@remote.test>", "remote.test", 0 },
        { "== a@held.test defer (-23): domain is held@remote.test <\"a@held.test defer (-23): domain is held\"@remote.test> R=remote T=t defer (-44): later", LOG_LINE_DEFERRED, "a@held.test defer (-23): domain is held@remote.test <\"a@held.test defer (-23): domain is held\"@remote.test>", "remote.test", -44 },
        { "== a\"\\@remote.test <\"a\\\"\\\\\"@remote.test> defer (-1): x", LOG_LINE_DEFERRED, "a\"\\@remote.test <\"a\\\"\\\\\"@remote.test>", "remote.test", -1 },
        { "=> xn--pel-dma@xn--exmple.test <pel\xc3\xa9@ex\xc3\xa4mple.test> R=remote T=t", LOG_LINE_DELIVERED, "xn--pel-dma@xn--exmple.test <pel\xc3\xa9@ex\xc3\xa4mple.test>", "xn--exmple.test", 0 },
        { "=> a b@remote.test <list@local.test> R=remote T=t", LOG_LINE_UNPARSABLE, NULL, NULL, 0 },
        { "== d@remote.test R=remote T=t: no code", LOG_LINE_UNPARSABLE, NULL, NULL, 0 },
        { "== d@remote.test defer (99999999999)", LOG_LINE_UNPARSABLE, NULL, NULL, 0 },
        { "=> ", LOG_LINE_UNPARSABLE, NULL, NULL, 0 },
        { "** \"", LOG_LINE_UNPARSABLE, NULL, NULL, 0 },
};
/* clang-format on */

static void test_outcome_says_the_recipient(void) {
        for (size_t i = 0; i < ELEMENTS_OF(outcome_cases); i++) {
                const OutcomeCase *c = &outcome_cases[i];
                g_autofree char *text = g_strconcat(T ID " ", c->text, NULL);
                LogLine line = parse(text);

                g_test_message("%s", c->text);
                g_assert_cmpint(line.kind, ==, c->kind);
                if (c->kind == LOG_LINE_UNPARSABLE)
                        continue;
                assert_maybe(line.recipient, c->recipient);
                assert_maybe(line.recipient_domain, c->domain);
                g_assert_cmpint(line.code, ==, c->code);
        }
}

static void test_verdict_is_read_to_its_end(void) {
        LogLine line = parse(T ID " smtp-restrictions: hold n=12 uid=4294967295");

        g_assert_cmpint(line.kind, ==, LOG_LINE_VERDICT);
        assert_text(line.verdict, "hold");
        g_assert_cmpuint(line.count, ==, 12);
        g_assert_true(line.has_uid);
        g_assert_cmpuint(line.uid, ==, UINT32_MAX);

        line = parse(T ID " smtp-restrictions: ok n=1 uid=-");
        g_assert_cmpint(line.kind, ==, LOG_LINE_VERDICT);
        g_assert_false(line.has_uid);
}

static void test_verdict_with_anything_more_is_none(void) {
        static const char *const cases[] = {
                "ok n=1 uid=1 ",
                "ok n=1 uid=1 x",
                "ok n=1 uid=",
                "ok n=1 uid=--",
                "ok n=4294967296 uid=",
                "ok n=-1 uid=1",
                "ok n= uid=1",
                " n=1 uid=1",
                "ok  n=1 uid=1",
                "ok",
                "",
                "ok n=1 uid=4294967296",
        };

        for (size_t i = 0; i < ELEMENTS_OF(cases); i++) {
                g_autofree char *text = g_strconcat(T ID " smtp-restrictions: ", cases[i], NULL);

                g_test_message("%s", cases[i]);
                g_assert_cmpint(parse(text).kind, ==, LOG_LINE_UNPARSABLE);
        }
}

static void test_verdict_belongs_to_a_message(void) {
        g_assert_cmpint(parse(T "smtp-restrictions: ok n=1 uid=1").kind, ==, LOG_LINE_OTHER);
}

typedef struct KindCase {
        const char *text;
        LogLineKind kind;
} KindCase;

static const KindCase kind_cases[] = {
        { T ID " Completed", LOG_LINE_COMPLETED },
        { T ID " Completed QT=13s", LOG_LINE_COMPLETED },
        { T ID " Completedly", LOG_LINE_OTHER },
        { T ID " Frozen", LOG_LINE_OTHER },
        { T ID " removed by root", LOG_LINE_OTHER },
        { T ID " no immediate delivery: queued by ACL", LOG_LINE_OTHER },
        { T ID " H=(c) [203.0.113.25] F=<a@out.test> rejected after DATA: 5.7.1 spam: refused",
          LOG_LINE_REJECTED },
        { T ID " F=<u@low.test> rejected by non-SMTP ACL: refused", LOG_LINE_REJECTED },
        { T ID " U=daemon F=<u@low.test> rejected by non-SMTP ACL: refused", LOG_LINE_REJECTED },
        { T ID " H=203.0.113.25 [203.0.113.25]: we have rejected you", LOG_LINE_OTHER },
        { T "H=(c) [203.0.113.25] F=<a@out.test> rejected RCPT <x@remote.test>: no",
          LOG_LINE_OTHER },
        { T "pid 6033: SIGHUP received: re-exec daemon", LOG_LINE_OTHER },
        { T "<= a@b.test U=x P=local S=1", LOG_LINE_OTHER },
        { T ID, LOG_LINE_OTHER },
        { T ID " ", LOG_LINE_OTHER },
        { T, LOG_LINE_OTHER },
        { "2026-11-20 08:39:49", LOG_LINE_UNPARSABLE },
        { "2026-11-20T08:39:49 " ID " Completed", LOG_LINE_UNPARSABLE },
        { "", LOG_LINE_UNPARSABLE },
        { "Nov 20 08:39:49 host exim[1]: " ID " Completed", LOG_LINE_UNPARSABLE },
        { ACCEPTED, LOG_LINE_UNPARSABLE },
        { ACCEPTED "\"a@b.test U=x P=local S=1", LOG_LINE_UNPARSABLE },
        { ACCEPTED "<>x U=x P=local S=1", LOG_LINE_UNPARSABLE },
};

static void test_kind_of_line(void) {
        for (size_t i = 0; i < ELEMENTS_OF(kind_cases); i++) {
                g_test_message("%s", kind_cases[i].text);
                g_assert_cmpint(parse(kind_cases[i].text).kind, ==, kind_cases[i].kind);
        }
}

static const char *const kind_names[] = {
        [LOG_LINE_OTHER] = "other",         [LOG_LINE_ACCEPTED] = "accepted",
        [LOG_LINE_DELIVERED] = "delivered", [LOG_LINE_DISCARDED] = "discarded",
        [LOG_LINE_FAILED] = "failed",       [LOG_LINE_DEFERRED] = "deferred",
        [LOG_LINE_HELD] = "held",           [LOG_LINE_COMPLETED] = "completed",
        [LOG_LINE_REJECTED] = "rejected",   [LOG_LINE_VERDICT] = "verdict",
};

/* What Exim has written in experiments: with its own log_selector, with every field, with ids old
 * and new. Each behind what it is. */
static void test_every_line_that_exim_wrote_is_understood(void) {
        const char *path = g_test_get_filename(G_TEST_DIST, "data", "exim-log", "lines", NULL);
        g_autofree char *text = NULL;
        g_auto(GStrv) lines = NULL;
        guint count = 0;

        g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
        lines = g_strsplit(text, "\n", 0);
        for (; lines[count] && lines[count][0]; count++) {
                char *tab = strchr(lines[count], '\t');
                LogLine line;

                g_assert_nonnull(tab);
                *tab = 0;
                line = parse(tab + 1);
                g_test_message("%s", tab + 1);
                g_assert_cmpstr(kind_names[line.kind], ==, lines[count]);
                g_assert_false(line.is_ambiguous);
        }
        g_assert_cmpuint(count, >, 100);
}

static void test_every_form_of_time_and_id_is_known(void) {
        static const char *const stamps[] = {
                "2026-11-20 08:39:49",
                "2026-11-20 08:39:49.123",
                "2026-11-20 08:39:49 +0530",
                "2026-11-20 08:39:49.123 -0800",
        };
        static const char *const pids[] = { "", "[1] ", "[4194304] " };
        static const char *const ids[] = { "1xUK9t-0002H3-2M", "1vMRQp-00000004YtE-3Tgj" };

        for (size_t i = 0; i < ELEMENTS_OF(stamps) * ELEMENTS_OF(pids) * ELEMENTS_OF(ids); i++) {
                const char *stamp = stamps[i % 4], *pid = pids[i / 4 % 3], *id = ids[i / 12];
                g_autofree char *text = g_strconcat(stamp, " ", pid, id, " Completed", NULL);
                LogLine line = parse(text);

                g_test_message("%s", text);
                g_assert_cmpint(line.kind, ==, LOG_LINE_COMPLETED);
                assert_text(line.stamp, stamp);
                assert_text(line.id, id);
        }
}

static void test_line_longer_than_exim_writes_is_unparsable(void) {
        g_autofree char *text = g_strnfill(LOG_LINE_SIZE_MAX + 1, 'x');
        LogLine line;

        memcpy(text,
               ACCEPTED "a@b.test U=x P=local S=1 ",
               strlen(ACCEPTED "a@b.test U=x P=local S=1 "));
        log_line_parse(text, LOG_LINE_SIZE_MAX, &line);
        g_assert_cmpint(line.kind, ==, LOG_LINE_ACCEPTED);
        log_line_parse(text, LOG_LINE_SIZE_MAX + 1, &line);
        g_assert_cmpint(line.kind, ==, LOG_LINE_UNPARSABLE);
}

/* Each line of the cases cut anywhere: under the sanitizers a step over the end is seen. */
static void test_line_may_end_anywhere(void) {
        for (size_t i = 0; i < ELEMENTS_OF(outcome_cases) + ELEMENTS_OF(accepted_cases); i++) {
                bool is_outcome = i < ELEMENTS_OF(outcome_cases);
                g_autofree char *text = g_strconcat(
                                T ID,
                                is_outcome ? " " : " <= ",
                                is_outcome ? outcome_cases[i].text
                                           : accepted_cases[i - ELEMENTS_OF(outcome_cases)].text,
                                NULL);

                for (size_t size = strlen(text); size-- > 0;) {
                        g_autofree char *cut = g_memdup2(text, size);
                        LogLine line;

                        log_line_parse(cut, size, &line);
                        g_assert_cmpuint(line.stamp.size, <=, size);
                }
        }
}

static void test_domain_is_behind_the_last_at(void) {
        static const char *const cases[][2] = {
                { "a@b.test", "b.test" },
                { "\"a@b\"@c.test", "c.test" },
                { "a", "" },
                { "a@", "" },
                { "", "" },
                { "@b.test", "b.test" },
        };

        for (size_t i = 0; i < ELEMENTS_OF(cases); i++) {
                LogText text = { cases[i][0], strlen(cases[i][0]) };

                assert_text(log_address_domain(text), cases[i][1]);
        }
}

int main(int argc, char **argv) {
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/log-line/accepted", test_accepted_message_says_who_has_sent_it);
        g_test_add_func("/log-line/ambiguous", test_what_can_be_read_in_two_ways_is_nobodys);
        g_test_add_func("/log-line/bounce", test_bounce_says_what_it_is_about);
        g_test_add_func("/log-line/fake", test_rejection_told_to_the_client_alone_is_accepted);
        g_test_add_func("/log-line/outcome", test_outcome_says_the_recipient);
        g_test_add_func("/log-line/verdict", test_verdict_is_read_to_its_end);
        g_test_add_func("/log-line/verdict-more", test_verdict_with_anything_more_is_none);
        g_test_add_func("/log-line/verdict-id", test_verdict_belongs_to_a_message);
        g_test_add_func("/log-line/kind", test_kind_of_line);
        g_test_add_func("/log-line/real", test_every_line_that_exim_wrote_is_understood);
        g_test_add_func("/log-line/stamp-id", test_every_form_of_time_and_id_is_known);
        g_test_add_func("/log-line/long", test_line_longer_than_exim_writes_is_unparsable);
        g_test_add_func("/log-line/cut", test_line_may_end_anywhere);
        g_test_add_func("/log-line/domain", test_domain_is_behind_the_last_at);
        return g_test_run();
}
