/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <string.h>
#include <sys/socket.h>

#include "firewall/exception-text.h"
#include "firewall/explain.h"

static uint8_t bits_of(uint8_t family) {
        return family == AF_INET6 ? 128 : 32;
}

static bool is_forwarded(const Connection *connection) {
        return connection->interface[0] != 0;
}

/* The element of that set that would stand for the connection. False: of the other family. */
static bool make_key(
                const Question *question, const Connection *connection, ExceptionElement *ret) {
        bool by_source = question->subject == QUESTION_EXEMPT_NETWORK;
        uint8_t family = by_source ? connection->source_family : connection->family;
        const uint8_t *address = by_source ? connection->source : connection->address;
        bool by_gid = question->subject == QUESTION_GID || question->subject == QUESTION_GUARD_GID;

        if (question->family != AF_UNSPEC && question->family != family)
                return false;

        *ret = (ExceptionElement){
                .question = *question,
                .port = question->port ? connection->port : 0,
        };
        if (question_compares_interface(question))
                memcpy(ret->interface, connection->interface, sizeof(ret->interface));
        else if (!by_source)
                ret->number = by_gid ? connection->gid : connection->uid;
        for (unsigned i = 0; i < MIN_OF(question->prefix, bits_of(family)); i++)
                ret->address[i / 8] |= (uint8_t) (address[i / 8] & 0x80 >> i % 8);
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
                if (question_is_guard(question) ||
                    question_is_forwarded(question) != is_forwarded(connection) ||
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

/* Nobody of this host owns its packets; a chain of its own judges them. */
static Explanation decide_forwarded(
                const RulesetPlan *plan, const Connection *connection, uint64_t now_usec) {
        static const ExceptionVerdict verdicts[] = {
                [FORWARDED_ALLOW] = EXCEPTION_ALLOW,
                [FORWARDED_REJECT] = EXCEPTION_REJECT,
                [FORWARDED_OBSERVE] = EXCEPTION_OBSERVE,
        };
        const ExceptionElement *found = find_exception(&plan->exceptions, connection, now_usec);

        if (!found)
                return (Explanation){
                        .verdict = verdicts[plan->policy->forwarded],
                        .decider = DECIDER_FORWARDED,
                };
        if (found->question.subject == QUESTION_INTERFACE)
                return (Explanation){
                        .verdict = found->question.verdict,
                        .decider = DECIDER_EXCEPTION,
                        .exception = found->id,
                };

        return (Explanation){
                .verdict = EXCEPTION_ALLOW,
                .decider = found->question.subject == QUESTION_EXEMPT_INTERFACE
                                           ? DECIDER_EXEMPT_INTERFACE
                                           : DECIDER_EXEMPT_NETWORK,
        };
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
        if (is_forwarded(connection))
                return decide_forwarded(plan, connection, now_usec);

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
        explanation.forwarded = is_forwarded(connection);
        if (plan->policy->observe && explanation.verdict != EXCEPTION_ALLOW)
                explanation.verdict = EXCEPTION_OBSERVE;

        return explanation;
}
