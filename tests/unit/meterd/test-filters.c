/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <stdarg.h>

#include "meterd/filters.h"
#include "unit/message.h"

#define ID1 "1xUK9t-0002H3-2M"
#define ID2 "1xUK9t-00000000H3k-2M2m"

#define ENTRIES "a{sv}"

/* A message to be read, of ENTRIES: how many, and each as sd_bus_message_append() takes it. */
static sd_bus_message *filter_of(const char *types, ...) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = message_new();
        va_list values;

        va_start(values, types);
        g_assert_cmpint(sd_bus_message_appendv(m, types, values), >=, 0);
        va_end(values);

        message_seal(m);
        return TAKE(m);
}

static void read_usage(sd_bus_message *message, UsageFilter *ret) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = message;
        CLEANUP(failure_done) Failure failure = {};

        g_assert_cmpint(filter_read_usage(m, NULL, ret, &failure), ==, 0);
}

static void read_held(sd_bus_message *message, bool for_change, HeldFilter *ret) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = message;
        CLEANUP(failure_done) Failure failure = {};

        g_assert_cmpint(filter_read_held(m, NULL, for_change, ret, &failure), ==, 0);
}

static void held_is_refused(
                sd_bus_message *message, bool for_change, FailureCode code, const char *words) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = message;
        CLEANUP(failure_done) Failure failure = {};
        g_autofree HeldFilter *filter = g_new(HeldFilter, 1);

        g_assert_cmpint(filter_read_held(m, NULL, for_change, filter, &failure), ==, -EINVAL);
        g_assert_cmpint(failure.code, ==, code);
        message_assert_holds(failure.text, words);
}

static void test_usage_filter_is_read(void) {
        UsageFilter filter;

        read_usage(filter_of(ENTRIES, 0), &filter);
        g_assert_cmpuint(filter.most, ==, FILTER_MOST_DEFAULT);
        g_assert_false(filter.has_kind || filter.has_after);

        read_usage(filter_of(ENTRIES,
                             3,
                             "Kind",
                             "s",
                             "mailbox",
                             "Most",
                             "u",
                             7,
                             "After",
                             "s",
                             "domain:A.test"),
                   &filter);
        g_assert_true(filter.has_kind && filter.has_after);
        g_assert_cmpint(filter.kind, ==, SUBJECT_MAILBOX);
        g_assert_cmpuint(filter.most, ==, 7);
        g_assert_cmpstr(filter.after.name, ==, "a.test");
}

static void test_held_filter_is_read(void) {
        g_autofree HeldFilter *filter = g_new(HeldFilter, 1);

        read_held(filter_of(ENTRIES, 2, "Subject", "s", "user:7", "Ids", "as", 2, ID1, ID2),
                  true,
                  filter);
        g_assert_true(filter->has_subject && filter->has_ids);
        g_assert_cmpuint(filter->id_count, ==, 2);
        g_assert_cmpstr(filter->ids[1], ==, ID2);
        g_assert_cmpuint(filter->most, ==, SMTP_RESTRICTIONS_METER_ENTRIES_MAX);

        read_held(filter_of(ENTRIES, 1, "After", "s", ID1), false, filter);
        g_assert_cmpstr(filter->after, ==, ID1);
        g_assert_cmpuint(filter->most, ==, FILTER_MOST_DEFAULT);
}

static void test_what_names_no_message_is_refused(void) {
        held_is_refused(filter_of(ENTRIES, 0), true, FAILURE_INVALID_VALUE, "Names no message");
        held_is_refused(filter_of(ENTRIES, 1, "Ids", "as", 0),
                        true,
                        FAILURE_INVALID_VALUE,
                        "Names no message");
        held_is_refused(filter_of(ENTRIES, 1, "After", "s", ID1),
                        true,
                        FAILURE_UNKNOWN_KEY,
                        "After");
}

static void test_values_of_a_held_filter_are_checked(void) {
        static const struct {
                const char *key, *type, *value, *words;
        } cases[] = {
                { "Ids", "s", ID1, "Ids: takes a value of D-Bus type 'as'" },
                { "After", "s", "", "After: '' is no name" },
                { "After", "s", "-rf", "After: '-rf' is no name" },
                { "Subject", "s", "alice", "Subject: 'alice' is none of" },
        };

        for (size_t i = 0; i < ELEMENTS_OF(cases); i++)
                held_is_refused(filter_of(ENTRIES, 1, cases[i].key, cases[i].type, cases[i].value),
                                false,
                                FAILURE_INVALID_VALUE,
                                cases[i].words);
        held_is_refused(filter_of(ENTRIES, 2, "After", "s", ID1, "Ids", "as", 0),
                        false,
                        FAILURE_INVALID_VALUE,
                        "After: is for pages");
        held_is_refused(filter_of(ENTRIES, 1, "Most", "u", 1001),
                        false,
                        FAILURE_INVALID_VALUE,
                        "Most: is 1 to 1000");
        held_is_refused(filter_of(ENTRIES, 2, "Most", "u", 1, "Most", "u", 2),
                        false,
                        FAILURE_INVALID_VALUE,
                        "twice");
}

static void test_more_ids_than_there_is_room_for_are_refused(void) {
        sd_bus_message *m = message_new();
        g_auto(GStrv) ids = g_new0(char *, SMTP_RESTRICTIONS_METER_ENTRIES_MAX + 2);

        for (size_t i = 0; i <= SMTP_RESTRICTIONS_METER_ENTRIES_MAX; i++)
                ids[i] = g_strdup(ID1);
        g_assert_cmpint(sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "{sv}"), >=, 0);
        g_assert_cmpint(sd_bus_message_open_container(m, SD_BUS_TYPE_DICT_ENTRY, "sv"), >=, 0);
        g_assert_cmpint(sd_bus_message_append_basic(m, SD_BUS_TYPE_STRING, "Ids"), >=, 0);
        g_assert_cmpint(sd_bus_message_open_container(m, SD_BUS_TYPE_VARIANT, "as"), >=, 0);
        g_assert_cmpint(sd_bus_message_append_strv(m, ids), >=, 0);
        for (size_t i = 0; i < 3; i++)
                g_assert_cmpint(sd_bus_message_close_container(m), >=, 0);
        message_seal(m);

        held_is_refused(m, true, FAILURE_INVALID_VALUE, "Ids: has more than 1000 entries");
}

int main(int argc, char *argv[]) {
        g_test_init(&argc, &argv, NULL);

        g_test_add_func("/meterd/filters/usage", test_usage_filter_is_read);
        g_test_add_func("/meterd/filters/held", test_held_filter_is_read);
        g_test_add_func("/meterd/filters/nothing", test_what_names_no_message_is_refused);
        g_test_add_func("/meterd/filters/values", test_values_of_a_held_filter_are_checked);
        g_test_add_func("/meterd/filters/bound", test_more_ids_than_there_is_room_for_are_refused);

        return g_test_run();
}
