/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>
#include <pwd.h>

#include "core/clock.h"
#include "core/engine-explain.h"
#include "core/explain-words.h"
#include "util/own-address.h"
#include "util/text.h"

#define BUFFER_SIZE 16384 /* of one entry of the user database */

/* Return: 1, 0 when there is no such user, or a negative errno. */
static int find_user(const char *name, uint32_t uid, uint32_t *ret_uid, uint32_t *ret_gid) {
        CLEANUP(freep) char *buffer = malloc(BUFFER_SIZE);
        struct passwd entry, *found = NULL;
        int r;

        if (!buffer)
                return -ENOMEM;

        r = name ? getpwnam_r(name, &entry, buffer, BUFFER_SIZE, &found)
                 : getpwuid_r(uid, &entry, buffer, BUFFER_SIZE, &found);
        if (!found)
                return r == ERANGE || r == ENOMEM ? -r : 0;

        *ret_uid = found->pw_uid;
        *ret_gid = found->pw_gid;
        return 1;
}

/* Whom it is about. A uid without a name has no group that is known. */
static int read_user(const JobRequest *request, Connection *connection, Failure *reterr) {
        const ExplainQuestion *question = &request->explain;
        int r;

        connection->uid = question->uid_set ? question->uid : request->uid;
        connection->gid = UINT32_MAX;
        r = find_user(question->user, connection->uid, &connection->uid, &connection->gid);
        if (r < 0)
                return r;
        if (r == 0 && question->user)
                return failure_set(
                                reterr,
                                -ENOENT,
                                FAILURE_UNKNOWN_NAME,
                                SMTP_RESTRICTIONS_EXPLAIN_USER ": there is no user named '%s'",
                                question->user);

        return 0;
}

static int fill_answer(
                const Engine *engine,
                const Explanation *explanation,
                uint16_t port,
                ExplainAnswer *answer) {
        const Policy *policy = &engine->applied.policy;
        const Exception *exception = NULL;
        bool failed;

        answer->verdict = explanation->verdict;
        answer->decision = explain_decision(explanation);
        answer->hint = explain_hint(explanation, port, policy->contact, &failed);
        if (failed)
                return -ENOMEM;

        if (explanation->decider == DECIDER_EXCEPTION)
                exception = exceptions_find(&policy->exceptions, explanation->exception);
        if (exception) {
                answer->exception = exception->id;
                answer->expires_usec = exception->expires_usec;
        }
        return 0;
}

int engine_explain(
                const Engine *engine,
                const JobRequest *request,
                ExplainAnswer *ret,
                Failure *reterr) {
        const ExplainQuestion *question = &request->explain;
        const Applied *applied = &engine->applied;
        CLEANUP(ruleset_plan_done) RulesetPlan plan = {};
        Connection connection = { .family = question->family, .port = question->port };
        Explanation explanation;
        int r;

        memcpy(connection.address, question->address, sizeof(connection.address));
        memcpy(connection.interface, question->interface, sizeof(connection.interface));
        memcpy(connection.source, question->source, sizeof(connection.source));
        connection.source_family = question->source_family;
        ret->uid_set = !question->interface[0];
        r = ret->uid_set ? read_user(request, &connection, reterr) : 0;
        if (r < 0)
                return r;
        r = own_address_ask(connection.family, connection.address, &connection.local);
        if (r < 0)
                return r;

        r = ruleset_plan(&applied->policy, &applied->facts, &plan);
        if (r < 0)
                return r;
        explanation = explain(&plan, &connection, clock_now_usec());
        ret->uid = connection.uid;
        return fill_answer(engine, &explanation, connection.port, ret);
}
