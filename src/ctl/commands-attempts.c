/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The commands round attempts: who tried to connect and may not. */

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "ctl/command.h"
#include "ctl/report.h"
#include "ctl/show.h"
#include "util/parse.h"

#define MOST_DEFAULT 20 /* users that fit a screen */
#define MOST_MAX     10000

ExitCode command_read_most(Context *context, const char *string) {
        CLEANUP(freep) char *quoted = NULL;

        if (parse_u32(string, MOST_MAX, &context->most) >= 0 && context->most > 0)
                return EXIT_CODE_OK;

        quoted = string_quote(string, strlen(string), 40);
        return report_error(
                        EXIT_CODE_USAGE, "'%s' is no number of 1 to %d", quoted ?: "", MOST_MAX);
}

static int append_filter(const Context *context, sd_bus_message *call) {
        uint64_t now = (uint64_t) time(NULL),
                 since = MIN_OF(now, (uint64_t) context->since_seconds);
        uint32_t most = context->most > 0 ? context->most : MOST_DEFAULT;

        if (context->since_seconds == 0)
                return sd_bus_message_append(call, "a{sv}", 1, "Most", "u", most);

        return sd_bus_message_append(
                        call,
                        "a{sv}",
                        2,
                        "Most",
                        "u",
                        most,
                        "Since",
                        "t",
                        (now - since) * USEC_PER_SEC);
}

ExitCode command_top(Context *context, const char *const words[], size_t count) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        CLEANUP(json_decrefp) json_t *attempts = NULL;
        ExitCode code;
        int r;

        (void) words;
        (void) count;

        code = call_new(&context->caller, "ListAttempts", &call);
        if (code != EXIT_CODE_OK)
                return code;
        r = append_filter(context, call);
        if (r < 0)
                return report_errno(r, "cannot write the call");
        code = call_finish(&context->caller, call, &attempts);
        if (code != EXIT_CODE_OK)
                return code;

        return command_print_answer(context, attempts, show_attempts);
}

ExitCode command_attempts_reset(Context *context, const char *const words[], size_t count) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        ExitCode code;
        int r;

        code = call_new(&context->caller, "ResetAttempts", &call);
        if (code != EXIT_CODE_OK)
                return code;
        r = count > 0 ? sd_bus_message_append(call, "a{sv}", 1, "User", "s", words[0])
                      : sd_bus_message_append(call, "a{sv}", 0);
        if (r < 0)
                return report_errno(r, "cannot write the call");
        code = call_finish(&context->caller, call, NULL);
        if (code != EXIT_CODE_OK)
                return code;

        if (isatty(STDOUT_FILENO))
                (void) puts(count > 0 ? "This user's attempts are forgotten."
                                      : "All attempts are forgotten.");
        return EXIT_CODE_OK;
}
