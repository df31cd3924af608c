/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Arguments that say how, not what: options, filters, ids, times. */

#include <errno.h>

#include "bus/codec-read.h"
#include "dbus/dictionary.h"
#include "util/parse.h"
#include "util/text.h"

static int read_option(const Entry *entry, void *target) {
        ReplaceOptions *options = target;
        bool *seen;
        int r;

        if (string_equal(entry->key, "IfGeneration"))
                seen = &options->if_generation_set;
        else if (string_equal(entry->key, "DryRun"))
                seen = &options->dry_run_set;
        else
                return entry_refuse_unknown(entry, "IfGeneration and DryRun");

        r = entry_refuse_twice(entry, *seen);
        if (r < 0)
                return r;

        *seen = true;
        if (seen == &options->dry_run_set)
                return entry_read_boolean(entry, &options->dry_run);

        return entry_read_basic(entry, SD_BUS_TYPE_UINT64, &options->if_generation);
}

int codec_read_replace_options(sd_bus_message *m, ReplaceOptions *ret, Failure *reterr) {
        ReplaceOptions options = {};
        int r;

        assert(m && ret);

        r = dictionary_read(m, read_option, &options, reterr);
        if (r < 0)
                return r;

        *ret = options;
        return 0;
}

static int read_page_entry(const Entry *entry, void *target) {
        Page *page = target;
        bool is_most = string_equal(entry->key, "Most");
        int r;

        if (!is_most && !string_equal(entry->key, "After"))
                return entry_refuse_unknown(entry, "Most and After");

        r = entry_refuse_twice(entry, is_most ? page->most > 0 : page->after_set);
        if (r < 0)
                return r;

        if (is_most)
                return entry_read_most(entry, CODEC_PAGE_MAX, &page->most);

        page->after_set = true;
        return entry_read_basic(entry, SD_BUS_TYPE_UINT32, &page->after);
}

int codec_read_page(sd_bus_message *m, Page *ret, Failure *reterr) {
        Page page = {};
        int r;

        assert(m && ret);

        r = dictionary_read(m, read_page_entry, &page, reterr);
        if (r < 0)
                return r;

        if (page.most == 0)
                page.most = CODEC_PAGE_DEFAULT;

        *ret = page;
        return 0;
}

int codec_read_try_seconds(sd_bus_message *m, uint32_t *ret, Failure *reterr) {
        uint32_t seconds;
        int r;

        assert(m && ret);

        r = sd_bus_message_read_basic(m, SD_BUS_TYPE_UINT32, &seconds);
        if (r < 0)
                return r;

        if (seconds < SMTP_RESTRICTIONS_TRY_SECONDS_MIN ||
            seconds > SMTP_RESTRICTIONS_TRY_SECONDS_MAX)
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "Seconds: is %d to %d, not %u",
                                SMTP_RESTRICTIONS_TRY_SECONDS_MIN,
                                SMTP_RESTRICTIONS_TRY_SECONDS_MAX,
                                seconds);

        *ret = seconds;
        return 0;
}

int codec_read_id(sd_bus_message *m, char *ret, size_t size, Failure *reterr) {
        const char *id;
        int r;

        assert(m && ret && size > 0);

        r = sd_bus_message_read_basic(m, SD_BUS_TYPE_STRING, &id);
        if (r < 0)
                return r;

        if (id[0] == 0 || strlen(id) >= size)
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "Id: has 1 to %zu characters, not %zu",
                                size - 1,
                                strlen(id));

        (void) strcpy(ret, id);
        return 0;
}

/* Ids of the history are numbers, which nobody has to know. */
static bool parse_past(const char *id, uint64_t *ret) {
        return parse_u64(id, UINT64_MAX - 1, ret) >= 0 && *ret > 0;
}

int codec_read_past(sd_bus_message *m, uint64_t *ret, Failure *reterr) {
        const char *id;
        int r;

        assert(m && ret);

        r = sd_bus_message_read_basic(m, SD_BUS_TYPE_STRING, &id);
        if (r < 0)
                return r;

        if (!parse_past(id, ret))
                return failure_set(
                                reterr,
                                -ENOENT,
                                FAILURE_NOT_FOUND,
                                "Id: there is no such policy in the history; see ListHistory");
        return 0;
}

typedef struct HistoryFilter {
        uint32_t most;
        uint64_t after;
} HistoryFilter;

static int read_history_entry(const Entry *entry, void *target) {
        HistoryFilter *filter = target;
        const char *id;
        int r;

        if (string_equal(entry->key, "Most")) {
                r = entry_refuse_twice(entry, filter->most > 0);
                return r < 0 ? r : entry_read_most(entry, CODEC_PAGE_MAX, &filter->most);
        }
        if (!string_equal(entry->key, "After"))
                return entry_refuse_unknown(entry, "Most and After");

        r = entry_refuse_twice(entry, filter->after > 0);
        if (r < 0)
                return r;
        r = entry_read_basic(entry, SD_BUS_TYPE_STRING, &id);
        if (r < 0)
                return r;
        if (!parse_past(id, &filter->after))
                return failure_set(
                                entry->reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "After: takes an Id that ListHistory gave");
        return 0;
}

int codec_read_history_filter(
                sd_bus_message *m, uint32_t *ret_most, uint64_t *ret_after, Failure *reterr) {
        HistoryFilter filter = {};
        int r;

        assert(m && ret_most && ret_after);

        r = dictionary_read(m, read_history_entry, &filter, reterr);
        if (r < 0)
                return r;

        *ret_most = filter.most > 0 ? filter.most : CODEC_PAGE_DEFAULT;
        *ret_after = filter.after;
        return 0;
}

typedef struct AttemptReading {
        bool reset;
        bool since_set;
        AttemptFilter filter;
} AttemptReading;

static int read_user(const Entry *entry, AttemptFilter *filter) {
        const char *user;
        int r;

        r = entry_refuse_twice(entry, filter->user[0] != 0);
        if (r < 0)
                return r;
        r = entry_read_basic(entry, SD_BUS_TYPE_STRING, &user);
        if (r < 0)
                return r;
        if (user[0] == 0 || strlen(user) >= sizeof(filter->user))
                return failure_set(
                                entry->reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "User: has 1 to %zu bytes, not %zu",
                                sizeof(filter->user) - 1,
                                strlen(user));

        (void) strcpy(filter->user, user);
        return 0;
}

static int read_attempt_entry(const Entry *entry, void *target) {
        AttemptReading *reading = target;
        int r;

        if (string_equal(entry->key, "User"))
                return read_user(entry, &reading->filter);
        if (reading->reset)
                return entry_refuse_unknown(entry, "User");

        if (string_equal(entry->key, "Most")) {
                r = entry_refuse_twice(entry, reading->filter.most > 0);
                return r < 0 ? r : entry_read_most(entry, CODEC_PAGE_MAX, &reading->filter.most);
        }
        if (!string_equal(entry->key, "Since"))
                return entry_refuse_unknown(entry, "User, Since and Most");

        r = entry_refuse_twice(entry, reading->since_set);
        if (r < 0)
                return r;
        reading->since_set = true;
        return entry_read_basic(entry, SD_BUS_TYPE_UINT64, &reading->filter.since_usec);
}

int codec_read_attempt_filter(sd_bus_message *m, bool reset, AttemptFilter *ret, Failure *reterr) {
        AttemptReading reading = { .reset = reset };
        int r;

        assert(m && ret);

        r = dictionary_read(m, read_attempt_entry, &reading, reterr);
        if (r < 0)
                return r;

        if (reading.filter.most == 0)
                reading.filter.most = CODEC_PAGE_DEFAULT;

        *ret = reading.filter;
        return 0;
}
