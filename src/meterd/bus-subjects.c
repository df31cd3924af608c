/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What is set for subjects by name: SetSubject, SuspendSubject, ResumeSubject. */

#include <errno.h>

#include "dbus/bus-error.h"
#include "dbus/dictionary.h"
#include "meter/subject-text.h"
#include "meterd/bus-hooks.h"
#include "meterd/bus-rows.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/log.h"
#include "util/now.h"
#include "util/text.h"

#define HOURLY    SMTP_RESTRICTIONS_SUBJECT_HOURLY
#define DAILY     SMTP_RESTRICTIONS_SUBJECT_DAILY
#define SMTP_AUTH SMTP_RESTRICTIONS_SUBJECT_SMTP_AUTH

typedef struct Wish {
        Subject subject; /* the first: bus_read_subject() */
        SubjectChange change;
        bool has_auth; /* its key was named */
} Wish;

/* Someone waits for it to be on the disk. */
typedef struct Wait {
        Meter *meter; /* borrowed; its bus may be gone */
        Call *call;   /* owned; NULL: who called has left */
        char *told;   /* owned: the subject that is suspended or resumed; NULL: that is not it */
        Suspension suspension;
        bool is_set; /* something is; else it is taken back */
} Wait;

static Wait *wait_free(Wait *wait) {
        if (!wait)
                return NULL;

        free(wait->told);
        free(wait);
        return NULL;
}
DEFINE_CLEANUP(Wait, wait_free)

static int read_subject(MeterBus *bus, sd_bus_message *m, BusRequest *request, Failure *reterr) {
        Subject *subject;
        Wish *wish;
        int r;

        r = bus_read_subject(bus, m, request, reterr);
        if (r < 0)
                return r;

        subject = request->arguments;
        if (strlen(subject->name) > SUBJECT_SETTINGS_NAME_MAX)
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "Subject: nothing can be set for a name of more than %zu bytes",
                                SUBJECT_SETTINGS_NAME_MAX);

        wish = calloc(1, sizeof(*wish));
        if (!wish)
                return -ENOMEM;
        wish->subject = *subject;
        free(subject);
        request->arguments = wish;
        return 0;
}

static int read_limit(const Entry *entry, Wish *wish, WindowLength window) {
        uint32_t number;
        int r;

        r = entry_refuse_twice(entry, wish->change.settings.limits[window] > 0);
        if (r >= 0)
                r = entry_read_basic(entry, SD_BUS_TYPE_UINT32, &number);
        if (r < 0)
                return r;
        if (number == 0 || number > SMTP_RESTRICTIONS_RATE_MAX)
                return failure_set(
                                entry->reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "%s: %u is not between 1 and %u%s",
                                entry->key,
                                number,
                                SMTP_RESTRICTIONS_RATE_MAX,
                                number == 0 ? "; leave it out for no limit of its own, "
                                              "SuspendSubject to forbid"
                                            : "");

        wish->change.settings.limits[window] = number;
        return 0;
}

static int read_auth(const Entry *entry, Wish *wish) {
        CLEANUP(freep) char *quoted = NULL;
        const char *word;
        int r;

        r = entry_refuse_twice(entry, wish->has_auth);
        if (r >= 0)
                r = entry_read_basic(entry, SD_BUS_TYPE_STRING, &word);
        if (r < 0)
                return r;
        if (wish->subject.kind == SUBJECT_USER)
                return failure_set(
                                entry->reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                SMTP_AUTH
                                ": is of mailboxes and domains; a user of this host needs "
                                "none to send");

        wish->has_auth = true;
        if (smtp_auth_from_string(word, &wish->change.settings.smtp_auth) >= 0)
                return 0;

        quoted = string_quote(word, strlen(word), 64);
        return failure_set(
                        entry->reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        SMTP_AUTH ": '%s' is none of 'inherit', 'enabled', 'disabled'",
                        quoted ?: "?");
}

static int read_setting(const Entry *entry, void *target) {
        if (string_equal(entry->key, HOURLY))
                return read_limit(entry, target, WINDOW_HOUR);
        if (string_equal(entry->key, DAILY))
                return read_limit(entry, target, WINDOW_DAY);
        if (string_equal(entry->key, SMTP_AUTH))
                return read_auth(entry, target);

        return entry_refuse_unknown(entry, HOURLY ", " DAILY " and " SMTP_AUTH);
}

/* What a rule of polkit may want to see. */
static int add_setting_details(BusRequest *request) {
        const Wish *wish = request->arguments;
        static const char *const keys[_WINDOW_LENGTH_MAX] = { HOURLY, DAILY };
        int r = 0;

        for (WindowLength i = 0; i < _WINDOW_LENGTH_MAX && r >= 0; i++) {
                CLEANUP(freep) char *number = NULL;

                if (wish->change.settings.limits[i] == 0)
                        continue;
                number = string_format("%u", wish->change.settings.limits[i]);
                r = number ? bus_add_detail(request, keys[i], number) : -ENOMEM;
        }
        if (r >= 0 && wish->has_auth)
                r = bus_add_detail(
                                request,
                                SMTP_AUTH,
                                smtp_auth_to_string(wish->change.settings.smtp_auth));
        return r;
}

int bus_read_settings(MeterBus *bus, sd_bus_message *m, BusRequest *request, Failure *reterr) {
        Wish *wish;
        int r;

        r = read_subject(bus, m, request, reterr);
        if (r < 0)
                return r;

        wish = request->arguments;
        r = dictionary_read(m, read_setting, wish, reterr);
        if (r < 0)
                return r;

        /* what is not named is as all others have it */
        for (WindowLength i = 0; i < _WINDOW_LENGTH_MAX; i++)
                wish->change.limits[i] = true;
        wish->change.smtp_auth = true;
        return add_setting_details(request);
}

int bus_read_suspension(MeterBus *bus, sd_bus_message *m, BusRequest *request, Failure *reterr) {
        CLEANUP(freep) char *quoted = NULL;
        const char *word;
        Wish *wish;
        int r;

        r = read_subject(bus, m, request, reterr);
        if (r >= 0)
                r = sd_bus_message_read_basic(m, SD_BUS_TYPE_STRING, &word);
        if (r < 0)
                return r;

        wish = request->arguments;
        wish->change.suspension = true;
        if (suspension_from_string(word, &wish->change.settings.suspension) >= 0 &&
            wish->change.settings.suspension != SUSPENSION_NONE)
                return bus_add_detail(request, "mode", word);

        quoted = string_quote(word, strlen(word), 64);
        return failure_set(
                        reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        "Mode: '%s' is none of 'hold', 'reject'",
                        quoted ?: "?");
}

int bus_read_resumption(MeterBus *bus, sd_bus_message *m, BusRequest *request, Failure *reterr) {
        int r;

        r = read_subject(bus, m, request, reterr);
        if (r < 0)
                return r;

        ((Wish *) request->arguments)->change.suspension = true;
        return 0;
}

static void finish(Wait *done) {
        CLEANUP(wait_freep) Wait *wait = done;
        CLEANUP(call_freep) Call *call = wait->call;

        if (wait->told && wait->meter->bus)
                meter_bus_tell_suspended(
                                wait->meter->bus,
                                wait->told,
                                suspension_to_string(wait->suspension));
        if (!call)
                return;

        call_set_work(call, NULL, NULL);
        (void) sd_bus_reply_method_return(call_message(call), NULL);
}

static void fail(Wait *failed, FailureCode code, const char *text) {
        CLEANUP(wait_freep) Wait *wait = failed;
        CLEANUP(call_freep) Call *call = wait->call;

        if (!call)
                return;

        call_set_work(call, NULL, NULL);
        (void) sd_bus_reply_method_errorf(call_message(call), bus_error_name(code), "%s", text);
}

/* What Exim asks about anyway is in force all the same. */
static void on_hooks(int error, const char *text, void *userdata) {
        CLEANUP(freep) char *quoted = text ? string_quote(text, strlen(text), 400) : NULL;
        CLEANUP(freep) char *why = NULL;
        Wait *wait = userdata;
        const MeterBus *bus = wait->meter->bus;

        if (error < 0)
                log_warning("What Exim asks the mail meter could not be changed: %s",
                            quoted ?: "?");
        if (error >= 0 || !wait->is_set || (bus && bus_hooks_have_limits(bus))) {
                finish(wait);
                return;
        }

        why =
                        string_format("It is set, but holds only when Exim asks the mail meter, "
                                      "which cannot be done: %s",
                                      quoted ?: "?");
        fail(wait, FAILURE_METER_UNAVAILABLE, why ?: "Exim does not ask the mail meter");
}

static void on_done(int error, void *userdata) {
        CLEANUP(freep) char *text = NULL;
        Wait *wait = userdata;
        MeterBus *bus = wait->meter->bus;

        if (error >= 0 && bus && bus_hooks_are_due(bus))
                error = bus_hooks_update(bus, on_hooks, wait);
        else if (error >= 0)
                finish(wait);
        if (error >= 0)
                return;

        if (error == -ENOSPC)
                text =
                                string_format("There is no room for more subjects: %d at most, of "
                                              "which %d are suspended, as far as the disk goes",
                                              SUBJECT_TABLE_MAX,
                                              SUBJECT_SUSPENDED_MAX);
        else
                text =
                                string_format("The disk has not taken all of it: %s. Ask again",
                                              strerror(-error));
        fail(wait, FAILURE_STORAGE_FAILED, text ?: "The disk has not taken all of it");
}

/* It is done all the same. */
static void on_left(void *userdata) {
        Wait *wait = userdata;

        wait->call = NULL;
}

static int change(MeterBus *bus, const Wish *wish, Call **call, Failure *reterr) {
        CLEANUP(wait_freep) Wait *wait = calloc(1, sizeof(*wait));
        int r;

        if (!wait)
                return -ENOMEM;
        wait->meter = bus->meter;
        wait->suspension = wish->change.settings.suspension;
        wait->is_set = !subject_settings_are_empty(&wish->change.settings);
        if (wish->change.suspension)
                wait->told = subject_to_text(
                                wish->subject.kind, wish->subject.name, bus_users(bus));
        if (wish->change.suspension && !wait->told)
                return -ENOMEM;

        wait->call = *call;
        call_set_work(*call, on_left, wait);
        r = subject_table_change(
                        bus->meter->subjects,
                        wish->subject.kind,
                        wish->subject.name,
                        &wish->change,
                        on_done,
                        wait);
        if (r < 0) {
                call_set_work(*call, NULL, NULL);
                return r == -EBUSY ? failure_set(reterr,
                                                 r,
                                                 FAILURE_LIMITS_EXCEEDED,
                                                 "Too many changes wait already")
                                   : r;
        }

        *call = NULL;
        wait = NULL;
        return 0;
}

int bus_set_subject(MeterBus *bus, const BusRequest *request, Call **call, Failure *reterr) {
        return change(bus, request->arguments, call, reterr);
}

int bus_suspend_subject(MeterBus *bus, const BusRequest *request, Call **call, Failure *reterr) {
        Wish wish = *(const Wish *) request->arguments;

        wish.change.settings.suspended_usec = now_read_usec(CLOCK_REALTIME);
        wish.change.settings.suspended_by = call_uid(*call);
        return change(bus, &wish, call, reterr);
}

int bus_resume_subject(MeterBus *bus, const BusRequest *request, Call **call, Failure *reterr) {
        const Wish *wish = request->arguments;
        SubjectSettings settings;

        if (!subject_table_find(
                            bus->meter->subjects,
                            wish->subject.kind,
                            wish->subject.name,
                            &settings) ||
            settings.suspension == SUSPENSION_NONE)
                return failure_set(
                                reterr, -ENOENT, FAILURE_NOT_FOUND, "Subject: it is not suspended");

        return change(bus, wish, call, reterr);
}
