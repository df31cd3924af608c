/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The commands round attempts: who tried to connect and may not. */

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "ctl/commands.h"
#include "ctl/report.h"
#include "ctl/show.h"
#include "smtp-restrictions/smtp-restrictions.h"
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

/* ---- watch ---- */

typedef struct Watching {
        const Context *context;
        ExitCode code; /* once it is not EXIT_CODE_OK, it is over */
} Watching;

typedef struct Told {
        uint32_t uid;
        const char *user;
        const char *address;
        uint16_t port;
        const char *verdict;
        uint64_t count;
} Told;

static ExitCode print_told(const Context *context, const Told *told) {
        CLEANUP(text_done) Text text = {};
        CLEANUP(freep) char *when = show_time((long long) time(NULL) * (long long) USEC_PER_SEC);
        CLEANUP(json_decrefp) json_t *json = NULL;
        CLEANUP(freep) char *dump = NULL;

        if (!context->json) {
                bool is_v6 = strchr(told->address, ':') != NULL;

                text_append_format(&text, "%s  ", when ?: "");
                if (*told->user)
                        text_append_string(&text, told->user);
                else
                        text_append_format(&text, "uid %u", told->uid);
                text_append_format(
                                &text,
                                "  %s%s%s:%u  %s",
                                is_v6 ? "[" : "",
                                told->address,
                                is_v6 ? "]" : "",
                                told->port,
                                told->verdict);
                if (told->count > 1)
                        text_append_format(&text, "  (%ju attempts)", (uintmax_t) told->count);
                text_append_string(&text, "\n");
                return report_text(&text);
        }

        json =
                        json_pack("{sI ss ss si ss sI}",
                                  "Uid",
                                  (json_int_t) told->uid,
                                  "User",
                                  told->user,
                                  "Address",
                                  told->address,
                                  "Port",
                                  (int) told->port,
                                  "Verdict",
                                  told->verdict,
                                  "Count",
                                  (json_int_t) told->count);
        dump = json ? json_dumps(json, JSON_COMPACT) : NULL;
        if (!dump)
                return report_errno(-ENOMEM, "cannot write what came");
        text_append_format(&text, "%s\n", dump);
        return report_text(&text);
}

/* Anybody may send us a signal that looks like the service's, with what he likes for our terminal:
 * the bus checks senders for broadcasts only. */
static bool is_from_service(sd_bus_message *m) {
        CLEANUP(sd_bus_creds_unrefp) sd_bus_creds *owner = NULL;
        const char *name = NULL;

        return sd_bus_get_name_creds(
                               sd_bus_message_get_bus(m),
                               SMTP_RESTRICTIONS_BUS_NAME,
                               SD_BUS_CREDS_UNIQUE_NAME,
                               &owner) >= 0 &&
               sd_bus_creds_get_unique_name(owner, &name) >= 0 &&
               string_equal(sd_bus_message_get_sender(m), name);
}

static int on_attempt(sd_bus_message *m, void *userdata, sd_bus_error *reterr) {
        Watching *watching = userdata;
        Told told;
        int r;

        (void) reterr;
        if (!is_from_service(m))
                return 0;
        r = sd_bus_message_read(
                        m,
                        "ussqst",
                        &told.uid,
                        &told.user,
                        &told.address,
                        &told.port,
                        &told.verdict,
                        &told.count);
        /* of a later version, or not the service's: passed over */
        if (r > 0)
                watching->code = print_told(watching->context, &told);

        return 0;
}

/* The bus does not say to whom it does not deliver. */
static bool may_watch(void) {
        /* cppcheck-suppress getgrnamCalled // this program has one thread */
        const struct group *adm = getgrnam("adm");

        return geteuid() == 0 || (adm && group_member(adm->gr_gid));
}

ExitCode command_watch(Context *context, const char *const words[], size_t count) {
        CLEANUP(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *ping = NULL;
        Watching watching = { .context = context, .code = EXIT_CODE_OK };
        ExitCode code;
        int r;

        (void) words;
        (void) count;

        if (!context->caller.host && !may_watch())
                return report_error(
                                EXIT_CODE_NOT_AUTHORIZED,
                                "only root and members of group adm are told of attempts; "
                                "smtp-restrictionsctl top asks for them");

        /* connects, and starts the service: it is what tells */
        code = call_new(&context->caller, "Status", &ping);
        if (code == EXIT_CODE_OK)
                code = call_finish(&context->caller, ping, NULL);
        if (code != EXIT_CODE_OK)
                return code;

        r = sd_bus_match_signal(
                        context->caller.bus,
                        &slot,
                        SMTP_RESTRICTIONS_BUS_NAME,
                        SMTP_RESTRICTIONS_PATH,
                        SMTP_RESTRICTIONS_ATTEMPTS_INTERFACE,
                        "Attempt",
                        on_attempt,
                        &watching);
        while (r >= 0 && watching.code == EXIT_CODE_OK) {
                r = sd_bus_process(context->caller.bus, NULL);
                if (r == 0)
                        r = sd_bus_wait(context->caller.bus, UINT64_MAX);
                if (r == -EINTR)
                        r = 0;
        }
        if (r < 0)
                return report_errno(r, "cannot go on watching");

        return watching.code;
}
