/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>

#include "firewall/exception-text.h"
#include "firewall/ruleset.h"

/* A newline stands before every closing brace that nft 1.0.6 wants one before. */

/* Ids in one `add element`: short enough for people to read. */
#define LINE_ELEMENTS 400

typedef enum SetId {
        SET_PORTS,
        SET_REDIRECTED,
        SET_UIDS,
        SET_GIDS,
        SET_ALWAYS,
        _SET_MAX,
} SetId;

/* clang-format off */

/* Those that the policy fills. */
static const struct {
        const char *name;
        const char *type;
} sets[_SET_MAX] = {
        [SET_PORTS]      = { "ports",      "inet_service" },
        [SET_REDIRECTED] = { "redirected", "inet_service" },
        [SET_UIDS]       = { "uids",       "uid" },
        [SET_GIDS]       = { "gids",       "gid" },
        /* whom no exception may stop; there with exceptions alone */
        [SET_ALWAYS]     = { "always",     "uid" },
};

/* How much the log has said of each user, for as long as that matters. */
#define LOG_RATE_SET  "lograte"
#define LOG_RATE_TYPE "uid"

static const char *const counter_names[] = { "rejected", "redirected", "observed", "cut" };

/* clang-format on */

static void append_line(Text *text, const char *verb, const char *name) {
        text_append_format(text, "%s inet " RULESET_TABLE " %s\n", verb, name);
}

static bool set_is_there(const ChainShape *shape, SetId set) {
        return set != SET_ALWAYS || shape->exceptions;
}

static void append_sets(Text *text, const RulesetPlan *plan) {
        for (SetId i = 0; i < _SET_MAX; i++)
                if (set_is_there(&plan->shape, i))
                        text_append_format(
                                        text,
                                        "add set inet " RULESET_TABLE " %s { type %s; }\n",
                                        sets[i].name,
                                        sets[i].type);

        /* a full set counts no new ones */
        for (AttemptSet i = 0; i < _ATTEMPT_SET_MAX; i++)
                text_append_format(
                                text,
                                "add set inet " RULESET_TABLE " %s { type %s; size %u; "
                                "flags dynamic,timeout; timeout %ud; counter; }\n",
                                attempt_set_name(i),
                                attempt_set_type(i),
                                i == ATTEMPTS_USERS ? ATTEMPTS_USERS_MAX
                                                    : ATTEMPTS_DESTINATIONS_MAX,
                                i == ATTEMPTS_USERS ? ATTEMPTS_USERS_DAYS
                                                    : ATTEMPTS_DESTINATIONS_DAYS);
        text_append_format(
                        text,
                        "add set inet " RULESET_TABLE " " LOG_RATE_SET " { type " LOG_RATE_TYPE
                        "; size %u; flags dynamic,timeout; timeout 10s; }\n",
                        ATTEMPTS_USERS_MAX);
        exception_text_declare_sets(text, &plan->exceptions);
}

/* Declaring a counter that exists leaves its value alone. */
static void append_counters(Text *text) {
        for (size_t i = 0; i < ELEMENTS_OF(counter_names); i++)
                append_line(text, "add counter", counter_names[i]);
}

static void append_counters_with_values(Text *text, const RulesetCounters *counters) {
        const uint64_t values[] = {
                counters->rejected,
                counters->redirected,
                counters->observed,
                counters->cut,
        };

        for (size_t i = 0; i < ELEMENTS_OF(counter_names); i++)
                text_append_format(
                                text,
                                "add counter inet " RULESET_TABLE " %s { packets %" PRIu64
                                " bytes 0\n}\n",
                                counter_names[i],
                                values[i]);
}

static void append_chain(Text *text, ChainId chain) {
        if (chain_hook(chain))
                text_append_format(
                                text,
                                "add chain inet " RULESET_TABLE " %s { %s }\n",
                                chain_name(chain),
                                chain_hook(chain));
        else
                append_line(text, "add chain", chain_name(chain));
}

static void append_chains(Text *text, const ChainShape *shape) {
        for (ChainId i = 0; i < _CHAIN_MAX; i++)
                if (chain_is_there(shape, i))
                        append_chain(text, i);
}

/* Where there are no exceptions, no word about them: what is left of earlier ones is not ours, and
 * goes with the table. */
static bool may_be_left(const ChainShape *shape, ChainId chain) {
        return shape->exceptions || shape->forward || !chain_is_for_exceptions(chain);
}

/*
 * Empty what may be there, and remove what must not be. A chain is declared before it is deleted,
 * as nft has no "delete if it is there"; without its hook, so that a declaration of a nat chain
 * does not turn connection tracking on for an instant.
 */
static void append_flushes(Text *text, const RulesetPlan *plan) {
        for (ChainId i = 0; i < _CHAIN_MAX; i++) {
                if (!may_be_left(&plan->shape, i))
                        continue;
                if (!chain_is_there(&plan->shape, i))
                        append_line(text, "add chain", chain_name(i));
                append_line(text, "flush chain", chain_name(i));
        }
        for (ChainId i = 0; i < _CHAIN_MAX; i++)
                if (may_be_left(&plan->shape, i) && !chain_is_there(&plan->shape, i))
                        append_line(text, "delete chain", chain_name(i));

        for (SetId i = 0; i < _SET_MAX; i++)
                if (set_is_there(&plan->shape, i))
                        append_line(text, "flush set", sets[i].name);
        exception_text_flush_sets(text, &plan->exceptions);
}

/* Before each element of a set: begins a line, or goes on with it. `index` counts from 0. */
static void append_element_begin(Text *text, SetId set, size_t index) {
        if (index % LINE_ELEMENTS != 0)
                text_append_string(text, ", ");
        else
                text_append_format(
                                text,
                                "%sadd element inet " RULESET_TABLE " %s { ",
                                index > 0 ? "\n}\n" : "",
                                sets[set].name);
}

static void append_elements_end(Text *text, size_t count) {
        if (count > 0)
                text_append_string(text, "\n}\n");
}

static void append_ports(Text *text, const PortVerdicts *verdicts, SetId set) {
        size_t count = 0;

        for (size_t i = 0; i < verdicts->count; i++) {
                if (set == SET_REDIRECTED && verdicts->entries[i].verdict != PORT_VERDICT_REDIRECT)
                        continue;
                append_element_begin(text, set, count++);
                text_append_format(text, "%u", verdicts->entries[i].port);
        }
        append_elements_end(text, count);
}

static void append_ids(Text *text, const AllowedIds *ids, SetId set) {
        for (size_t i = 0; i < ids->count; i++) {
                append_element_begin(text, set, i);
                text_append_format(text, "%" PRIu32, ids->items[i].id);
        }
        append_elements_end(text, ids->count);
}

bool ruleset_is_always_allowed(const AllowedId *id) {
        return id->because == BECAUSE_ROOT || id->because == BECAUSE_MTA ||
               id->because == BECAUSE_MAILMAN;
}

static void append_always(Text *text, const AllowedIds *ids) {
        size_t count = 0;

        for (size_t i = 0; i < ids->count; i++)
                if (ruleset_is_always_allowed(&ids->items[i])) {
                        append_element_begin(text, SET_ALWAYS, count++);
                        text_append_format(text, "%" PRIu32, ids->items[i].id);
                }
        append_elements_end(text, count);
}

/* Contents of sets but for those of exceptions, and rules. */
static void append_contents(Text *text, const RulesetPlan *plan) {
        const HostFacts *facts = plan->facts;

        append_ports(text, &facts->verdicts, SET_PORTS);
        if (plan->shape.redirect)
                append_ports(text, &facts->verdicts, SET_REDIRECTED);
        append_ids(text, &facts->uids, SET_UIDS);
        append_ids(text, &facts->gids, SET_GIDS);
        if (plan->shape.exceptions)
                append_always(text, &facts->uids);
        for (ChainId i = 0; i < _CHAIN_MAX; i++)
                if (chain_is_there(&plan->shape, i))
                        exception_text_add_rules(text, &plan->shape, i, &plan->exceptions);
}

static void append_removal(Text *text) {
        /* `add` also wakes a table that is dormant, and makes the delete work on none */
        text_append_string(text, "add table inet " RULESET_TABLE "\n");
        text_append_string(text, "delete table inet " RULESET_TABLE "\n");
}

RulesetPlan ruleset_plan_unexcepted(const Policy *policy, const HostFacts *facts) {
        assert(policy && facts);

        return (RulesetPlan){
                .policy = policy,
                .facts = facts,
                .shape = chain_shape(policy, facts),
        };
}

int ruleset_plan(const Policy *policy, const HostFacts *facts, RulesetPlan *ret) {
        RulesetPlan plan = ruleset_plan_unexcepted(policy, facts);
        int r;

        assert(ret);

        r = exception_elements_make(policy, &facts->subjects, &plan.exceptions);
        if (r < 0)
                return r;

        *ret = plan;
        return 0;
}

void ruleset_plan_done(RulesetPlan *plan) {
        exception_elements_done(&plan->exceptions);
        *plan = (RulesetPlan){};
}

int ruleset_render(const RulesetPlan *plan, uint64_t now_usec, char **ret_text, size_t *ret_size) {
        CLEANUP(text_done) Text text = {};

        assert(plan && ret_text);

        if (!plan->policy->enabled) {
                append_removal(&text);
                return text_finish(&text, ret_text, ret_size);
        }

        text_append_string(&text, "add table inet " RULESET_TABLE "\n");
        append_sets(&text, plan);
        append_counters(&text);
        append_chains(&text, &plan->shape);
        append_flushes(&text, plan);
        append_contents(&text, plan);
        exception_text_fill_sets(&text, &plan->exceptions, now_usec);
        return text_finish(&text, ret_text, ret_size);
}

int ruleset_render_anew(
                const RulesetPlan *plan,
                uint64_t now_usec,
                const RulesetCounters *counters,
                const Attempts *attempts,
                char **ret_text,
                size_t *ret_size) {
        CLEANUP(text_done) Text text = {};

        assert(plan && counters && attempts && ret_text);

        append_removal(&text);
        if (!plan->policy->enabled)
                return text_finish(&text, ret_text, ret_size);

        text_append_string(&text, "add table inet " RULESET_TABLE "\n");
        append_sets(&text, plan);
        append_counters_with_values(&text, counters);
        append_chains(&text, &plan->shape);
        append_contents(&text, plan);
        exception_text_fill_sets(&text, &plan->exceptions, now_usec);
        attempts_append_restore(&text, attempts);
        return text_finish(&text, ret_text, ret_size);
}

bool ruleset_is_exception_set(const RulesetPlan *plan, const char *name) {
        return exception_text_find_set(&plan->exceptions, name) != NULL;
}

bool ruleset_set_moves(const char *name) {
        AttemptSet set;

        return attempt_set_from_name(name, &set) || string_equal(name, LOG_RATE_SET);
}

static bool has_set(const RulesetPlan *plan, const char *name, const char *type) {
        const Question *question = exception_text_find_set(&plan->exceptions, name);
        char own[QUESTION_TEXT_MAX];
        AttemptSet set;

        for (SetId i = 0; i < _SET_MAX; i++)
                if (string_equal(name, sets[i].name))
                        return set_is_there(&plan->shape, i) && string_equal(type, sets[i].type);
        if (attempt_set_from_name(name, &set))
                return string_equal(type, attempt_set_type(set));
        if (string_equal(name, LOG_RATE_SET))
                return string_equal(type, LOG_RATE_TYPE);
        if (!question)
                return false;

        question_type(question, own);
        return string_equal(type, own);
}

bool ruleset_has_object(
                const RulesetPlan *plan, const char *kind, const char *name, const char *type) {
        if (!plan->policy->enabled)
                return false;

        if (string_equal(kind, "set"))
                return has_set(plan, name, type);
        if (string_equal(kind, "counter"))
                for (size_t i = 0; i < ELEMENTS_OF(counter_names); i++)
                        if (string_equal(name, counter_names[i]))
                                return true;
        if (string_equal(kind, "chain"))
                for (ChainId i = 0; i < _CHAIN_MAX; i++)
                        if (string_equal(name, chain_name(i)))
                                return chain_is_there(&plan->shape, i);

        return false;
}
