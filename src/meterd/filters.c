/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "dbus/dictionary.h"
#include "meterd/filters.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/text.h"

typedef struct Reading {
        const UserNames *users;
        UsageFilter usage;
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

int filter_read_usage(
                sd_bus_message *m, const UserNames *users, UsageFilter *ret, Failure *reterr) {
        Reading reading = { .users = users };
        int r;

        r = dictionary_read(m, read_usage_entry, &reading, reterr);
        if (r < 0)
                return r;

        if (reading.usage.most == 0)
                reading.usage.most = FILTER_MOST_DEFAULT;
        *ret = reading.usage;
        return 0;
}
