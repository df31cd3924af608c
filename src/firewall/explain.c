/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <sys/socket.h>

#include "firewall/exception-text.h"
#include "firewall/explain.h"

static uint8_t bits_of(uint8_t family) {
        return family == AF_INET6 ? 128 : 32;
}

/* The element of that set that would stand for the connection. False: of the other family. */
static bool make_key(
                const Question *question, const Connection *connection, ExceptionElement *ret) {
        bool by_gid = question->subject == QUESTION_GID || question->subject == QUESTION_GUARD_GID;

        if (question->family != AF_UNSPEC && question->family != connection->family)
                return false;

        *ret = (ExceptionElement){
                .question = *question,
                .number = by_gid ? connection->gid : connection->uid,
                .port = question->port ? connection->port : 0,
        };
        for (unsigned i = 0; i < MIN_OF(question->prefix, bits_of(connection->family)); i++)
                ret->address[i / 8] |= (uint8_t) (connection->address[i / 8] & 0x80 >> i % 8);
        return true;
}

/* As the kernel's rules do: one set after the other, until one knows the connection. */
static const ExceptionElement *find_exception(
                const ExceptionElements *elements,
                const Connection *connection,
                uint64_t now_usec) {
        for (size_t i = 0; i < elements->count; i = exception_elements_set_end(elements, i)) {
                const Question *question = &elements->items[i].question;
                const ExceptionElement *found;
                ExceptionElement key;

                /* who passes a guard in vain meets no other set either */
                if (question_is_guard(question) || question_is_forwarded(question) ||
                    !make_key(question, connection, &key))
                        continue;
                found = exception_elements_find(elements, &key);
                if (found && !exception_element_is_expired(found, now_usec))
                        return found;
        }

        return NULL;
}

static bool find_port(const PortVerdicts *verdicts, uint16_t port, PortVerdict *ret) {
        for (size_t i = 0; i < verdicts->count; i++)
                if (verdicts->entries[i].port == port) {
                        *ret = verdicts->entries[i].verdict;
                        return true;
                }

        return false;
}

static Explanation decide(
                const RulesetPlan *plan, const Connection *connection, uint64_t now_usec) {
        const HostFacts *facts = plan->facts;
        const AllowedId *user = allowed_ids_find(&facts->uids, connection->uid);
        const AllowedId *group = allowed_ids_find(&facts->gids, connection->gid);
        const ExceptionElement *exception;
        PortVerdict port = PORT_VERDICT_REJECT;

        if (!plan->policy->enabled)
                return (Explanation){ .verdict = EXCEPTION_ALLOW, .decider = DECIDER_NOT_ENABLED };
        if (!find_port(&facts->verdicts, connection->port, &port))
                return (Explanation){ .verdict = EXCEPTION_ALLOW, .decider = DECIDER_PORT };
        if (connection->local)
                return (Explanation){ .verdict = EXCEPTION_ALLOW, .decider = DECIDER_LOCAL };

        exception = user && ruleset_is_always_allowed(user)
                                    ? NULL
                                    : find_exception(&plan->exceptions, connection, now_usec);
        if (exception)
                return (Explanation){
                        .verdict = exception->question.verdict,
                        .decider = DECIDER_EXCEPTION,
                        .exception = exception->id,
                };
        if (user || group)
                return (Explanation){
                        .verdict = EXCEPTION_ALLOW,
                        .decider = user ? DECIDER_ALLOWED : DECIDER_GROUP,
                        .allowed = user ?: group,
                };

        return (Explanation){
                .verdict = port == PORT_VERDICT_REDIRECT ? EXCEPTION_REDIRECT : EXCEPTION_REJECT,
                .decider = DECIDER_DEFAULT,
        };
}

Explanation explain(const RulesetPlan *plan, const Connection *connection, uint64_t now_usec) {
        Explanation explanation;

        assert(plan && connection);

        explanation = decide(plan, connection, now_usec);
        explanation.unobserved = explanation.verdict;
        if (plan->policy->observe && explanation.verdict != EXCEPTION_ALLOW)
                explanation.verdict = EXCEPTION_OBSERVE;

        return explanation;
}
