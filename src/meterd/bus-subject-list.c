/* SPDX-License-Identifier: GPL-2.0-or-later */

/* ListSubjects: those for which something is set by name. */

#include <errno.h>

#include "dbus/containers.h"
#include "dbus/dictionary.h"
#include "meter/subject-text.h"
#include "meterd/bus-rows.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/text.h"

#define PAGE_DEFAULT 1000
#define PAGE_MAX     10000

typedef struct Filter {
        SubjectKind kind; /* _SUBJECT_KIND_MAX: all */
        uint32_t most;    /* 0: not said */
        Subject after;
        Subject only;
        bool has_after;
        bool has_only;
        const UserNames *users; /* borrowed, while it is read */
} Filter;

static int read_kind(const Entry *entry, Filter *filter) {
        CLEANUP(freep) char *quoted = NULL;
        const char *word = NULL;
        int r;

        r = entry_refuse_twice(entry, filter->kind != _SUBJECT_KIND_MAX);
        if (r >= 0)
                r = entry_read_basic(entry, SD_BUS_TYPE_STRING, &word);
        if (r < 0 || subject_kind_from_string(word, &filter->kind))
                return r;

        quoted = string_quote(word, strlen(word), 64);
        return failure_set(
                        entry->reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        "Kind: '%s' is none of 'domain', 'mailbox', 'user'",
                        quoted ?: "?");
}

static int read_filter_subject(
                const Entry *entry, const Filter *filter, bool *has, Subject *subject) {
        const char *word = NULL;
        int r;

        r = entry_refuse_twice(entry, *has);
        if (r >= 0)
                r = entry_read_basic(entry, SD_BUS_TYPE_STRING, &word);
        if (r < 0)
                return r;

        *has = true;
        return subject_from_text(word, filter->users, subject, entry->reterr);
}

static int read_filter(const Entry *entry, void *target) {
        Filter *filter = target;
        int r;

        if (string_equal(entry->key, "Kind"))
                return read_kind(entry, filter);
        if (string_equal(entry->key, "Most")) {
                r = entry_refuse_twice(entry, filter->most > 0);
                return r < 0 ? r : entry_read_most(entry, PAGE_MAX, &filter->most);
        }
        if (string_equal(entry->key, "After"))
                return read_filter_subject(entry, filter, &filter->has_after, &filter->after);
        if (string_equal(entry->key, "Subject"))
                return read_filter_subject(entry, filter, &filter->has_only, &filter->only);

        return entry_refuse_unknown(entry, "Kind, Subject, Most and After");
}

int bus_read_subjects(MeterBus *bus, sd_bus_message *m, BusRequest *request, Failure *reterr) {
        CLEANUP(freep) Filter *filter = calloc(1, sizeof(*filter));
        int r;

        if (!filter)
                return -ENOMEM;
        filter->kind = _SUBJECT_KIND_MAX;
        filter->users = bus_users(bus);
        r = dictionary_read(m, read_filter, filter, reterr);
        if (r < 0)
                return r;

        if (filter->most == 0)
                filter->most = PAGE_DEFAULT;
        request->arguments = TAKE(filter);
        return 0;
}

typedef struct List {
        sd_bus_message *reply;
        const Filter *filter;
        const UserNames *users;
        uint32_t count;
} List;

enum { LIST_IS_FULL = 2 }; /* other than what a store returns */

typedef struct Listed {
        const char *subject;
        const char *by;
        const SubjectSettings *settings;
} Listed;

static int append_suspension(sd_bus_message *m, const Listed *listed) {
        int r;

        r = sd_bus_message_append(
                        m,
                        "{sv}{sv}",
                        "Suspended",
                        "s",
                        suspension_to_string(listed->settings->suspension),
                        "SuspendedSince",
                        "t",
                        listed->settings->suspended_usec);
        return r < 0 ? r : entry_append_text(m, "SuspendedBy", listed->by);
}

static int append_settings(sd_bus_message *m, const void *subject) {
        static const char *const keys[_WINDOW_LENGTH_MAX] = { SMTP_RESTRICTIONS_SUBJECT_HOURLY,
                                                              SMTP_RESTRICTIONS_SUBJECT_DAILY };
        const Listed *listed = subject;
        const SubjectSettings *settings = listed->settings;
        int r;

        r = entry_append_text(m, "Subject", listed->subject);
        for (WindowLength i = 0; i < _WINDOW_LENGTH_MAX && r >= 0; i++)
                if (settings->limits[i] > 0)
                        r = sd_bus_message_append(m, "{sv}", keys[i], "u", settings->limits[i]);
        if (r >= 0 && settings->smtp_auth != SMTP_AUTH_INHERIT)
                r = sd_bus_message_append(
                                m,
                                "{sv}",
                                SMTP_RESTRICTIONS_SUBJECT_SMTP_AUTH,
                                "s",
                                smtp_auth_to_string(settings->smtp_auth));
        if (r >= 0 && settings->suspension != SUSPENSION_NONE)
                r = append_suspension(m, listed);
        return r;
}

static int append_subject(
                SubjectKind kind,
                const char *name,
                const SubjectSettings *settings,
                void *userdata) {
        List *list = userdata;
        CLEANUP(freep) char *text = NULL;
        CLEANUP(freep) char *number = NULL;
        int r;

        if (list->count == list->filter->most ||
            (list->filter->kind != _SUBJECT_KIND_MAX && list->filter->kind != kind))
                return LIST_IS_FULL;

        text = subject_to_text(kind, name, list->users);
        number = string_format("%u", settings->suspended_by);
        if (!text || !number)
                return -ENOMEM;
        list->count++;
        r = dictionary_append(
                        list->reply,
                        append_settings,
                        &(Listed){ text,
                                   user_names_find(list->users, settings->suspended_by) ?: number,
                                   settings });
        return r < 0 ? r : 0;
}

static int append_only(MeterBus *bus, const Subject *subject, List *list) {
        SubjectSettings settings;

        if (!subject_table_find(bus->meter->subjects, subject->kind, subject->name, &settings))
                return 0;
        return append_subject(subject->kind, subject->name, &settings, list);
}

static int append_page(MeterBus *bus, const Filter *filter, List *list) {
        SubjectKind kind = filter->kind != _SUBJECT_KIND_MAX ? filter->kind : SUBJECT_DOMAIN;
        const char *after = filter->kind != _SUBJECT_KIND_MAX ? "" : NULL;

        /* behind one of another kind: those of this kind all come later, or there are none */
        if (filter->has_after &&
            (filter->kind == _SUBJECT_KIND_MAX || filter->after.kind >= filter->kind)) {
                kind = filter->after.kind;
                after = filter->after.name;
        }

        return store_list_subjects(
                        subject_table_store(bus->meter->subjects),
                        kind,
                        after,
                        append_subject,
                        list);
}

int bus_list_subjects(MeterBus *bus, const BusRequest *request, Call **call, Failure *reterr) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const Filter *filter = request->arguments;
        List list = { .filter = filter, .users = bus_users(bus) };
        int r;

        (void) reterr;
        r = sd_bus_message_new_method_return(call_message(*call), &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, SD_BUS_TYPE_ARRAY, "a{sv}");
        if (r < 0)
                return r;

        list.reply = reply;
        r = filter->has_only ? append_only(bus, &filter->only, &list)
                             : append_page(bus, filter, &list);
        if (r > 0 && r != LIST_IS_FULL)
                return -EIO;
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}
