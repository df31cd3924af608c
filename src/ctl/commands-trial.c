/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The commands round trials and past policies. */

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "ctl/commands.h"
#include "ctl/duration.h"
#include "ctl/report.h"
#include "ctl/show.h"

/* A script gets the id alone. */
static ExitCode say_trial(const json_t *id, uint32_t seconds) {
        CLEANUP(freep) char *left = duration_describe(seconds);
        const char *string = json_string_value(id);

        if (!string || !left)
                return report_errno(-ENOMEM, "cannot read the answer");

        if (isatty(STDOUT_FILENO))
                (void) printf("On trial for %s. To keep it: smtp-restrictionsctl confirm %s\n",
                              left,
                              string);
        else
                (void) puts(string);
        return EXIT_CODE_OK;
}

ExitCode command_try_change(Context *context, const char *const words[], size_t count) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        CLEANUP(json_decrefp) json_t *id = NULL;
        ExitCode code;
        int r;

        code = call_new(&context->caller, "Try", &call);
        if (code != EXIT_CODE_OK)
                return code;
        code = command_append_change(context, words, count, ARGUMENT_POLICY, call);
        if (code != EXIT_CODE_OK)
                return code;
        r = sd_bus_message_append(call, "u", context->try_seconds);
        if (r < 0)
                return report_errno(r, "cannot write the call");
        code = call_finish(&context->caller, call, &id);
        if (code != EXIT_CODE_OK)
                return code;

        return say_trial(id, context->try_seconds);
}

ExitCode command_read_duration(const char *string, uint32_t *ret) {
        CLEANUP(freep) char *quoted = NULL;
        int r;

        r = duration_parse(string, ret);
        if (r >= 0 && *ret > 0)
                return EXIT_CODE_OK;

        quoted = string_quote(string, strlen(string), 40);
        return report_error(
                        EXIT_CODE_USAGE, "'%s' is no time; write 90, 30m, 2h or 1d", quoted ?: "");
}

ExitCode command_try(Context *context, const char *const words[], size_t count) {
        ExitCode code;

        code = command_read_duration(words[0], &context->try_seconds);
        if (code != EXIT_CODE_OK)
                return code;

        return command_try_change(context, words + 1, count - 1);
}

/* Of the trial that goes on; the caller frees. */
static ExitCode ask_id(Context *context, char **ret) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        CLEANUP(json_decrefp) json_t *status = NULL;
        const char *id;
        ExitCode code;

        code = call_new(&context->caller, "Status", &call);
        if (code != EXIT_CODE_OK)
                return code;
        code = call_finish(&context->caller, call, &status);
        if (code != EXIT_CODE_OK)
                return code;

        if (show_number(status, "TryDeadline") == 0)
                return report_error(EXIT_CODE_REFUSED, "nothing is on trial");
        id = show_string(json_object_get(status, "Try"), "Id");
        if (!id)
                return report_error(
                                EXIT_CODE_USAGE,
                                "you are not authorized to see the trial; name its ID");

        *ret = strdup(id);
        return *ret ? EXIT_CODE_OK : report_errno(-ENOMEM, "cannot read the answer");
}

static ExitCode call_with_id(
                Context *context, const char *method, const char *id, const char *done) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        ExitCode code;
        int r;

        code = call_new(&context->caller, method, &call);
        if (code != EXIT_CODE_OK)
                return code;
        r = sd_bus_message_append(call, "s", id);
        if (r < 0)
                return report_errno(r, "cannot write the call");
        code = call_finish(&context->caller, call, NULL);
        if (code != EXIT_CODE_OK)
                return code;

        if (isatty(STDOUT_FILENO))
                (void) puts(done);
        return EXIT_CODE_OK;
}

static ExitCode end_trial(
                Context *context,
                const char *method,
                const char *const words[],
                size_t count,
                const char *done) {
        CLEANUP(freep) char *id = NULL;
        ExitCode code;

        if (count > 0)
                return call_with_id(context, method, words[0], done);

        code = ask_id(context, &id);
        if (code != EXIT_CODE_OK)
                return code;

        return call_with_id(context, method, id, done);
}

ExitCode command_confirm(Context *context, const char *const words[], size_t count) {
        return end_trial(context, "Confirm", words, count, "It stays.");
}

ExitCode command_cancel(Context *context, const char *const words[], size_t count) {
        return end_trial(context, "Cancel", words, count, "The previous policy is in force again.");
}

ExitCode command_rollback(Context *context, const char *const words[], size_t count) {
        (void) count;

        return call_with_id(context, "Rollback", words[0], "That policy is in force again.");
}
