/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * explain: what becomes of a connection, for each address that the name has. The name is looked up
 * here, by who asks: the service looks up no names of strangers.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctl/commands.h"
#include "ctl/destination.h"
#include "ctl/report.h"
#include "ctl/show.h"
#include "smtp-restrictions/smtp-restrictions.h"

#define ADDRESSES_MAX 16 /* of one name that are asked about */

static void freeaddrinfop(struct addrinfo **addresses) {
        if (*addresses)
                freeaddrinfo(*addresses);
}

static ExitCode look_up(const Destination *destination, struct addrinfo **ret) {
        const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
        int r = getaddrinfo(destination->host, NULL, &hints, ret);

        if (r == 0)
                return EXIT_CODE_OK;
        return report_error(EXIT_CODE_FAILED, "%s: %s", destination->host, gai_strerror(r));
}

/* Nobody needs a right to ask about himself; so his own name is none. */
static bool is_caller(const char *user) {
        struct passwd entry, *found = NULL;
        char buffer[4096];

        return !user || (getpwnam_r(user, &entry, buffer, sizeof(buffer), &found) == 0 && found &&
                         found->pw_uid == getuid());
}

static ExitCode append_question(
                sd_bus_message *call, const char *user, const char *address, uint16_t port) {
        /* no user has a name with a colon */
        const char *interface = user ? string_after_prefix(user, "interface:") : NULL;
        int r;

        r = sd_bus_message_open_container(call, SD_BUS_TYPE_ARRAY, "{sv}");
        if (r >= 0 && interface)
                r = sd_bus_message_append(
                                call, "{sv}", SMTP_RESTRICTIONS_EXPLAIN_INTERFACE, "s", interface);
        else if (r >= 0 && !is_caller(user))
                r = sd_bus_message_append(call, "{sv}", SMTP_RESTRICTIONS_EXPLAIN_USER, "s", user);
        if (r >= 0)
                r = sd_bus_message_append(
                                call,
                                "{sv}{sv}",
                                SMTP_RESTRICTIONS_EXPLAIN_ADDRESS,
                                "s",
                                address,
                                SMTP_RESTRICTIONS_EXPLAIN_PORT,
                                "q",
                                port);
        if (r >= 0)
                r = sd_bus_message_close_container(call);

        return r < 0 ? report_errno(r, "cannot write the call") : EXIT_CODE_OK;
}

ExitCode command_explain_address(
                Context *context,
                const char *user,
                const char *address,
                uint16_t port,
                json_t **ret) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        ExitCode code;

        code = call_new(&context->caller, "Explain", &call);
        if (code != EXIT_CODE_OK)
                return code;
        code = append_question(call, user, address, port);
        if (code != EXIT_CODE_OK)
                return code;

        return call_finish(&context->caller, call, ret);
}

/* The answer, with the address that it is about. */
static ExitCode ask(
                Context *context,
                const char *user,
                const struct addrinfo *found,
                uint16_t port,
                json_t *answers) {
        CLEANUP(json_decrefp) json_t *answer = NULL;
        char address[INET6_ADDRSTRLEN];
        ExitCode code;

        /* without a scope (%eth0): the service wants the address alone */
        const void *bytes = found->ai_family == AF_INET6
                                            ? (const void *) &((struct sockaddr_in6 *) (void *)
                                                                               found->ai_addr)
                                                              ->sin6_addr
                                            : (const void *) &((struct sockaddr_in *) (void *)
                                                                               found->ai_addr)
                                                              ->sin_addr;

        if (!inet_ntop(found->ai_family, bytes, address, sizeof(address)))
                return report_errno(-errno, "cannot read an address");

        code = command_explain_address(context, user, address, port, &answer);
        if (code != EXIT_CODE_OK)
                return code;

        if (json_object_set_new(answer, SMTP_RESTRICTIONS_EXPLAIN_ADDRESS, json_string(address)) <
                            0 ||
            json_object_set_new(answer, SMTP_RESTRICTIONS_EXPLAIN_PORT, json_integer(port)) < 0 ||
            json_array_append(answers, answer) < 0)
                return report_errno(-ENOMEM, "cannot read the answer");

        return EXIT_CODE_OK;
}

static bool are_let_through(const json_t *answers) {
        json_t *answer;
        size_t i;

        json_array_foreach((json_t *) answers, i, answer) {
                const char *verdict = show_string(answer, SMTP_RESTRICTIONS_EXPLAIN_VERDICT);

                if (!string_equal(verdict, "allow") && !string_equal(verdict, "observe"))
                        return false;
        }

        return true;
}

static ExitCode print(const Context *context, const json_t *answers) {
        CLEANUP(text_done) Text text = {};

        if (context->json) {
                CLEANUP(freep) char *dump = json_dumps(answers, JSON_INDENT(2));

                if (!dump)
                        return report_errno(-ENOMEM, "cannot write the answer");
                text_append_format(&text, "%s\n", dump);
        } else
                show_explanations(answers, &context->style, &text);

        return report_text(&text);
}

ExitCode command_explain(Context *context, const char *const words[], size_t count) {
        CLEANUP(freeaddrinfop) struct addrinfo *addresses = NULL;
        CLEANUP(json_decrefp) json_t *answers = json_array();
        const char *user = count > 1 ? words[0] : NULL;
        Destination destination;
        unsigned asked = 0;
        ExitCode code;

        if (destination_parse(words[count - 1], &destination) < 0)
                return report_error(
                                EXIT_CODE_USAGE,
                                "'%s' is not HOST:PORT, ADDRESS:PORT or [IPV6-ADDRESS]:PORT",
                                words[count - 1]);
        code = look_up(&destination, &addresses);
        if (code != EXIT_CODE_OK)
                return code;

        for (const struct addrinfo *found = addresses; found && asked < ADDRESSES_MAX;
             found = found->ai_next) {
                if (found->ai_family != AF_INET && found->ai_family != AF_INET6)
                        continue;
                code = ask(context, user, found, destination.port, answers);
                if (code != EXIT_CODE_OK)
                        return code;
                asked++;
        }
        code = print(context, answers);
        if (code != EXIT_CODE_OK)
                return code;

        return are_let_through(answers) ? EXIT_CODE_OK : EXIT_CODE_NOT_ACTIVE;
}
