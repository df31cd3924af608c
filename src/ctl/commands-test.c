/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * test: what a user without rights can reach, beside what the service says about him. It finds what
 * no look at rules can: another program's rules before ours, a mail server that does not answer.
 */

#include <errno.h>
#include <unistd.h>

#include "ctl/commands.h"
#include "ctl/probe.h"
#include "ctl/report.h"
#include "ctl/show.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/parse.h"

#define DEFAULT_USER "nobody"

static const char *found_text(ProbeResult result) {
        static const char *const texts[_PROBE_RESULT_MAX] = {
                [PROBE_SILENT] = "let through",   [PROBE_CONNECTED] = "redirected",
                [PROBE_REFUSED] = "refused",      [PROBE_NO_ROUTE] = "no route",
                [PROBE_FAILED] = "another error",
        };

        return texts[result];
}

static ProbeResult expected_result(const char *verdict) {
        if (string_equal(verdict, "redirect"))
                return PROBE_CONNECTED;

        return string_equal(verdict, "reject") ? PROBE_REFUSED : PROBE_SILENT;
}

/* Without a route nothing can be said, which is neither right nor wrong. */
static int add_result(
                json_t *results,
                const char *tried,
                const char *expected,
                const char *found,
                bool is_known,
                bool as_expected) {
        json_t *result =
                        json_pack("{ss ss ss so}",
                                  "Tried",
                                  tried,
                                  "Expected",
                                  expected,
                                  "Found",
                                  found,
                                  "AsExpected",
                                  is_known ? json_boolean(as_expected) : json_null());

        return json_array_append_new(results, result) < 0 ? -ENOMEM : 0;
}

/* Every restricted port, in both families. Everybody may know which they are. */
static ExitCode plan(Context *context, Probe *probe) {
        CLEANUP(json_decrefp) json_t *status = NULL;
        const char *name;
        json_t *verdict;
        ExitCode code;

        context->caller.ask_password = false;
        code = command_call_plain(context, "Status", &status);
        if (code != EXIT_CODE_OK)
                return code;

        json_object_foreach(
                        json_object_get(status, SMTP_RESTRICTIONS_KEY_PORT_VERDICTS),
                        name,
                        verdict) {
                uint16_t port;

                if (parse_port(name, &port) < 0 || probe->count + 2 > PROBE_CONNECTIONS_MAX)
                        continue;
                probe->connections[probe->count++] = (ProbeConnection){ AF_INET, port, 0 };
                probe->connections[probe->count++] = (ProbeConnection){ AF_INET6, port, 0 };
        }

        return EXIT_CODE_OK;
}

static ExitCode compare(
                Context *context,
                const char *user,
                const ProbeConnection *connection,
                json_t *results) {
        bool is_v6 = connection->family == AF_INET6;
        const char *address = is_v6 ? PROBE_ADDRESS_V6 : PROBE_ADDRESS_V4;
        CLEANUP(json_decrefp) json_t *answer = NULL;
        CLEANUP(freep) char *tried = NULL;
        ProbeResult expected;
        ExitCode code;

        code = command_explain_address(context, user, address, connection->port, &answer);
        if (code != EXIT_CODE_OK)
                return code;

        expected = expected_result(show_string(answer, SMTP_RESTRICTIONS_EXPLAIN_VERDICT));
        tried = string_format("port %u, %s", connection->port, is_v6 ? "IPv6" : "IPv4");
        if (!tried || add_result(results,
                                 tried,
                                 found_text(expected),
                                 found_text(connection->result),
                                 connection->result != PROBE_NO_ROUTE,
                                 connection->result == expected) < 0)
                return report_errno(-ENOMEM, "cannot write the answer");

        return EXIT_CODE_OK;
}

/* The way that is left to everybody. */
static int compare_sendmail(ProbeResult sendmail, json_t *results) {
        const char *found = sendmail == PROBE_CONNECTED  ? "accepted"
                            : sendmail == PROBE_NO_ROUTE ? "not installed"
                            : sendmail == PROBE_REFUSED  ? "refused"
                                                         : "another error";

        return add_result(
                        results,
                        "sendmail",
                        "accepted",
                        found,
                        sendmail != PROBE_NO_ROUTE,
                        sendmail == PROBE_CONNECTED);
}

static ExitCode find_user(const char *name, const struct passwd **ret) {
        errno = 0;
        /* cppcheck-suppress getpwnamCalled // this program has one thread */
        *ret = getpwnam(name);
        if (*ret)
                return EXIT_CODE_OK;

        return report_error(EXIT_CODE_REFUSED, "there is no user '%s'", name);
}

static bool is_all_as_expected(const json_t *results) {
        const json_t *result;
        size_t i;

        json_array_foreach((json_t *) results, i, result) {
                if (json_is_false(json_object_get(result, "AsExpected")))
                        return false;
        }

        return true;
}

ExitCode command_test(Context *context, const char *const words[], size_t count) {
        CLEANUP(json_decrefp) json_t *results = json_array();
        const char *name = count > 0 ? words[0] : geteuid() == 0 ? DEFAULT_USER : NULL;
        const struct passwd *user = NULL;
        Probe probe = {};
        ExitCode code;
        int r;

        if (count > 0 && geteuid() != 0)
                return report_error(EXIT_CODE_USAGE, "test: as another user only root can try");
        if (name) {
                code = find_user(name, &user);
                if (code != EXIT_CODE_OK)
                        return code;
        }

        code = plan(context, &probe);
        if (code != EXIT_CODE_OK)
                return code;
        r = results ? probe_run(&probe, user) : -ENOMEM;
        if (r < 0)
                return report_errno(r, "cannot try");

        for (size_t i = 0; i < probe.count && code == EXIT_CODE_OK; i++)
                code = compare(context, name, &probe.connections[i], results);
        if (code != EXIT_CODE_OK)
                return code;
        if (compare_sendmail(probe.sendmail, results) < 0)
                return report_errno(-ENOMEM, "cannot write the answer");

        code = command_print_answer(context, results, show_test);
        if (code != EXIT_CODE_OK)
                return code;

        return is_all_as_expected(results) ? EXIT_CODE_OK : EXIT_CODE_NOT_ACTIVE;
}
