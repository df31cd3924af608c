/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "notify/event.h"
#include "notify/health.h"
#include "util/text.h"

void health_done(Health *health) {
        json_decref(health->problems);
        free(health->health);
        *health = (Health){};
}

static int append_event(json_t *events, json_t *event) {
        return event && json_array_append_new(events, event) == 0 ? 0 : -ENOMEM;
}

/* Those whose ids are not among the old ones. A notice is no trouble. */
static int append_new_problems(
                const json_t *old, const json_t *problems, json_t *ids, json_t *events) {
        const json_t *problem;
        size_t i;
        int r = 0;

        json_array_foreach(problems, i, problem) {
                const char *id = json_string_value(json_object_get(problem, "Id"));
                const char *severity = json_string_value(json_object_get(problem, "Severity"));

                if (!id || !severity || string_equal(severity, "notice"))
                        continue;
                if (!json_object_get(old, id) && !json_object_get(ids, id))
                        r =
                                        append_event(events,
                                                     json_pack("{ss ss ss ss sO* sO*}",
                                                               "Event",
                                                               event_kind_to_string(EVENT_PROBLEM),
                                                               "Subject",
                                                               EVENT_HOST,
                                                               "Id",
                                                               id,
                                                               "Severity",
                                                               severity,
                                                               "Text",
                                                               json_object_get(problem, "Text"),
                                                               "Hint",
                                                               json_object_get(problem, "Hint")));
                if (r < 0 || json_object_set_new(ids, id, json_true()) < 0)
                        return -ENOMEM;
        }

        return 0;
}

int health_compare(Health *health, const json_t *status, json_t **ret_events, bool *ret_over) {
        CLEANUP(json_decrefp) json_t *events = json_array(), *ids = json_object();
        const char *now = json_string_value(json_object_get(status, "Health"));
        CLEANUP(freep) char *copy = NULL;
        bool over, told;
        int r;

        assert(health && ret_events && ret_over);

        if (!now)
                return -EINVAL;
        copy = strdup(now);
        if (!copy || !events || !ids)
                return -ENOMEM;

        if (!string_equal(now, health->health))
                r =
                                append_event(events,
                                             json_pack("{ss ss ss}",
                                                       "Event",
                                                       event_kind_to_string(EVENT_HEALTH),
                                                       "Subject",
                                                       EVENT_HOST,
                                                       "Health",
                                                       now));
        else
                r = 0;
        if (r >= 0)
                r = append_new_problems(
                                health->problems, json_object_get(status, "Problems"), ids, events);
        if (r < 0)
                return r;
        over = string_equal(now, "ok");
        if (over ? !health->told : !health->health && !string_equal(now, "failed"))
                (void) json_array_clear(events);
        told = !over && (health->told || json_array_size(events) > 0);

        health_done(health);
        *health = (Health){ .health = TAKE(copy), .problems = TAKE(ids), .told = told };
        *ret_over = over;
        *ret_events = TAKE(events);
        return 0;
}
