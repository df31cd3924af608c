/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The commands round the mail meter: who has sent how much, and what is held. */

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "ctl/commands.h"
#include "ctl/report.h"
#include "ctl/show.h"
#include "ctl/subject.h"
#include "smtp-restrictions/smtp-restrictions.h"

#define MOST_DEFAULT 20 /* that fit a screen */

static uint64_t since_of(const Context *context) {
        uint64_t now = (uint64_t) time(NULL);

        return (now - MIN_OF(now, (uint64_t) context->since_seconds)) * USEC_PER_SEC;
}

static int append_page(const Context *context, const char *subject, sd_bus_message *call) {
        uint32_t most = context->most > 0 ? context->most : MOST_DEFAULT;
        int r;

        r = sd_bus_message_open_container(call, SD_BUS_TYPE_ARRAY, "{sv}");
        if (r >= 0)
                r = sd_bus_message_append(call, "{sv}", "Most", "u", most);
        if (r >= 0 && context->kind)
                r = sd_bus_message_append(call, "{sv}", "Kind", "s", context->kind);
        if (r >= 0 && subject)
                r = sd_bus_message_append(call, "{sv}", "Subject", "s", subject);
        if (r >= 0 && context->since_seconds > 0)
                r = sd_bus_message_append(call, "{sv}", "Since", "t", since_of(context));
        return r < 0 ? r : sd_bus_message_close_container(call);
}

static ExitCode print_answer(Context *context, sd_bus_message *call, int r, Show show) {
        CLEANUP(json_decrefp) json_t *answer = NULL;
        ExitCode code;

        if (r == -EINVAL)
                return report_error(EXIT_CODE_USAGE, "all text has to be UTF-8");
        if (r < 0)
                return report_errno(r, "cannot write the call");
        code = call_finish(&context->caller, call, &answer);
        return code == EXIT_CODE_OK ? command_print_answer(context, answer, show) : code;
}

ExitCode command_usage(Context *context, const char *const words[], size_t count) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        CLEANUP(freep) char *subject = count > 0 ? subject_from_word(words[0]) : NULL;
        ExitCode code;

        if (count > 0 && !subject)
                return report_errno(-ENOMEM, "cannot write the call");
        if (count > 0 && (context->kind || context->most > 0))
                return report_error(
                                EXIT_CODE_USAGE, "usage: --kind and -n are for the list of all");

        code = call_new_meter(&context->caller, subject ? "GetUsage" : "ListUsage", &call);
        if (code != EXIT_CODE_OK)
                return code;
        return subject ? print_answer(context,
                                      call,
                                      sd_bus_message_append(call, "s", subject),
                                      show_usage)
                       : print_answer(context, call, append_page(context, NULL, call), show_usages);
}

ExitCode command_usage_reset(Context *context, const char *const words[], size_t count) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        CLEANUP(freep) char *subject = subject_from_word(words[0]);
        ExitCode code;
        int r;

        (void) count;
        if (!subject)
                return report_errno(-ENOMEM, "cannot write the call");

        code = call_new_meter(&context->caller, "ResetUsage", &call);
        if (code != EXIT_CODE_OK)
                return code;
        r = sd_bus_message_append(call, "s", subject);
        if (r == -EINVAL)
                return report_error(EXIT_CODE_USAGE, "all text has to be UTF-8");
        if (r < 0)
                return report_errno(r, "cannot write the call");
        code = call_finish(&context->caller, call, NULL);
        if (code == EXIT_CODE_OK && isatty(STDOUT_FILENO))
                (void) puts("What was counted is forgotten.");
        return code;
}

static ExitCode list(
                Context *context,
                const char *const words[],
                size_t count,
                const char *method,
                Show show) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        CLEANUP(freep) char *subject = count > 0 ? subject_from_word(words[0]) : NULL;
        ExitCode code;

        if (count > 0 && !subject)
                return report_errno(-ENOMEM, "cannot write the call");

        code = call_new_meter(&context->caller, method, &call);
        if (code != EXIT_CODE_OK)
                return code;
        return print_answer(context, call, append_page(context, subject, call), show);
}

ExitCode command_held(Context *context, const char *const words[], size_t count) {
        return list(context, words, count, "ListHeld", show_held);
}

ExitCode command_report(Context *context, const char *const words[], size_t count) {
        return list(context, words, count, "Report", show_report);
}

/* Messages, or all of one subject. */
static int append_selection(sd_bus_message *call, const char *const words[], size_t count) {
        CLEANUP(freep) char *subject = NULL;
        int r;

        if (!subject_is_message(words[0])) {
                subject = subject_from_word(words[0]);
                return subject ? sd_bus_message_append(call, "a{sv}", 1, "Subject", "s", subject)
                               : -ENOMEM;
        }

        r = sd_bus_message_open_container(call, SD_BUS_TYPE_ARRAY, "{sv}");
        if (r >= 0)
                r = sd_bus_message_open_container(call, SD_BUS_TYPE_DICT_ENTRY, "sv");
        if (r >= 0)
                r = sd_bus_message_append_basic(call, SD_BUS_TYPE_STRING, "Ids");
        if (r >= 0)
                r = sd_bus_message_open_container(call, SD_BUS_TYPE_VARIANT, "as");
        if (r >= 0)
                r = sd_bus_message_open_container(call, SD_BUS_TYPE_ARRAY, "s");
        for (size_t i = 0; i < count && r >= 0; i++)
                r = sd_bus_message_append_basic(call, SD_BUS_TYPE_STRING, words[i]);
        for (size_t i = 0; i < 4 && r >= 0; i++)
                r = sd_bus_message_close_container(call);
        return r;
}

static ExitCode change_some(
                Context *context,
                const char *method,
                const char *const words[],
                size_t count,
                json_int_t *ret) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        CLEANUP(json_decrefp) json_t *answer = NULL;
        ExitCode code;
        int r;

        code = call_new_meter(&context->caller, method, &call);
        if (code != EXIT_CODE_OK)
                return code;
        r = append_selection(call, words, count);
        if (r == -EINVAL)
                return report_error(EXIT_CODE_USAGE, "all text has to be UTF-8");
        if (r < 0)
                return report_errno(r, "cannot write the call");
        code = call_finish(&context->caller, call, &answer);
        if (code == EXIT_CODE_OK)
                *ret = json_integer_value(answer);
        return code;
}

static bool is_selection(const char *const words[], size_t count) {
        for (size_t i = 0; i < count; i++)
                if (!subject_is_message(words[i]))
                        return count == 1;

        return true;
}

/* One call changes a bounded number of messages: until there are no more of them. */
static ExitCode change_held(
                Context *context,
                const char *method,
                const char *const words[],
                size_t count,
                const char *done) {
        CLEANUP(freep) char *shown = NULL;
        json_int_t total = 0, some;

        if (!is_selection(words, count))
                return report_error(EXIT_CODE_USAGE, "held: takes ids of messages, or one subject");

        do {
                ExitCode code = change_some(context, method, words, count, &some);

                if (code != EXIT_CODE_OK)
                        return code;
                total += some;
        } while (some == SMTP_RESTRICTIONS_METER_ENTRIES_MAX);

        if (total == 0)
                return report_error(EXIT_CODE_REFUSED, "nothing of that is held");
        shown = show_count((size_t) total, "message");
        if (shown && isatty(STDOUT_FILENO))
                (void) printf("%s %s.\n", done, shown);
        return EXIT_CODE_OK;
}

ExitCode command_held_release(Context *context, const char *const words[], size_t count) {
        return change_held(context, "ReleaseHeld", words, count, "Released");
}

ExitCode command_held_discard(Context *context, const char *const words[], size_t count) {
        if (!context->yes && isatty(STDIN_FILENO) && isatty(STDERR_FILENO)) {
                (void) fprintf(stderr,
                               "What is removed is gone, and nobody is told. Remove %s? [y/N] ",
                               subject_is_message(words[0]) ? "it"
                                                            : "all of its mail that is held");
                if (!command_is_answered_yes())
                        return report_error(EXIT_CODE_FAILED, "nothing was changed");
        }

        return change_held(context, "DiscardHeld", words, count, "Removed");
}
