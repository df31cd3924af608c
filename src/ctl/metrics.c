/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ctl/metrics.h"
#include "ctl/show.h"

#define PREFIX "smtp_restrictions_"

static void begin(Text *text, const char *name, const char *type, const char *help) {
        text_append_format(
                        text,
                        "# TYPE " PREFIX "%s %s\n# HELP " PREFIX "%s %s\n",
                        name,
                        type,
                        name,
                        help);
}

static void append_gauge(Text *text, const char *name, const char *help, long long value) {
        begin(text, name, "gauge", help);
        text_append_format(text, PREFIX "%s %lld\n", name, value);
}

/* Between quotes: the three characters that may not stand there as they are. */
static void append_label_value(Text *text, const char *value) {
        for (; *value; value++)
                if (*value == '\n')
                        text_append_string(text, "\\n");
                else {
                        if (*value == '\\' || *value == '"')
                                text_append_string(text, "\\");
                        text_append(text, value, 1);
                }
}

static void append_flag(
                Text *text,
                const json_t *status,
                const char *key,
                const char *name,
                const char *help) {
        if (json_is_boolean(json_object_get(status, key)))
                append_gauge(text, name, help, show_is_true(status, key));
}

static void append_number(
                Text *text,
                const json_t *status,
                const char *key,
                const char *name,
                const char *help) {
        if (json_is_integer(json_object_get(status, key)))
                append_gauge(text, name, help, show_number(status, key));
}

static void append_health(Text *text, const json_t *status) {
        static const char *const states[] = { "ok", "degraded", "failed" };
        const char *health = show_string(status, "Health");

        if (!health)
                return;
        begin(text, "health", "gauge", "1 for the state that it is in.");
        for (size_t i = 0; i < ELEMENTS_OF(states); i++)
                text_append_format(
                                text,
                                PREFIX "health{state=\"%s\"} %i\n",
                                states[i],
                                string_equal(health, states[i]));
}

static void append_problems(Text *text, const json_t *status) {
        const json_t *problems = json_object_get(status, "Problems"), *problem;
        size_t i;

        if (!json_is_array(problems))
                return;
        begin(text, "problem", "gauge", "1 for each problem that there is.");
        json_array_foreach(problems, i, problem) {
                text_append_string(text, PREFIX "problem{id=\"");
                append_label_value(text, show_string(problem, "Id") ?: "");
                text_append_string(text, "\",severity=\"");
                append_label_value(text, show_string(problem, "Severity") ?: "");
                text_append_string(text, "\"} 1\n");
        }
}

static void append_attempts(Text *text, const json_t *status) {
        static const struct {
                const char *key;
                const char *verdict;
        } verdicts[] = {
                { "Rejected", "reject" },
                { "Redirected", "redirect" },
                { "Observed", "observe" },
        };

        if (!json_is_integer(json_object_get(status, verdicts[0].key)))
                return;
        begin(text,
              "attempts",
              "counter",
              "Connections to remote SMTP ports by who may not, by what became of them.");
        for (size_t i = 0; i < ELEMENTS_OF(verdicts); i++)
                text_append_format(
                                text,
                                PREFIX "attempts_total{verdict=\"%s\"} %lld\n",
                                verdicts[i].verdict,
                                show_number(status, verdicts[i].key));
}

/* The problems last: an id can be there once only, whoever answers. */
static void append_status(Text *text, const json_t *status) {
        append_flag(text, status, "Enabled", "enabled", "The restriction is wanted.");
        append_flag(text, status, "Enforcing", "enforcing", "The restriction is in force.");
        append_flag(text, status, "Observe", "observe", "All is let through, and counted.");
        append_health(text, status);
        append_attempts(text, status);
        append_number(text, status, "Generation", "generation", "Moves with each change.");
        append_number(text, status, "AllowedCount", "allowed_users", "Users that may connect.");
        append_problems(text, status);
}

static const struct {
        const char *window;
        const char *used;
        const char *limit;
} windows[] = {
        { "hour", "HourlyUsed", "HourlyLimit" },
        { "day", "DailyUsed", "DailyLimit" },
};

/* The greatest share of a limit that any of them has used, and how many have used all of one. */
static void find_shares(const json_t *usages, size_t window, double *ret_most, size_t *ret_full) {
        const json_t *usage;
        size_t i;

        *ret_most = 0;
        *ret_full = 0;
        json_array_foreach(usages, i, usage) {
                double limit = (double) show_number(usage, windows[window].limit);
                double used = (double) show_number(usage, windows[window].used);

                if (limit <= 0)
                        continue;
                *ret_most = MAX_OF(*ret_most, used / limit);
                *ret_full += used >= limit;
        }
}

static void append_shares(Text *text, const json_t *usage, bool full) {
        const char *name = full ? "subjects_at_limit" : "limit_used_ratio";
        const json_t *usages;
        const char *kind;

        begin(text,
              name,
              "gauge",
              full ? "How many have used all of their limit, of the 1000 busiest."
                   : "Of the 1000 busiest, what the one nearest to its limit has used of it.");
        json_object_foreach((json_t *) usage, kind, usages) {
                for (size_t i = 0; i < ELEMENTS_OF(windows); i++) {
                        size_t at_limit;
                        double most;

                        find_shares(usages, i, &most, &at_limit);
                        text_append_format(
                                        text,
                                        PREFIX "%s{kind=\"%s\",window=\"%s\"} ",
                                        name,
                                        kind,
                                        windows[i].window);
                        if (full)
                                text_append_number(text, at_limit);
                        else
                                text_append_format(text, "%.4f", most);
                        text_append_string(text, "\n");
                }
        }
}

static void append_meter(Text *text, const json_t *facts) {
        const json_t *usage = json_object_get(facts, "Usage");

        append_flag(text,
                    facts,
                    "MeterUp",
                    "meter_up",
                    "The mail meter answers; left out while no limit needs it.");
        append_number(text, facts, "Held", "held_messages", "Messages that are held, up to 20000.");
        if (json_is_object(usage)) {
                append_shares(text, usage, false);
                append_shares(text, usage, true);
        }
}

void metrics_write(const json_t *facts, Text *text) {
        const json_t *status = json_object_get(facts, "Status");

        static_assert(METRICS_HELD_MAX == 20000, "the help says how many");
        append_gauge(text, "up", "The service answers.", json_is_object(status));
        append_status(text, status);
        append_meter(text, facts);
        text_append_string(text, "# EOF\n");
}
