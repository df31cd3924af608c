/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The commands that show something: one answer of the service, for people or as JSON. None of them
 * changes anything.
 */

#include <errno.h>

#include "ctl/commands.h"
#include "ctl/pager.h"
#include "ctl/report.h"
#include "ctl/show.h"
#include "smtp-restrictions/smtp-restrictions.h"

ExitCode command_print_answer(const Context *context, const json_t *answer, Show show) {
        CLEANUP(text_done) Text text = {};

        if (context->json) {
                CLEANUP(freep) char *dump = json_dumps(answer, JSON_INDENT(2) | JSON_ENCODE_ANY);

                if (!dump)
                        return report_errno(-ENOMEM, "cannot write the answer");
                text_append_string(&text, dump);
                text_append_string(&text, "\n");
        } else
                show(answer, &context->style, &text);

        if (context->pager && !context->json && !text.failed && text.data &&
            pager_is_wanted(text.data, text.size) && pager_show(text.data, text.size) >= 0)
                return EXIT_CODE_OK;

        return report_text(&text);
}

ExitCode command_call_plain(Context *context, const char *method, json_t **ret) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        ExitCode code;

        code = call_new(&context->caller, method, &call);
        if (code != EXIT_CODE_OK)
                return code;

        return call_finish(&context->caller, call, ret);
}

ExitCode command_status(Context *context, const char *const words[], size_t count) {
        CLEANUP(json_decrefp) json_t *status = NULL;
        ExitCode code;

        (void) words;
        (void) count;

        /* everybody may see it, and nobody is asked for a password to see more */
        context->caller.ask_password = false;

        code = command_call_plain(context, "Status", &status);
        if (code != EXIT_CODE_OK)
                return code;

        code = command_print_answer(context, status, show_status);
        if (code != EXIT_CODE_OK)
                return code;

        return show_is_true(status, "Enforcing") ? EXIT_CODE_OK : EXIT_CODE_NOT_ACTIVE;
}

/* One word, as systemctl(1) says it. */
static const char *state_to_word(const json_t *status) {
        if (show_is_true(status, "Enforcing"))
                return "active\n";

        return show_is_true(status, "Active") && show_is_true(status, SMTP_RESTRICTIONS_KEY_OBSERVE)
                               ? "observing\n"
                               : "inactive\n";
}

ExitCode command_is_active(Context *context, const char *const words[], size_t count) {
        CLEANUP(json_decrefp) json_t *status = NULL;
        CLEANUP(text_done) Text text = {};
        ExitCode code;

        (void) words;
        (void) count;

        context->caller.ask_password = false;

        code = command_call_plain(context, "Status", &status);
        if (code != EXIT_CODE_OK)
                return code;

        text_append_string(&text, state_to_word(status));
        code = report_text(&text);
        if (code != EXIT_CODE_OK)
                return code;

        return show_is_true(status, "Enforcing") ? EXIT_CODE_OK : EXIT_CODE_NOT_ACTIVE;
}

ExitCode command_policy_show(Context *context, const char *const words[], size_t count) {
        CLEANUP(json_decrefp) json_t *policy = NULL;
        ExitCode code;

        (void) words;
        (void) count;

        code = command_call_plain(context, "GetPolicy", &policy);
        if (code != EXIT_CODE_OK)
                return code;

        return command_print_answer(context, policy, show_policy);
}

ExitCode command_limits_show(Context *context, const char *const words[], size_t count) {
        CLEANUP(json_decrefp) json_t *policy = NULL, *none = json_object();
        const json_t *limits;
        ExitCode code;

        (void) words;
        (void) count;

        code = command_call_plain(context, "GetPolicy", &policy);
        if (code != EXIT_CODE_OK)
                return code;

        limits = json_object_get(policy, SMTP_RESTRICTIONS_KEY_MAIL_LIMITS);
        return command_print_answer(context, limits ?: none, show_limits);
}

static void show_deviations(const json_t *problems, const Style *style, Text *text) {
        if (json_array_size(problems) == 0)
                text_append_string(text, "Kernel and files are as the policy wants them.\n");
        else
                show_problems(problems, style, text);
}

ExitCode command_verify(Context *context, const char *const words[], size_t count) {
        CLEANUP(json_decrefp) json_t *problems = NULL;
        ExitCode code;

        (void) words;
        (void) count;

        code = command_call_plain(context, "Verify", &problems);
        if (code != EXIT_CODE_OK)
                return code;

        code = command_print_answer(context, problems, show_deviations);
        if (code != EXIT_CODE_OK)
                return code;

        return json_array_size(problems) == 0 ? EXIT_CODE_OK : EXIT_CODE_NOT_ACTIVE;
}

/* The entries whose uid is above `after`, or the first ones if it is negative. */
static ExitCode call_allowed_page(Context *context, json_int_t after, json_t **ret) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        ExitCode code;
        int r;

        code = call_new(&context->caller, "ListAllowed", &call);
        if (code != EXIT_CODE_OK)
                return code;

        r = after < 0 ? sd_bus_message_append(call, "a{sv}", 0)
                      : sd_bus_message_append(call, "a{sv}", 1, "After", "u", (uint32_t) after);
        if (r < 0)
                return report_errno(r, "cannot write the call");

        return call_finish(&context->caller, call, ret);
}

ExitCode command_allowed(Context *context, const char *const words[], size_t count) {
        CLEANUP(json_decrefp) json_t *allowed = json_array();
        json_int_t after = -1;

        (void) words;
        (void) count;

        for (;;) {
                CLEANUP(json_decrefp) json_t *page = NULL;
                json_int_t last;
                ExitCode code;

                code = call_allowed_page(context, after, &page);
                if (code != EXIT_CODE_OK)
                        return code;

                /* an empty page is the end, and one that does not go on would never end */
                last = show_number(json_array_get(page, json_array_size(page) - 1), "Uid");
                if (json_array_size(page) == 0 || last <= after)
                        break;

                if (json_array_extend(allowed, page) < 0)
                        return report_errno(-ENOMEM, "cannot read the answer");
                after = last;
        }

        return command_print_answer(context, allowed, show_allowed);
}

ExitCode command_history(Context *context, const char *const words[], size_t count) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        CLEANUP(json_decrefp) json_t *history = NULL;
        ExitCode code;
        int r;

        (void) words;
        (void) count;

        code = call_new(&context->caller, "ListHistory", &call);
        if (code != EXIT_CODE_OK)
                return code;
        r = sd_bus_message_append(call, "a{sv}", 0);
        if (r < 0)
                return report_errno(r, "cannot write the call");
        code = call_finish(&context->caller, call, &history);
        if (code != EXIT_CODE_OK)
                return code;

        return command_print_answer(context, history, show_history);
}

ExitCode command_preview(Context *context, const char *const words[], size_t count) {
        static const char *const enabling[] = { SMTP_RESTRICTIONS_KEY_ENABLED "=yes" };
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        CLEANUP(json_decrefp) json_t *preview = NULL;
        ExitCode code;

        if (count == 0) {
                words = enabling;
                count = ELEMENTS_OF(enabling);
        }

        code = call_new(&context->caller, "Preview", &call);
        if (code != EXIT_CODE_OK)
                return code;
        code = command_append_change(context, words, count, ARGUMENT_POLICY, call);
        if (code != EXIT_CODE_OK)
                return code;

        code = call_finish(&context->caller, call, &preview);
        if (code != EXIT_CODE_OK)
                return code;

        return command_print_answer(context, preview, show_preview);
}
