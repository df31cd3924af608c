/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The commands round exceptions. */

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "ctl/commands.h"
#include "ctl/duration.h"
#include "ctl/listing.h"
#include "ctl/report.h"
#include "ctl/show.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/parse.h"

ExitCode command_read_ports(Context *context, const char *string) {
        CLEANUP(freep) char *copy = strdup(string);
        CLEANUP(freep) char *quoted = string_quote(string, strlen(string), 40);
        Grant *grant = &context->grant;
        char *rest = copy, *item;

        if (!copy)
                return report_errno(-ENOMEM, "cannot read the option");

        while ((item = strsep(&rest, ","))) {
                uint16_t port;

                if (parse_port(item, &port) < 0)
                        return report_error(
                                        EXIT_CODE_USAGE,
                                        "--port: '%s' is not a port from 1 to 65535",
                                        quoted ?: "");
                if (grant->port_count == ELEMENTS_OF(grant->ports))
                        return report_error(
                                        EXIT_CODE_USAGE,
                                        "--port: these are more than %zu",
                                        ELEMENTS_OF(grant->ports));
                grant->ports[grant->port_count++] = port;
        }

        return EXIT_CODE_OK;
}

/* A name alone is a user's; the caller frees. */
static char *exempt_from_word(const char *word) {
        return strchr(word, ':') ? strdup(word) : string_format("user:%s", word);
}

static int append_entries(sd_bus_message *call, const Grant *grant, const char *subject) {
        int r;

        r = sd_bus_message_append(
                        call,
                        "{sv}{sv}{sv}",
                        SMTP_RESTRICTIONS_EXCEPTION_SUBJECT,
                        "s",
                        subject,
                        SMTP_RESTRICTIONS_EXCEPTION_VERDICT,
                        "s",
                        grant->verdict ?: "allow",
                        SMTP_RESTRICTIONS_EXCEPTION_REASON,
                        "s",
                        grant->reason);
        if (r < 0)
                return r;

        if (grant->destination) {
                r = sd_bus_message_append(
                                call,
                                "{sv}",
                                SMTP_RESTRICTIONS_EXCEPTION_DESTINATION,
                                "s",
                                grant->destination);
                if (r < 0)
                        return r;
        }
        if (grant->seconds > 0) {
                r = sd_bus_message_append(
                                call,
                                "{sv}",
                                SMTP_RESTRICTIONS_EXCEPTION_EXPIRES_IN,
                                "u",
                                grant->seconds);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int append_ports(sd_bus_message *call, const Grant *grant) {
        int r;

        if (grant->port_count == 0)
                return 0;

        r = sd_bus_message_open_container(call, SD_BUS_TYPE_DICT_ENTRY, "sv");
        if (r < 0)
                return r;
        r = sd_bus_message_append_basic(
                        call, SD_BUS_TYPE_STRING, SMTP_RESTRICTIONS_EXCEPTION_PORTS);
        if (r < 0)
                return r;
        r = sd_bus_message_open_container(call, SD_BUS_TYPE_VARIANT, "aq");
        if (r < 0)
                return r;
        r = sd_bus_message_append_array(
                        call,
                        SD_BUS_TYPE_UINT16,
                        grant->ports,
                        grant->port_count * sizeof(*grant->ports));
        if (r < 0)
                return r;
        r = sd_bus_message_close_container(call);
        if (r < 0)
                return r;

        return sd_bus_message_close_container(call);
}

static int append_exception(sd_bus_message *call, const Grant *grant, const char *subject) {
        int r;

        r = sd_bus_message_open_container(call, SD_BUS_TYPE_ARRAY, "{sv}");
        if (r < 0)
                return r;
        r = append_entries(call, grant, subject);
        if (r < 0)
                return r;
        r = append_ports(call, grant);
        if (r < 0)
                return r;

        return sd_bus_message_close_container(call);
}

/* A script gets the id alone. */
static ExitCode say_granted(const json_t *id) {
        const char *string = json_string_value(id);

        if (!string)
                return report_errno(-EBADMSG, "cannot read the answer");

        if (isatty(STDOUT_FILENO))
                (void) printf("Granted. To take it back: smtp-restrictionsctl disallow %s\n",
                              string);
        else
                (void) puts(string);
        return EXIT_CODE_OK;
}

ExitCode command_allow(Context *context, const char *const words[], size_t count) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        CLEANUP(json_decrefp) json_t *id = NULL;
        CLEANUP(freep) char *subject = exempt_from_word(words[0]);
        ExitCode code;
        int r;

        (void) count;
        if (!subject)
                return report_errno(-ENOMEM, "cannot write the call");
        if (!context->grant.reason)
                return report_error(
                                EXIT_CODE_USAGE,
                                "allow: --reason TEXT is missing; say why, for whoever reads it in "
                                "a year");

        code = call_new(&context->caller, "AddException", &call);
        if (code != EXIT_CODE_OK)
                return code;
        r = append_exception(call, &context->grant, subject);
        if (r == -EINVAL)
                return report_error(EXIT_CODE_USAGE, "allow: all text has to be UTF-8");
        if (r < 0)
                return report_errno(r, "cannot write the call");
        code = call_finish(&context->caller, call, &id);
        if (code != EXIT_CODE_OK)
                return code;

        return say_granted(id);
}

static const Listing all_exceptions = { call_new, "ListExceptions", "Id" };

/* All of one subject, or of everybody. */
static ExitCode list_exceptions(Context *context, const char *word, json_t **ret) {
        CLEANUP(freep) char *subject = word ? exempt_from_word(word) : NULL;

        if (word && !subject)
                return report_errno(-ENOMEM, "cannot write the call");

        return listing_read(&context->caller, &all_exceptions, subject, ret);
}

ExitCode command_exceptions(Context *context, const char *const words[], size_t count) {
        CLEANUP(json_decrefp) json_t *exceptions = NULL;
        ExitCode code;

        code = list_exceptions(context, count > 0 ? words[0] : NULL, &exceptions);
        if (code != EXIT_CODE_OK)
                return code;

        return command_print_answer(context, exceptions, show_exceptions);
}

static ExitCode remove_one(Context *context, const char *id) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        ExitCode code;
        int r;

        code = call_new(&context->caller, "RemoveException", &call);
        if (code != EXIT_CODE_OK)
                return code;
        r = sd_bus_message_append(call, "s", id);
        if (r < 0)
                return report_errno(r, "cannot write the call");

        return call_finish(&context->caller, call, NULL);
}

static ExitCode remove_all(Context *context, const char *word, size_t *ret_count) {
        CLEANUP(json_decrefp) json_t *exceptions = NULL;
        json_t *exception;
        ExitCode code;
        size_t i;

        code = list_exceptions(context, word, &exceptions);
        if (code != EXIT_CODE_OK)
                return code;
        if (json_array_size(exceptions) == 0)
                return report_error(EXIT_CODE_REFUSED, "there is no exception for '%s'", word);

        json_array_foreach(exceptions, i, exception) {
                code = remove_one(context, show_string(exception, "Id") ?: "");
                if (code != EXIT_CODE_OK)
                        return code;
        }

        *ret_count = json_array_size(exceptions);
        return EXIT_CODE_OK;
}

/* The name of a user is no number (the service refuses those), an id is nothing else. */
ExitCode command_disallow(Context *context, const char *const words[], size_t count) {
        CLEANUP(freep) char *removed = NULL;
        size_t removed_count = 1;
        ExitCode code;

        (void) count;
        if (strspn(words[0], "0123456789") == strlen(words[0]))
                code = remove_one(context, words[0]);
        else
                code = remove_all(context, words[0], &removed_count);
        if (code != EXIT_CODE_OK)
                return code;

        removed = show_count(removed_count, "exception");
        if (removed && isatty(STDOUT_FILENO))
                (void) printf("Removed %s.\n", removed);
        return EXIT_CODE_OK;
}
