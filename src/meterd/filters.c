/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "dbus/dictionary.h"
#include "meterd/filters.h"
#include "util/text.h"

typedef struct Reading {
        const UserNames *users;
        UsageFilter usage;
        bool for_change;
        HeldFilter *held; /* borrowed */
} Reading;

static int read_most(const Entry *entry, uint32_t *most) {
        int r;

        r = entry_refuse_twice(entry, *most > 0);
        return r < 0 ? r : entry_read_most(entry, SMTP_RESTRICTIONS_METER_ENTRIES_MAX, most);
}

static int read_subject(const Entry *entry, const UserNames *users, bool *seen, Subject *ret) {
        const char *text;
        int r;

        r = entry_refuse_twice(entry, *seen);
        if (r >= 0)
                r = entry_read_basic(entry, SD_BUS_TYPE_STRING, &text);
        if (r < 0)
                return r;

        *seen = true;
        return subject_from_text(text, users, ret, entry->reterr);
}

static int read_kind(const Entry *entry, UsageFilter *filter) {
        CLEANUP(freep) char *quoted = NULL;
        const char *word;
        int r;

        r = entry_refuse_twice(entry, filter->has_kind);
        if (r >= 0)
                r = entry_read_basic(entry, SD_BUS_TYPE_STRING, &word);
        if (r < 0)
                return r;

        filter->has_kind = true;
        if (subject_kind_from_string(word, &filter->kind))
                return 0;

        quoted = string_quote(word, strlen(word), 40);
        return failure_set(
                        entry->reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        "Kind: is domain, mailbox or user, not '%s'",
                        quoted ?: "?");
}

static int read_usage_entry(const Entry *entry, void *target) {
        Reading *reading = target;
        UsageFilter *filter = &reading->usage;

        if (string_equal(entry->key, "Kind"))
                return read_kind(entry, filter);
        if (string_equal(entry->key, "Most"))
                return read_most(entry, &filter->most);
        if (string_equal(entry->key, "After"))
                return read_subject(entry, reading->users, &filter->has_after, &filter->after);

        return entry_refuse_unknown(entry, "Kind, Most and After");
}

static int read_report_entry(const Entry *entry, void *target) {
        Reading *reading = target;
        UsageFilter *filter = &reading->usage;
        int r;

        if (string_equal(entry->key, "Since")) {
                r = entry_refuse_twice(entry, filter->has_since);
                filter->has_since = true;
                return r < 0 ? r : entry_read_basic(entry, SD_BUS_TYPE_UINT64, &filter->since_usec);
        }
        if (string_equal(entry->key, "Subject"))
                return read_subject(entry, reading->users, &filter->has_subject, &filter->subject);
        if (string_equal(entry->key, "Kind") || string_equal(entry->key, "Most") ||
            string_equal(entry->key, "After"))
                return read_usage_entry(entry, target);

        return entry_refuse_unknown(entry, "Kind, Subject, Since, Most and After");
}

static int read_page(
                sd_bus_message *m,
                EntryReader read_entry,
                const UserNames *users,
                UsageFilter *ret,
                Failure *reterr) {
        Reading reading = { .users = users };
        int r;

        r = dictionary_read(m, read_entry, &reading, reterr);
        if (r < 0)
                return r;

        if (reading.usage.most == 0)
                reading.usage.most = FILTER_MOST_DEFAULT;
        *ret = reading.usage;
        return 0;
}

int filter_read_usage(
                sd_bus_message *m, const UserNames *users, UsageFilter *ret, Failure *reterr) {
        return read_page(m, read_usage_entry, users, ret, reterr);
}

int filter_read_report(
                sd_bus_message *m, const UserNames *users, UsageFilter *ret, Failure *reterr) {
        int r;

        r = read_page(m, read_report_entry, users, ret, reterr);
        if (r >= 0 && ret->has_subject && (ret->has_kind || ret->has_after))
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "Subject: is for one of them; Kind and After are for the list");
        return r;
}

static int check_id(const Entry *entry, const char *id) {
        CLEANUP(freep) char *quoted = NULL;

        if (message_id_is_valid(id, strlen(id)))
                return 0;

        quoted = string_quote(id, strlen(id), 40);
        return failure_set(
                        entry->reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        "%s: '%s' is no name of a message, as 1xUK9t-0002H3-2M",
                        entry->key,
                        quoted ?: "?");
}

static int add_id(const Entry *entry, const char *id, HeldFilter *filter) {
        int r;

        r = check_id(entry, id);
        if (r < 0)
                return r;
        if (filter->id_count == ELEMENTS_OF(filter->ids))
                return failure_set(
                                entry->reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: has more than %zu entries, the most that are taken",
                                entry->key,
                                ELEMENTS_OF(filter->ids));

        (void) strcpy(filter->ids[filter->id_count++], id);
        return 0;
}

static int read_ids(const Entry *entry, HeldFilter *filter) {
        const char *id;
        int r;

        r = entry_refuse_twice(entry, filter->has_ids);
        if (r >= 0)
                r = entry_expect_type(entry, "as");
        if (r >= 0)
                r = sd_bus_message_enter_container(entry->message, SD_BUS_TYPE_ARRAY, "s");
        if (r < 0)
                return r;

        filter->has_ids = true;
        while ((r = sd_bus_message_read_basic(entry->message, SD_BUS_TYPE_STRING, &id)) > 0) {
                r = add_id(entry, id, filter);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;

        r = sd_bus_message_exit_container(entry->message);
        return r < 0 ? r : 0;
}

static int read_after(const Entry *entry, HeldFilter *filter) {
        const char *id;
        int r;

        r = entry_refuse_twice(entry, filter->after[0]);
        if (r >= 0)
                r = entry_read_basic(entry, SD_BUS_TYPE_STRING, &id);
        if (r >= 0)
                r = check_id(entry, id);
        if (r >= 0)
                (void) strcpy(filter->after, id);
        return r;
}

static int read_held_entry(const Entry *entry, void *target) {
        Reading *reading = target;
        HeldFilter *filter = reading->held;

        if (string_equal(entry->key, "Subject"))
                return read_subject(entry, reading->users, &filter->has_subject, &filter->subject);
        if (string_equal(entry->key, "Ids"))
                return read_ids(entry, filter);
        if (string_equal(entry->key, "Most"))
                return read_most(entry, &filter->most);
        if (reading->for_change)
                return entry_refuse_unknown(entry, "Subject, Ids and Most");
        if (string_equal(entry->key, "After"))
                return read_after(entry, filter);

        return entry_refuse_unknown(entry, "Subject, Ids, Most and After");
}

int filter_read_held(
                sd_bus_message *m,
                const UserNames *users,
                bool for_change,
                HeldFilter *ret,
                Failure *reterr) {
        Reading reading = { .users = users, .for_change = for_change, .held = ret };
        int r;

        *ret = (HeldFilter){};
        r = dictionary_read(m, read_held_entry, &reading, reterr);
        if (r < 0)
                return r;

        if (for_change && !ret->has_subject && ret->id_count == 0)
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "Names no message: Subject or Ids has to say which");
        if (ret->has_ids && ret->after[0])
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "After: is for pages, not for a list of Ids");

        if (ret->most == 0)
                ret->most = for_change || ret->has_ids ? SMTP_RESTRICTIONS_METER_ENTRIES_MAX
                                                       : FILTER_MOST_DEFAULT;
        return 0;
}
