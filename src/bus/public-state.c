/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "bus/codec-write.h"
#include "bus/public-state.h"
#include "dbus/containers.h"
#include "util/text.h"

typedef struct Field {
        const char *name;
        const char *type; /* as D-Bus signature */
        size_t offset;    /* in PublicState */
} Field;

/* clang-format off */
static const Field fields[] = {
        { "Version",      "s",     offsetof(PublicState, version) },
        { "Features",     "as",    offsetof(PublicState, features) },
        { "Enabled",      "b",     offsetof(PublicState, enabled) },
        { "Enforcing",    "b",     offsetof(PublicState, enforcing) },
        { "Active",       "b",     offsetof(PublicState, active) },
        { "Observe",      "b",     offsetof(PublicState, observe) },
        { "PortVerdicts", "a{qs}", offsetof(PublicState, port_verdicts) },
        { "Health",       "s",     offsetof(PublicState, health) },
        { "Busy",         "b",     offsetof(PublicState, busy) },
        { "Generation",   "t",     offsetof(PublicState, generation) },
        { "TryDeadline",  "t",     offsetof(PublicState, try_deadline) },
        { "ProblemCount", "u",     offsetof(PublicState, problem_count) },
};
/* clang-format on */

_Static_assert(ELEMENTS_OF(fields) < PUBLIC_STATE_FIELDS_MAX, "the list of names needs its NULL");

/* What clients may rely on beyond the first version; only ever added to. */
static const char *const features[] = { "firewall", "observe",    "mail-limits", "preview", "try",
                                        "history",  "exceptions", "attempts",    "meter",   NULL };

void public_state_read(const Manager *manager, const LiveState *live, PublicState *ret) {
        const Snapshot *snapshot = manager_snapshot(manager);

        assert(live && ret);

        *ret = (PublicState){
                .version = PROJECT_VERSION,
                .features = features,
                .enabled = snapshot->policy.enabled,
                .enforcing = live->enforcing,
                .active = live->active,
                .observe = snapshot->policy.observe,
                .health = health_to_string(problems_health(&live->problems)),
                .busy = manager_is_busy(manager),
                .generation = snapshot->generation,
                .try_deadline = snapshot->trial_set ? snapshot->trial.deadline_usec : 0,
                .problem_count = (uint32_t) live->problems.count,
        };

        /* until they have been judged on this host, they are as wanted */
        ret->port_verdicts = snapshot->facts.verdicts.count > 0 ? snapshot->facts.verdicts
                                                                : snapshot->policy.port_verdicts;
}

static const void *field_value(const Field *field, const PublicState *state) {
        return (const char *) state + field->offset;
}

static int append_value(const Field *field, const PublicState *state, sd_bus_message *m) {
        const void *value = field_value(field, state);
        int flag;

        switch (field->type[0]) {
        case 'b':
                flag = *(const bool *) value;
                return sd_bus_message_append_basic(m, 'b', &flag);
        case 's':
                return sd_bus_message_append_basic(m, 's', *(const char *const *) value);
        case 'a':
                if (string_equal(field->type, "as"))
                        return codec_append_strings(m, *(const char *const *const *) value);
                return codec_append_port_verdicts(m, value);
        default:
                return sd_bus_message_append_basic(m, field->type[0], value);
        }
}

int public_state_append(const PublicState *state, const char *property, sd_bus_message *m) {
        assert(state && property && m);

        for (size_t i = 0; i < ELEMENTS_OF(fields); i++)
                if (string_equal(fields[i].name, property))
                        return append_value(&fields[i], state, m);

        assert(false);
        return -EINVAL;
}

int public_state_append_all(const PublicState *state, sd_bus_message *m) {
        int r;

        assert(state && m);

        for (size_t i = 0; i < ELEMENTS_OF(fields); i++) {
                r = entry_open(m, fields[i].name, fields[i].type);
                if (r < 0)
                        return r;

                r = append_value(&fields[i], state, m);
                if (r < 0)
                        return r;

                r = entry_close(m);
                if (r < 0)
                        return r;
        }

        return 0;
}

static bool values_equal(const Field *field, const PublicState *a, const PublicState *b) {
        const void *left = field_value(field, a), *right = field_value(field, b);

        switch (field->type[0]) {
        case 'b':
                return *(const bool *) left == *(const bool *) right;
        case 's':
                return string_equal(*(const char *const *) left, *(const char *const *) right);
        case 't':
                return *(const uint64_t *) left == *(const uint64_t *) right;
        case 'u':
                return *(const uint32_t *) left == *(const uint32_t *) right;
        default:
                /* Features never change */
                return string_equal(field->type, "as") || port_verdicts_equal(left, right);
        }
}

size_t public_state_compare(
                const PublicState *before,
                const PublicState *now,
                const char *ret_names[PUBLIC_STATE_FIELDS_MAX]) {
        size_t count = 0;

        assert(before && now && ret_names);

        for (size_t i = 0; i < ELEMENTS_OF(fields); i++)
                if (!values_equal(&fields[i], before, now))
                        ret_names[count++] = fields[i].name;

        ret_names[count] = NULL;
        return count;
}
