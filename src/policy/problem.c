/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "policy/problem.h"
#include "util/array.h"
#include "util/text.h"

/* Stable: clients and the manual page know them. */
static const char *const id_names[_PROBLEM_ID_MAX] = {
        [PROBLEM_REDIRECT_NEEDS_MTA] = "redirect-needs-mta",
        [PROBLEM_MTA_BLOCKED] = "mta-blocked",
        [PROBLEM_NAME_UNKNOWN] = "name-unknown",
        [PROBLEM_POLICY_FILE_INVALID] = "policy-file-invalid",
        [PROBLEM_POLICY_FILE_MISSING] = "policy-file-missing",
        [PROBLEM_POLICY_FILE_NEWER] = "policy-file-newer",
        [PROBLEM_POLICY_FILE_CHANGED] = "policy-file-changed",
        [PROBLEM_FIREWALL_MISSING] = "firewall-missing",
        [PROBLEM_FIREWALL_DORMANT] = "firewall-dormant",
        [PROBLEM_FIREWALL_CHANGED] = "firewall-changed",
        [PROBLEM_FIREWALL_FAILED] = "firewall-failed",
        [PROBLEM_FIREWALL_REPAIRED] = "firewall-repaired",
        [PROBLEM_FIREWALL_CONTESTED] = "firewall-contested",
        [PROBLEM_EXIM_NOT_RUNNING] = "exim-not-running",
        [PROBLEM_EXIM_CONFIG_INVALID] = "exim-config-invalid",
        [PROBLEM_EXIM_CONFIG_UNSUPPORTED] = "exim-config-unsupported",
        [PROBLEM_EXIM_EDITS_LOST] = "exim-edits-lost",
        [PROBLEM_RELOAD_UNPROVEN] = "reload-unproven",
        [PROBLEM_NOBODY_CAN_RELAY] = "nobody-can-relay",
        [PROBLEM_METER_DOWN] = "meter-down",
        [PROBLEM_METER_FILE_CHANGED] = "meter-file-changed",
        [PROBLEM_SHARED_WEB_USER] = "shared-web-user",
        [PROBLEM_SHARED_COUNTERS_DOWN] = "shared-counters-down",
        [PROBLEM_CONFLICT_CSF] = "conflict-csf",
        [PROBLEM_CONFLICT_CPANEL] = "conflict-cpanel",
        [PROBLEM_CONFLICT_IMUNIFY] = "conflict-imunify",
        [PROBLEM_CONFLICT_IPTABLES] = "conflict-iptables",
        [PROBLEM_FORWARDED_UNRESTRICTED] = "forwarded-unrestricted",
        [PROBLEM_CONNTRACK_NEARLY_FULL] = "conntrack-nearly-full",
        [PROBLEM_STORAGE_FAILED] = "storage-failed",
        [PROBLEM_TRIAL_TAKEN_BACK] = "trial-taken-back",
        [PROBLEM_TRIAL_OVERDUE] = "trial-overdue",
};

static const char *const severity_names[] = {
        [PROBLEM_SEVERITY_NOTICE] = "notice",
        [PROBLEM_SEVERITY_WARNING] = "warning",
        [PROBLEM_SEVERITY_ERROR] = "error",
};

static const char *const health_names[] = {
        [HEALTH_OK] = "ok",
        [HEALTH_DEGRADED] = "degraded",
        [HEALTH_FAILED] = "failed",
};

const char *problem_id_to_string(ProblemId id) {
        assert(id < _PROBLEM_ID_MAX);

        return id_names[id];
}

const char *problem_severity_to_string(ProblemSeverity severity) {
        assert(severity < ELEMENTS_OF(severity_names));

        return severity_names[severity];
}

const char *health_to_string(Health health) {
        assert(health < ELEMENTS_OF(health_names));

        return health_names[health];
}

static void problem_done(Problem *problem) {
        free(problem->text);
        free(problem->hint);
        *problem = (Problem){};
}

void problems_done(Problems *problems) {
        if (!problems)
                return;

        for (size_t i = 0; i < problems->count; i++)
                problem_done(&problems->items[i]);
        free(problems->items);
        *problems = (Problems){};
}

int problems_add(
                Problems *problems,
                ProblemId id,
                ProblemSeverity severity,
                char *text,
                char *hint) {
        CLEANUP(problem_done)
        Problem problem = { .id = id, .severity = severity, .text = text, .hint = hint };
        int r;

        assert(problems && id < _PROBLEM_ID_MAX && severity < ELEMENTS_OF(severity_names));

        if (!text || !hint)
                return -ENOMEM; /* string_format() had no memory */

        r = ARRAY_MAKE_ROOM(&problems->items, &problems->allocated, problems->count + 1);
        if (r < 0)
                return r;

        problems->items[problems->count++] = problem;
        problem = (Problem){};
        return 0;
}

int problems_append_all(Problems *problems, const Problems *more) {
        for (size_t i = 0; i < more->count; i++) {
                const Problem *from = &more->items[i];
                int r;

                r =
                                problems_add(problems,
                                             from->id,
                                             from->severity,
                                             strdup(from->text),
                                             strdup(from->hint));
                if (r < 0)
                        return r;
                problems->items[problems->count - 1].since_usec = from->since_usec;
        }

        return 0;
}

int problems_copy(const Problems *problems, Problems *ret) {
        CLEANUP(problems_done) Problems copy = {};
        int r;

        r = problems_append_all(&copy, problems);
        if (r < 0)
                return r;

        *ret = copy;
        copy = (Problems){};
        return 0;
}

bool problems_have(const Problems *problems, ProblemId id) {
        for (size_t i = 0; i < problems->count; i++)
                if (problems->items[i].id == id)
                        return true;

        return false;
}

/* There are few problems (one per cause, not one per name), so this may be quadratic. */
void problems_remove(Problems *problems, ProblemId id) {
        size_t kept = 0;

        for (size_t i = 0; i < problems->count; i++) {
                if (problems->items[i].id != id) {
                        problems->items[kept++] = problems->items[i];
                        continue;
                }
                free(problems->items[i].text);
                free(problems->items[i].hint);
        }

        problems->count = kept;
}

void problems_keep_since(Problems *problems, const Problems *before, uint64_t now_usec) {
        for (size_t i = 0; i < problems->count; i++) {
                Problem *problem = &problems->items[i];

                problem->since_usec = now_usec;
                for (size_t k = 0; k < before->count; k++)
                        if (before->items[k].id == problem->id &&
                            string_equal(before->items[k].text, problem->text)) {
                                problem->since_usec = before->items[k].since_usec;
                                break;
                        }
        }
}

Health problems_health(const Problems *problems) {
        Health health = HEALTH_OK;

        for (size_t i = 0; i < problems->count; i++)
                switch (problems->items[i].severity) {
                case PROBLEM_SEVERITY_ERROR:
                        return HEALTH_FAILED;
                case PROBLEM_SEVERITY_WARNING:
                        health = HEALTH_DEGRADED;
                        break;
                case PROBLEM_SEVERITY_NOTICE:
                        break;
                }

        return health;
}
