/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <netinet/in.h>

#include "core/verdicts.h"
#include "util/text.h"

Judgement verdicts_judgement(const Policy *before, const Policy *now, bool repair) {
        if (now->enabled && !before->enabled)
                return JUDGEMENT_NEW;
        if (now->port_verdicts_set != before->port_verdicts_set ||
            !port_verdicts_equal(&now->port_verdicts, &before->port_verdicts))
                return JUDGEMENT_NEW;

        return repair ? JUDGEMENT_IMPROVE : JUDGEMENT_KEEP;
}

bool verdicts_has_listener(const SocketList *listening, uint16_t port) {
        return socket_list_has_loopback_listener(listening, AF_INET, port) ||
               socket_list_has_loopback_listener(listening, AF_INET6, port);
}

static int judge_redirect(
                const Policy *policy,
                uint16_t port,
                const SocketList *listening,
                PortVerdict *ret,
                Failure *reterr) {
        bool has_listener = verdicts_has_listener(listening, port);

        if (!has_listener && policy->port_verdicts_set)
                return failure_set(
                                reterr,
                                -EADDRNOTAVAIL,
                                FAILURE_REDIRECT_NEEDS_MTA,
                                "%s: nothing listens on port %u of this host, so nothing can be "
                                "redirected to it; "
                                "start the mail server, or set %u to reject",
                                SMTP_RESTRICTIONS_KEY_PORT_VERDICTS,
                                (unsigned) port,
                                (unsigned) port);

        *ret = has_listener ? PORT_VERDICT_REDIRECT : PORT_VERDICT_REJECT;
        return 0;
}

static bool is_redirected(const PortVerdicts *verdicts, uint16_t port) {
        for (size_t i = 0; i < verdicts->count; i++)
                if (verdicts->entries[i].port == port)
                        return verdicts->entries[i].verdict == PORT_VERDICT_REDIRECT;

        return false;
}

int verdicts_judge(
                const Policy *policy,
                Judgement judgement,
                const PortVerdicts *in_effect,
                const SocketList *listening,
                PortVerdicts *ret,
                Failure *reterr) {
        PortVerdicts verdicts = policy->port_verdicts;

        if (judgement == JUDGEMENT_KEEP) {
                *ret = *in_effect;
                return 0;
        }

        for (size_t i = 0; i < verdicts.count; i++) {
                int r;

                if (verdicts.entries[i].verdict != PORT_VERDICT_REDIRECT)
                        continue;
                if (judgement == JUDGEMENT_IMPROVE &&
                    is_redirected(in_effect, verdicts.entries[i].port))
                        continue;

                r =
                                judge_redirect(policy,
                                               verdicts.entries[i].port,
                                               listening,
                                               &verdicts.entries[i].verdict,
                                               reterr);
                if (r < 0)
                        return r;
        }

        *ret = verdicts;
        return 0;
}

static int add_problem(Problems *problems, uint16_t port, bool redirected) {
        if (redirected)
                return problems_add(
                                problems,
                                PROBLEM_REDIRECT_NEEDS_MTA,
                                PROBLEM_SEVERITY_WARNING,
                                string_format("Port %u is redirected to this host, but nothing "
                                              "listens there: such "
                                              "connections are refused",
                                              (unsigned) port),
                                string_format("Start the mail server, or set port %u to reject",
                                              (unsigned) port));

        return problems_add(
                        problems,
                        PROBLEM_REDIRECT_NEEDS_MTA,
                        PROBLEM_SEVERITY_NOTICE,
                        string_format("Port %u is refused rather than redirected, because nothing "
                                      "listened on it here",
                                      (unsigned) port),
                        string_format("Start a mail server on port %u and run smtp-restrictionsctl "
                                      "reload",
                                      (unsigned) port));
}

int verdicts_find_problems(
                const Policy *policy,
                const PortVerdicts *in_effect,
                const SocketList *listening,
                Problems *problems) {
        if (!policy->enabled)
                return 0;

        for (size_t i = 0; i < policy->port_verdicts.count; i++) {
                uint16_t port = policy->port_verdicts.entries[i].port;
                bool redirected = is_redirected(in_effect, port);
                int r;

                if (policy->port_verdicts.entries[i].verdict != PORT_VERDICT_REDIRECT)
                        continue;
                if (redirected && verdicts_has_listener(listening, port))
                        continue;

                r = add_problem(problems, port, redirected);
                if (r < 0)
                        return r;
        }

        return 0;
}
