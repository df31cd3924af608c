/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The commands round what is set for a domain, a mailbox or a user by name. */

#include <errno.h>
#include <stdio.h>

#include "ctl/commands.h"
#include "ctl/listing.h"
#include "ctl/report.h"
#include "ctl/show.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/parse.h"

#define INHERIT "inherit"

/* In the order in which they are shown. */
static const char *const keys[] = {
        SMTP_RESTRICTIONS_SUBJECT_HOURLY,
        SMTP_RESTRICTIONS_SUBJECT_DAILY,
        SMTP_RESTRICTIONS_SUBJECT_SMTP_AUTH,
};

/* A name alone is a user's; the caller frees. */
static char *subject_from_word(const char *word) {
        return strchr(word, ':') ? strdup(word) : string_format("user:%s", word);
}

static ExitCode call_plain(
                Context *context, const char *method, const char *word, const char *mode) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        CLEANUP(freep) char *subject = subject_from_word(word);
        ExitCode code;
        int r = -ENOMEM;

        code = call_new_meter(&context->caller, method, &call);
        if (code != EXIT_CODE_OK)
                return code;
        if (subject)
                r = sd_bus_message_append(call, "s", subject);
        if (r >= 0 && mode)
                r = sd_bus_message_append(call, "s", mode);
        if (r < 0)
                return report_errno(r, "cannot write the call");

        return call_finish(&context->caller, call, NULL);
}

static const Listing all_subjects = { call_new_meter, "ListSubjects", "Subject" };

ExitCode command_subject_list(Context *context, const char *const words[], size_t count) {
        CLEANUP(json_decrefp) json_t *all = NULL;
        ExitCode code;

        (void) words;
        (void) count;
        code = listing_read(&context->caller, &all_subjects, NULL, &all);
        if (code != EXIT_CODE_OK)
                return code;

        return command_print_answer(context, all, show_subjects);
}

/* What is set for it now, an array of one or none. */
static ExitCode read_one(Context *context, const char *word, json_t **ret) {
        CLEANUP(freep) char *subject = subject_from_word(word);

        if (!subject)
                return report_errno(-ENOMEM, "cannot write the call");
        return listing_read_page(&context->caller, &all_subjects, subject, NULL, ret);
}

ExitCode command_subject_show(Context *context, const char *const words[], size_t count) {
        CLEANUP(json_decrefp) json_t *subjects = NULL;
        ExitCode code;

        (void) count;
        code = read_one(context, words[0], &subjects);
        if (code != EXIT_CODE_OK)
                return code;

        return command_print_answer(context, subjects, show_subjects);
}

/* Into what is set now. Errors are reported. */
static ExitCode merge(json_t *settings, const char *word) {
        const char *equals = strchr(word, '=');
        CLEANUP(freep) char *key = equals ? strndup(word, (size_t) (equals - word)) : NULL;
        json_t *value;
        uint64_t number;

        if (!equals || equals == word)
                return report_error(EXIT_CODE_USAGE, "subject set: '%s' is not KEY=VALUE", word);
        if (!key)
                return report_errno(-ENOMEM, "cannot write the call");

        if (string_equal(equals + 1, INHERIT)) {
                (void) json_object_del(settings, key);
                return EXIT_CODE_OK;
        }

        value = parse_u64(equals + 1, UINT32_MAX, &number) >= 0 ? json_integer((json_int_t) number)
                                                                : json_string(equals + 1);
        if (json_object_set_new(settings, key, value) < 0)
                return report_error(EXIT_CODE_USAGE, "subject set: all text has to be UTF-8");
        return EXIT_CODE_OK;
}

static int append_settings(sd_bus_message *call, const json_t *settings) {
        const char *key;
        json_t *value;
        int r;

        r = sd_bus_message_open_container(call, SD_BUS_TYPE_ARRAY, "{sv}");
        json_object_foreach((json_t *) settings, key, value) {
                if (r < 0)
                        return r;
                r = json_is_integer(value) ? sd_bus_message_append(
                                                             call,
                                                             "{sv}",
                                                             key,
                                                             "u",
                                                             (uint32_t) json_integer_value(value))
                                           : sd_bus_message_append(
                                                             call,
                                                             "{sv}",
                                                             key,
                                                             "s",
                                                             json_string_value(value));
        }
        return r < 0 ? r : sd_bus_message_close_container(call);
}

static ExitCode set(Context *context, const char *word, const json_t *settings) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        CLEANUP(freep) char *subject = subject_from_word(word);
        ExitCode code;
        int r = -ENOMEM;

        code = call_new_meter(&context->caller, "SetSubject", &call);
        if (code != EXIT_CODE_OK)
                return code;
        if (subject)
                r = sd_bus_message_append(call, "s", subject);
        if (r >= 0)
                r = append_settings(call, settings);
        if (r < 0)
                return report_errno(r, "cannot write the call");

        return call_finish(&context->caller, call, NULL);
}

/* The service takes all settings at once: what is not named here stays as it is. */
ExitCode command_subject_set(Context *context, const char *const words[], size_t count) {
        CLEANUP(json_decrefp) json_t *subjects = NULL;
        CLEANUP(json_decrefp) json_t *settings = json_object();
        const json_t *now;
        ExitCode code;

        if (!settings)
                return report_errno(-ENOMEM, "cannot write the call");
        code = read_one(context, words[0], &subjects);
        if (code != EXIT_CODE_OK)
                return code;

        now = json_array_get(subjects, 0);
        for (size_t i = 0; i < ELEMENTS_OF(keys); i++) {
                json_t *value = json_object_get(now, keys[i]);

                if (value && json_object_set(settings, keys[i], value) < 0)
                        return report_errno(-ENOMEM, "cannot write the call");
        }
        for (size_t i = 1; i < count && code == EXIT_CODE_OK; i++)
                code = merge(settings, words[i]);
        if (code != EXIT_CODE_OK)
                return code;

        return set(context, words[0], settings);
}

ExitCode command_subject_reset(Context *context, const char *const words[], size_t count) {
        CLEANUP(json_decrefp) json_t *nothing = json_object();

        (void) count;
        return nothing ? set(context, words[0], nothing)
                       : report_errno(-ENOMEM, "cannot write the call");
}

ExitCode command_subject_suspend(Context *context, const char *const words[], size_t count) {
        return call_plain(context, "SuspendSubject", words[0], count > 1 ? words[1] : "hold");
}

ExitCode command_subject_resume(Context *context, const char *const words[], size_t count) {
        (void) count;
        return call_plain(context, "ResumeSubject", words[0], NULL);
}
