/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The commands that change something, and the question before the one that can cut connections.
 * Each is one call; nothing is decided here that the service could decide.
 */

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "ctl/change.h"
#include "ctl/commands.h"
#include "ctl/report.h"
#include "ctl/show.h"
#include "smtp-restrictions/smtp-restrictions.h"

/* One line for who sits there; a script has the exit code. */
static ExitCode say_done(const char *text) {
        if (text && isatty(STDOUT_FILENO))
                (void) puts(text);

        return EXIT_CODE_OK;
}

static ExitCode change_without_arguments(Context *context, const char *method, const char *done) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        ExitCode code;

        code = call_new(&context->caller, method, &call);
        if (code != EXIT_CODE_OK)
                return code;
        code = call_finish(&context->caller, call, NULL);
        if (code != EXIT_CODE_OK)
                return code;

        return say_done(done);
}

static ExitCode resolve(Context *context, Change *change) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        CLEANUP(json_decrefp) json_t *policy = NULL;
        ExitCode code;
        int r;

        if (!change_needs_policy(change))
                return EXIT_CODE_OK;

        code = call_new(&context->caller, "GetPolicy", &call);
        if (code != EXIT_CODE_OK)
                return code;
        code = call_finish(&context->caller, call, &policy);
        if (code != EXIT_CODE_OK)
                return code;

        /* SetPolicy takes no generation: who changes the same list in this very moment is undone.
         * ReplacePolicy takes one, but would turn every default into a wish of the administrator.
         */
        r = change_resolve(change, policy);
        if (r < 0)
                return report_errno(r, "cannot change the list");

        return EXIT_CODE_OK;
}

ExitCode command_append_change(
                Context *context,
                const char *const words[],
                size_t count,
                ArgumentScope scope,
                sd_bus_message *call) {
        CLEANUP(change_done) Change change = {};
        CLEANUP(failure_done) Failure failure = {};
        ExitCode code;
        int r;

        r = change_parse(words, count, scope, &change, &failure);
        if (r == CHANGE_E_USAGE)
                return report_error(EXIT_CODE_USAGE, "%s", failure.text ?: "wrong use");
        if (r < 0 && failure_is_set(&failure))
                return report_error(EXIT_CODE_REFUSED, "%s", failure.text ?: "invalid value");
        if (r < 0)
                return report_errno(r, "cannot read the arguments");

        code = resolve(context, &change);
        if (code != EXIT_CODE_OK)
                return code;

        r = change_append_to(&change, scope, call);
        if (r < 0)
                return report_errno(r, "cannot write the call");

        return EXIT_CODE_OK;
}

static ExitCode change_with_words(
                Context *context,
                const char *method,
                const char *const words[],
                size_t count,
                ArgumentScope scope,
                const char *done) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        ExitCode code;

        code = call_new(&context->caller, method, &call);
        if (code != EXIT_CODE_OK)
                return code;
        code = command_append_change(context, words, count, scope, call);
        if (code != EXIT_CODE_OK)
                return code;
        code = call_finish(&context->caller, call, NULL);
        if (code != EXIT_CODE_OK)
                return code;

        return say_done(done);
}

bool command_is_answered_yes(void) {
        CLEANUP(freep) char *line = NULL;
        size_t allocated = 0;

        if (getline(&line, &allocated, stdin) < 0)
                return false;

        return line[0] == 'y' || line[0] == 'Y';
}

/* What enabling would do to connections that are open now, in one sentence. */
static ExitCode describe_enabling(Context *context, Text *text) {
        static const char *const words[] = {
                SMTP_RESTRICTIONS_KEY_ENABLED "=yes",
                SMTP_RESTRICTIONS_KEY_OBSERVE "=no",
        };
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        CLEANUP(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        CLEANUP(json_decrefp) json_t *preview = NULL;
        ExitCode code;

        code = call_new(&context->caller, "Preview", &call);
        if (code != EXIT_CODE_OK)
                return code;
        code = command_append_change(context, words, ELEMENTS_OF(words), ARGUMENT_POLICY, call);
        if (code != EXIT_CODE_OK)
                return code;

        if (call_send(&context->caller, call, &preview, &error) < 0) {
                /* somebody may be trusted to enable and not to look */
                if (outcome_from_error(error.name) != EXIT_CODE_NOT_AUTHORIZED)
                        return call_report(&error);
                text_append_string(
                                text,
                                "You are not authorized to see whose open connections would be "
                                "cut.");
                return EXIT_CODE_OK;
        }

        show_problems(json_object_get(preview, "Problems"), &context->style, text);
        show_cut(json_object_get(preview, "Affected"), &context->style, text);
        return EXIT_CODE_OK;
}

/* On a terminal: say what will happen and ask whether to go on. */
static ExitCode confirm_enabling(Context *context) {
        CLEANUP(text_done) Text text = {};
        ExitCode code;

        if (context->yes || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
                return EXIT_CODE_OK;

        code = describe_enabling(context, &text);
        if (code != EXIT_CODE_OK)
                return code;
        if (text.failed)
                return report_errno(-ENOMEM, "cannot ask");

        (void) fprintf(stderr,
                       "%s\nRestrict outgoing SMTP now and at every boot? [y/N] ",
                       text.data);
        if (!command_is_answered_yes())
                return report_error(EXIT_CODE_FAILED, "nothing was changed");

        return EXIT_CODE_OK;
}

/* Everybody may know that. */
static ExitCode ask_observes(Context *context, bool *ret) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        CLEANUP(json_decrefp) json_t *status = NULL;
        ExitCode code;

        code = call_new(&context->caller, "Status", &call);
        if (code != EXIT_CODE_OK)
                return code;
        code = call_finish(&context->caller, call, &status);
        if (code != EXIT_CODE_OK)
                return code;

        *ret = show_is_true(status, SMTP_RESTRICTIONS_KEY_OBSERVE);
        return EXIT_CODE_OK;
}

/* The policy key first, while nothing is in force if nothing was: nobody is refused who is only to
 * be observed. A key that is right already needs no right to change it. */
static ExitCode enable_as(Context *context, bool observe, const char *done) {
        const char *const words[] = {
                SMTP_RESTRICTIONS_KEY_ENABLED "=yes",
                observe ? SMTP_RESTRICTIONS_KEY_OBSERVE "=yes"
                        : SMTP_RESTRICTIONS_KEY_OBSERVE "=no",
        };
        bool observes = false;
        ExitCode code;

        code = ask_observes(context, &observes);
        if (code != EXIT_CODE_OK)
                return code;
        if (context->try_seconds > 0)
                return command_try_change(context, words, observes == observe ? 1 : 2);

        if (observes != observe) {
                code = change_with_words(context, "SetPolicy", words + 1, 1, ARGUMENT_POLICY, NULL);
                if (code != EXIT_CODE_OK)
                        return code;
        }

        return change_without_arguments(context, "Enable", done);
}

ExitCode command_enable(Context *context, const char *const words[], size_t count) {
        ExitCode code;

        (void) words;
        (void) count;

        code = confirm_enabling(context);
        if (code != EXIT_CODE_OK)
                return code;

        return enable_as(context, false, "Outgoing SMTP is restricted, now and at every boot.");
}

ExitCode command_observe(Context *context, const char *const words[], size_t count) {
        static const char *const off[] = { SMTP_RESTRICTIONS_KEY_OBSERVE "=no" };

        if (count == 0 || string_equal(words[0], "on"))
                return enable_as(
                                context,
                                true,
                                "All may connect. Who could not is counted: smtp-restrictionsctl "
                                "top");
        if (!string_equal(words[0], "off"))
                return report_error(EXIT_CODE_USAGE, "observe: takes on or off");
        if (context->try_seconds > 0)
                return command_try_change(context, off, ELEMENTS_OF(off));

        return change_with_words(
                        context, "SetPolicy", off, 1, ARGUMENT_POLICY, "It no longer observes.");
}

ExitCode command_reload(Context *context, const char *const words[], size_t count) {
        (void) words;
        (void) count;

        return change_without_arguments(context, "Reload", "The policy is in force.");
}

ExitCode command_policy_set(Context *context, const char *const words[], size_t count) {
        return change_with_words(
                        context,
                        "SetPolicy",
                        words,
                        count,
                        ARGUMENT_POLICY,
                        "The policy is changed and in force.");
}

ExitCode command_limits_set(Context *context, const char *const words[], size_t count) {
        return change_with_words(
                        context,
                        "SetMailLimits",
                        words,
                        count,
                        ARGUMENT_LIMITS,
                        "The mail limits are in force.");
}

ExitCode command_limits_reset(Context *context, const char *const words[], size_t count) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        ExitCode code;
        int r;

        code = call_new(&context->caller, "ResetMailLimits", &call);
        if (code != EXIT_CODE_OK)
                return code;

        r = sd_bus_message_open_container(call, 'a', "s");
        for (size_t i = 0; r >= 0 && i < count; i++)
                r = sd_bus_message_append(call, "s", words[i]);
        if (r >= 0)
                r = sd_bus_message_close_container(call);
        if (r < 0)
                return report_errno(r, "cannot write the call");

        code = call_finish(&context->caller, call, NULL);
        if (code != EXIT_CODE_OK)
                return code;

        return say_done(count > 0 ? "These limits are Exim's own again."
                                  : "All limits are Exim's own again.");
}
