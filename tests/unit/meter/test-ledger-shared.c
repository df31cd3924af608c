/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ledger-say.h"
#include "meter/ledger-shared.h"

/* What the server is told of by itself: "TIME CHANGE, ", "reset, ". */
static void on_tell(const LedgerCall *call, void *userdata) {
        LedgerCall copy = *call;

        if (call->mode == SHARED_RESET)
                g_string_append(userdata, "reset, ");
        else
                g_string_append_printf(
                                userdata,
                                "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT ", ",
                                call->time_sec - START,
                                call->change);
        ledger_call_end(&copy);
}

/* As it is sent: what is expected of the first subject, and its events. */
static void write_call(Ledger *ledger, LedgerCall *call, char **ret_expected, char **ret_events) {
        CLEANUP(text_done) Text text = {};
        g_auto(GStrv) words = NULL;

        ledger_call_write(ledger, call, "host", false, START, &text);
        words = g_strsplit(text.data, "\r\n", 0);
        /* "*N", command, name, number of keys, keys, host, recipients, mode: each behind its size
         */
        g_clear_pointer(ret_expected, g_free);
        *ret_expected = g_strdup(words[2 * (3 + call->count + 3) + 2]);
        g_clear_pointer(ret_events, g_free);
        *ret_events = g_strdup(words[2 * (3 + call->count + 3 + 4) + 2]);
}

static void begin(Ledger *ledger, unsigned number, uint32_t recipients, LedgerCall *call) {
        Subjects names = subjects_of("d1.test", "", "1000");

        g_assert_cmpint(ledger_call_ask(ledger, id_of(number), recipients, &names, START, call),
                        ==,
                        0);
}

static VerdictKind finish(
                Ledger *ledger,
                unsigned number,
                uint32_t recipients,
                LedgerCall *call,
                SharedReplyKind kind,
                uint64_t used) {
        SharedReply reply = { .kind = kind };
        Subjects names = subjects_of("d1.test", "", "1000");
        LedgerAnswer answer;

        reply.used[0][WINDOW_HOUR] = reply.used[0][WINDOW_DAY] = used;
        g_assert_cmpint(ledger_call_read(call, &reply), ==, 0);
        g_assert_cmpint(ledger_ask_shared(
                                        ledger,
                                        id_of(number),
                                        recipients,
                                        &names,
                                        true,
                                        1000,
                                        START,
                                        call,
                                        &answer),
                        ==,
                        0);
        ledger_call_end(call);
        return answer.verdict.kind;
}

/* A question as it goes when nothing is in its way. */
static VerdictKind ask_shared(
                Ledger *ledger,
                unsigned number,
                uint32_t recipients,
                SharedReplyKind kind,
                uint64_t used) {
        g_autofree char *expected = NULL, *events = NULL;
        LedgerCall call;

        begin(ledger, number, recipients, &call);
        write_call(ledger, &call, &expected, &events);
        return finish(ledger, number, recipients, &call, kind, used);
}

static void test_the_servers_sum_decides(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_REJECT);

        g_assert_cmpint(ask_shared(ledger, 1, 2, SHARED_RESERVED, 8), ==, VERDICT_OK);
        g_assert_cmpint(ask_shared(ledger, 2, 1, SHARED_OVER, 10), ==, VERDICT_DENY);
        g_assert_cmpuint(usage_at(ledger, START).reserved, ==, 2);
}

static void test_what_was_reserved_is_not_told_again(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_REJECT);
        g_autoptr(GString) told = g_string_new(NULL);

        ledger_set_teller(ledger, on_tell, told);
        g_assert_cmpint(ask_shared(ledger, 1, 2, SHARED_RESERVED, 0), ==, VERDICT_OK);
        accepted(ledger, 1, START);
        g_assert_cmpstr(told->str, ==, "");
}

static void test_what_is_not_accepted_is_taken_back(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_REJECT);
        g_autoptr(GString) told = g_string_new(NULL);

        ledger_set_teller(ledger, on_tell, told);
        g_assert_cmpint(ask_shared(ledger, 1, 2, SHARED_RESERVED, 0), ==, VERDICT_OK);
        verdict_in_log(ledger, 1, "ok", 2);
        ledger_log_rejected(ledger, id_of(1));
        g_assert_cmpstr(told->str, ==, "0 -2, ");
}

static void test_what_the_ledger_does_not_take_in_is_taken_back(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_REJECT);
        g_autoptr(GString) told = g_string_new(NULL);
        g_autofree char *expected = NULL, *events = NULL;
        LedgerCall first, second;

        ledger_set_teller(ledger, on_tell, told);
        begin(ledger, 1, 2, &first);
        write_call(ledger, &first, &expected, &events);
        begin(ledger, 1, 2, &second); /* the same message */
        write_call(ledger, &second, &expected, &events);
        g_assert_cmpint(finish(ledger, 1, 2, &first, SHARED_RESERVED, 0), ==, VERDICT_OK);
        g_assert_cmpint(finish(ledger, 1, 2, &second, SHARED_RESERVED, 2), ==, VERDICT_OK);
        g_assert_cmpstr(told->str, ==, "0 -2, ");
}

static void test_a_chain_begins_with_all_that_counts(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_REJECT);
        g_autofree char *expected = NULL, *events = NULL;
        LedgerCall call;

        g_assert_cmpint(ask_at(ledger, 1, 3, START - 50), ==, VERDICT_OK);
        accepted(ledger, 1, START - 50);
        g_assert_cmpint(ask_at(ledger, 2, 2, START - 20), ==, VERDICT_OK); /* not accepted yet */

        begin(ledger, 3, 1, &call);
        write_call(ledger, &call, &expected, &events);
        g_assert_cmpstr(expected, ==, "");
        g_assert_cmpstr(events, ==, "50 3,0 2,");
        g_assert_cmpint(finish(ledger, 3, 1, &call, SHARED_RESERVED, 5), ==, VERDICT_OK);

        begin(ledger, 4, 1, &call);
        write_call(ledger, &call, &expected, &events);
        g_assert_cmpstr(expected, !=, "");
        g_assert_cmpstr(events, ==, "");
        ledger_call_end(&call);
}

static void test_a_broken_chain_begins_anew_once(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_REJECT);
        const SharedReply again = { .kind = SHARED_AGAIN };
        g_autofree char *expected = NULL, *events = NULL;
        LedgerCall calls[2];

        g_assert_cmpint(ask_shared(ledger, 1, 1, SHARED_RESERVED, 0), ==, VERDICT_OK);
        for (unsigned i = 0; i < 2; i++) {
                begin(ledger, 2 + i, 1, &calls[i]);
                write_call(ledger, &calls[i], &expected, &events);
        }

        /* both were sent before the first answer came */
        g_assert_cmpint(ledger_call_read(&calls[0], &again), ==, LEDGER_E_MORE);
        write_call(ledger, &calls[0], &expected, &events);
        g_assert_cmpstr(expected, ==, "");
        g_assert_cmpstr(events, ==, "0 1,");
        g_assert_cmpint(ledger_call_read(&calls[1], &again), ==, LEDGER_E_MORE);
        write_call(ledger, &calls[1], &expected, &events);
        g_assert_cmpstr(expected, !=, "");
        g_assert_cmpstr(events, ==, "");
        for (unsigned i = 0; i < 2; i++)
                ledger_call_end(&calls[i]);
}

static void test_what_was_told_by_a_new_beginning_is_not_told_twice(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_REJECT);
        const SharedReply again = { .kind = SHARED_AGAIN };
        g_autofree char *expected = NULL, *events = NULL;
        LedgerCall asked, told = { .mode = SHARED_TELL };
        Subjects names = subjects_of("d1.test", "", "");

        g_assert_cmpint(ask_shared(ledger, 1, 4, SHARED_RESERVED, 0), ==, VERDICT_OK);
        begin(ledger, 2, 1, &asked);
        write_call(ledger, &asked, &expected, &events);
        /* an event of its own, on its way behind the question */
        g_assert_cmpint(ledger_call_ask(ledger, NULL, 0, &names, START, &told), ==, 0);
        told.mode = SHARED_TELL;
        told.change = -4;
        write_call(ledger, &told, &expected, &events);
        g_assert_cmpstr(events, ==, "0 -4,");

        g_assert_cmpint(ledger_call_read(&asked, &again), ==, LEDGER_E_MORE);
        write_call(ledger, &asked, &expected, &events);
        g_assert_cmpint(ledger_call_read(&told, &again), ==, LEDGER_E_MORE);
        write_call(ledger, &told, &expected, &events);
        g_assert_cmpstr(events, ==, "");
        ledger_call_end(&asked);
        ledger_call_end(&told);
}

static void test_without_the_server_a_part_of_each_limit_is_left(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_REJECT);

        ledger_set_part(ledger, 30);
        g_assert_cmpint(ask(ledger, 1, 3), ==, VERDICT_OK);
        g_assert_cmpint(ask(ledger, 2, 1), ==, VERDICT_DENY);
        ledger_set_part(ledger, 1); /* of ten, which is not none */
        g_assert_cmpuint(usage_at(ledger, START).limits[WINDOW_HOUR], ==, 1);
        ledger_set_part(ledger, 100);
        g_assert_cmpint(ask(ledger, 2, 7), ==, VERDICT_OK);
}

static void test_held_message_goes_when_the_server_has_room(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_HOLD);
        g_autoptr(GString) told = g_string_new(NULL);
        SharedReply reply = { .kind = SHARED_OVER, .used = { { 10, 10 } } };
        LedgerCall call;
        bool go;

        g_assert_cmpint(ask_shared(ledger, 1, 1, SHARED_OVER, 10), ==, VERDICT_HOLD);
        accepted(ledger, 1, START);
        ledger_set_teller(ledger, on_tell, told);

        for (unsigned i = 0; i < 2; i++) {
                int64_t now = START + 60 * i;

                g_assert_cmpint(ledger_call_release(ledger, id_of(1), now, &call), ==, 0);
                g_assert_cmpint(ledger_call_read(&call, &reply), ==, 0);
                g_assert_cmpint(ledger_release_shared(ledger, id_of(1), NULL, now, &call, &go),
                                ==,
                                0);
                g_assert_cmpint(go, ==, i == 1);
                ledger_call_end(&call);
                /* it is not asked again at once */
                g_assert_cmpint(ledger_call_release(ledger, id_of(1), now, &call),
                                ==,
                                LEDGER_E_NOT_SHARED);
                reply.kind = SHARED_RESERVED;
        }
        g_assert_cmpstr(told->str, ==, "");
}

static void test_reset_is_for_all_servers(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_REJECT);
        g_autoptr(GString) told = g_string_new(NULL);

        ledger_set_teller(ledger, on_tell, told);
        g_assert_cmpint(ledger_reset(ledger, SUBJECT_DOMAIN, "d1.test", START), ==, 0);
        g_assert_cmpstr(told->str, ==, "reset, ");
}

static void test_nothing_is_asked_without_a_limit(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(0, OVER_LIMIT_REJECT);
        Subjects names = subjects_of("d1.test", "", "1000");
        LedgerCall call;

        g_assert_cmpint(ledger_call_ask(ledger, id_of(1), 1, &names, START, &call),
                        ==,
                        LEDGER_E_NOT_SHARED);
        g_assert_cmpuint(ledger_count_subjects(ledger), ==, 0);
}

static void test_subject_stays_while_it_is_asked_for(void) {
        CLEANUP(ledger_freep) Ledger *ledger = ledger_with(10, OVER_LIMIT_REJECT);
        LedgerCall call;

        begin(ledger, 1, 1, &call);
        g_assert_cmpint(ledger_sweep(ledger, START + 100000, true), ==, 0);
        g_assert_cmpuint(ledger_count_subjects(ledger), ==, 1);
        ledger_call_end(&call);
        g_assert_cmpint(ledger_sweep(ledger, START + 100000, true), ==, 0);
        g_assert_cmpuint(ledger_count_subjects(ledger), ==, 0);
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/ledger-shared/sum", test_the_servers_sum_decides);
        g_test_add_func("/ledger-shared/reserved", test_what_was_reserved_is_not_told_again);
        g_test_add_func("/ledger-shared/rejected", test_what_is_not_accepted_is_taken_back);
        g_test_add_func("/ledger-shared/unused",
                        test_what_the_ledger_does_not_take_in_is_taken_back);
        g_test_add_func("/ledger-shared/chain", test_a_chain_begins_with_all_that_counts);
        g_test_add_func("/ledger-shared/broken", test_a_broken_chain_begins_anew_once);
        g_test_add_func("/ledger-shared/twice",
                        test_what_was_told_by_a_new_beginning_is_not_told_twice);
        g_test_add_func("/ledger-shared/part",
                        test_without_the_server_a_part_of_each_limit_is_left);
        g_test_add_func("/ledger-shared/held", test_held_message_goes_when_the_server_has_room);
        g_test_add_func("/ledger-shared/reset", test_reset_is_for_all_servers);
        g_test_add_func("/ledger-shared/no-limit", test_nothing_is_asked_without_a_limit);
        g_test_add_func("/ledger-shared/sweep", test_subject_stays_while_it_is_asked_for);

        return g_test_run();
}
