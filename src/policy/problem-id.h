/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* All problems that there can be. Their names are stable: clients and the manual page know them. */

typedef enum ProblemId {
        PROBLEM_REDIRECT_NEEDS_MTA,
        PROBLEM_MTA_BLOCKED,
        PROBLEM_NAME_UNKNOWN,
        PROBLEM_POLICY_FILE_INVALID,
        PROBLEM_POLICY_FILE_MISSING,
        PROBLEM_POLICY_FILE_NEWER,
        PROBLEM_POLICY_FILE_CHANGED,
        PROBLEM_FIREWALL_MISSING,
        PROBLEM_FIREWALL_DORMANT,
        PROBLEM_FIREWALL_CHANGED,
        PROBLEM_FIREWALL_FAILED,
        PROBLEM_FIREWALL_REPAIRED,
        PROBLEM_FIREWALL_CONTESTED,
        PROBLEM_EXIM_NOT_RUNNING,
        PROBLEM_EXIM_CONFIG_INVALID,
        PROBLEM_EXIM_CONFIG_UNSUPPORTED,
        PROBLEM_EXIM_EDITS_LOST,
        PROBLEM_RELOAD_UNPROVEN,
        PROBLEM_NOBODY_CAN_RELAY,
        PROBLEM_CONNTRACK_NEARLY_FULL,
        PROBLEM_STORAGE_FAILED,
        PROBLEM_TRIAL_TAKEN_BACK,
        PROBLEM_TRIAL_OVERDUE,
        _PROBLEM_ID_MAX,
} ProblemId;

/* "redirect-needs-mta", ... */
const char *problem_id_to_string(ProblemId id);
