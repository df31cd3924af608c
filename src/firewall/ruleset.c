/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>

#include "firewall/chains.h"
#include "firewall/ruleset.h"

/* A newline stands before every closing brace that nft 1.0.6 wants one before. */

/* Ids in one `add element`: short enough for people to read. */
#define LINE_ELEMENTS 400

typedef enum SetId {
        SET_PORTS,
        SET_REDIRECTED,
        SET_UIDS,
        SET_GIDS,
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
};

/* How much the log has said of each user, for as long as that matters. */
#define LOG_RATE_SET  "lograte"
#define LOG_RATE_TYPE "uid"

static const char *const counter_names[] = { "rejected", "redirected", "observed", "cut" };

/* clang-format on */

static void append_line(Text *text, const char *verb, const char *name) {
        text_append_format(text, "%s inet " RULESET_TABLE " %s\n", verb, name);
}

static void append_sets(Text *text) {
        for (size_t i = 0; i < _SET_MAX; i++)
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
                if (chain_rules(shape, i))
                        append_chain(text, i);
}

/*
 * Empty what may be there, and remove what must not be. A chain is declared before it is deleted,
 * as nft has no "delete if it is there"; without its hook, so that a declaration of a nat chain
 * does not turn connection tracking on for an instant.
 */
static void append_flushes(Text *text, const ChainShape *shape) {
        for (ChainId i = 0; i < _CHAIN_MAX; i++) {
                if (!chain_rules(shape, i))
                        append_line(text, "add chain", chain_name(i));
                append_line(text, "flush chain", chain_name(i));
        }
        for (ChainId i = 0; i < _CHAIN_MAX; i++)
                if (!chain_rules(shape, i))
                        append_line(text, "delete chain", chain_name(i));

        for (size_t i = 0; i < _SET_MAX; i++)
                append_line(text, "flush set", sets[i].name);
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

static void append_rules(Text *text, ChainId chain, const char *const *rules) {
        for (; *rules; rules++)
                text_append_format(
                                text,
                                "add rule inet " RULESET_TABLE " %s %s\n",
                                chain_name(chain),
                                *rules);
}

/* Contents of sets, and rules. */
static void append_contents(Text *text, const HostFacts *facts, const ChainShape *shape) {
        append_ports(text, &facts->verdicts, SET_PORTS);
        if (shape->redirect)
                append_ports(text, &facts->verdicts, SET_REDIRECTED);
        append_ids(text, &facts->uids, SET_UIDS);
        append_ids(text, &facts->gids, SET_GIDS);
        for (ChainId i = 0; i < _CHAIN_MAX; i++)
                if (chain_rules(shape, i))
                        append_rules(text, i, chain_rules(shape, i));
}

static void append_removal(Text *text) {
        /* `add` also wakes a table that is dormant, and makes the delete work on none */
        text_append_string(text, "add table inet " RULESET_TABLE "\n");
        text_append_string(text, "delete table inet " RULESET_TABLE "\n");
}

int ruleset_render(
                const Policy *policy, const HostFacts *facts, char **ret_text, size_t *ret_size) {
        CLEANUP(text_done) Text text = {};
        ChainShape shape;

        assert(policy && facts && ret_text);

        if (!policy->enabled) {
                append_removal(&text);
                return text_finish(&text, ret_text, ret_size);
        }

        shape = chain_shape(policy, facts);
        text_append_string(&text, "add table inet " RULESET_TABLE "\n");
        append_sets(&text);
        append_counters(&text);
        append_chains(&text, &shape);
        append_flushes(&text, &shape);
        append_contents(&text, facts, &shape);
        return text_finish(&text, ret_text, ret_size);
}

int ruleset_render_anew(
                const Policy *policy,
                const HostFacts *facts,
                const RulesetCounters *counters,
                const Attempts *attempts,
                char **ret_text,
                size_t *ret_size) {
        CLEANUP(text_done) Text text = {};
        ChainShape shape;

        assert(policy && facts && counters && attempts && ret_text);

        append_removal(&text);
        if (!policy->enabled)
                return text_finish(&text, ret_text, ret_size);

        shape = chain_shape(policy, facts);
        text_append_string(&text, "add table inet " RULESET_TABLE "\n");
        append_sets(&text);
        append_counters_with_values(&text, counters);
        append_chains(&text, &shape);
        append_contents(&text, facts, &shape);
        attempts_append_restore(&text, attempts);
        return text_finish(&text, ret_text, ret_size);
}

bool ruleset_set_moves(const char *name) {
        AttemptSet set;

        return attempt_set_from_name(name, &set) || string_equal(name, LOG_RATE_SET);
}

static bool has_set(const char *name, const char *type) {
        AttemptSet set;

        for (size_t i = 0; i < _SET_MAX; i++)
                if (string_equal(name, sets[i].name))
                        return string_equal(type, sets[i].type);
        if (attempt_set_from_name(name, &set))
                return string_equal(type, attempt_set_type(set));

        return string_equal(name, LOG_RATE_SET) && string_equal(type, LOG_RATE_TYPE);
}

bool ruleset_has_object(
                const Policy *policy,
                const HostFacts *facts,
                const char *kind,
                const char *name,
                const char *type) {
        ChainShape shape = chain_shape(policy, facts);

        if (!policy->enabled)
                return false;

        if (string_equal(kind, "set"))
                return has_set(name, type);
        if (string_equal(kind, "counter"))
                for (size_t i = 0; i < ELEMENTS_OF(counter_names); i++)
                        if (string_equal(name, counter_names[i]))
                                return true;
        if (string_equal(kind, "chain"))
                for (ChainId i = 0; i < _CHAIN_MAX; i++)
                        if (string_equal(name, chain_name(i)))
                                return chain_rules(&shape, i) != NULL;

        return false;
}

bool ruleset_allows(const HostFacts *facts, uint32_t uid, uint32_t gid) {
        return allowed_ids_find(&facts->uids, uid) || allowed_ids_find(&facts->gids, gid);
}
