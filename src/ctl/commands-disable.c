/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * disable. Who sits at a terminal is asked why, and for how long: most who lift a restriction want
 * to try something, and the next one wants to know what it was. The reason goes to the journal, as
 * the service keeps none. For a time it is a trial of the service's, which ends by itself through
 * crash and reboot.
 */

#include <errno.h>
#include <stdio.h>
#include <sys/types.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "ctl/commands.h"
#include "ctl/report.h"
#include "smtp-restrictions/smtp-restrictions.h"

#define REMINDER                                                                                   \
        "Mail that programs now send past your mail server is not signed by it (DKIM) and comes "  \
        "from\nwhatever address they use (SPF): where DMARC is strict, receivers refuse it.\n"

/* A line, without its end; the caller frees. NULL at the end of the input. */
static char *ask(const char *question) {
        CLEANUP(freep) char *line = NULL;
        size_t allocated = 0;
        ssize_t size;

        (void) fputs(question, stderr);
        size = getline(&line, &allocated, stdin);
        if (size < 0)
                return NULL;
        if (size > 0 && line[size - 1] == '\n')
                line[size - 1] = 0;

        return TAKE(line);
}

/* An empty answer is one. */
static ExitCode ask_why_and_how_long(Context *context, char **ret_reason) {
        CLEANUP(freep) char *reason = NULL, *time = NULL;

        reason = ask("Why? It is written to the journal: ");
        if (!reason)
                return report_error(EXIT_CODE_FAILED, "nothing was changed");

        if (context->try_seconds == 0) {
                time = ask("For how long? As 30m or 2h, or nothing for until somebody enables "
                           "it: ");
                if (!time)
                        return report_error(EXIT_CODE_FAILED, "nothing was changed");
                if (*time) {
                        ExitCode code = command_read_duration(time, &context->try_seconds);

                        if (code != EXIT_CODE_OK)
                                return code;
                }
        }

        *ret_reason = TAKE(reason);
        return EXIT_CODE_OK;
}

/* Of whom, the journal knows by itself. Without a journal the restriction is lifted all the same.
 */
static void log_reason(const char *reason) {
        CLEANUP(freep) char *shown = string_quote(reason, strlen(reason), 200);

        if (shown)
                (void) sd_journal_send(
                                "MESSAGE=Restriction of outgoing SMTP is lifted: %s",
                                shown,
                                "PRIORITY=5",
                                NULL);
}

static ExitCode disable(Context *context) {
        static const char *const disabling[] = { SMTP_RESTRICTIONS_KEY_ENABLED "=no" };
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        ExitCode code;

        if (context->try_seconds > 0)
                return command_try_change(context, disabling, ELEMENTS_OF(disabling));

        code = call_new(&context->caller, "Disable", &call);
        if (code != EXIT_CODE_OK)
                return code;

        return call_finish(&context->caller, call, NULL);
}

ExitCode command_disable(Context *context, const char *const words[], size_t count) {
        bool asks = !context->yes && !context->grant.reason && isatty(STDIN_FILENO) &&
                    isatty(STDERR_FILENO);
        CLEANUP(freep) char *answered = NULL;
        const char *reason = context->grant.reason;
        ExitCode code;

        (void) words;
        (void) count;

        /* --for and --try are one here: what is lifted for a time comes back by itself */
        if (context->grant.seconds > 0)
                context->try_seconds = context->grant.seconds;
        if (asks) {
                code = ask_why_and_how_long(context, &answered);
                if (code != EXIT_CODE_OK)
                        return code;
                reason = answered;
        }

        code = disable(context);
        if (code != EXIT_CODE_OK)
                return code;

        if (reason && *reason)
                log_reason(reason);
        if (isatty(STDOUT_FILENO)) {
                if (context->try_seconds == 0)
                        (void) puts("Everybody may connect again. Mail limits stay.");
                (void) fputs(REMINDER, stdout);
        }
        return EXIT_CODE_OK;
}
