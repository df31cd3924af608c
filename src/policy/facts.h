/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Host facts: what the policy's names mean on this machine, as numbers, and verdicts that were
 * judged when the policy was set. Together with the policy they determine the ruleset. Pure; kept
 * in applied.json so that the boot loader needs neither NSS nor Exim.
 */

#include <jansson.h>

#include "policy/policy.h"
#include "policy/subject-ids.h"

/* Why somebody may connect; or, the last one, may not send. */
typedef enum Because {
        BECAUSE_ROOT,
        BECAUSE_MTA,
        BECAUSE_MAILMAN,
        BECAUSE_ALLOWED_USER,
        BECAUSE_ALLOWED_GROUP, /* AllowedId.detail is the group's name */
        BECAUSE_DENIED_MAIL_USER,
        _BECAUSE_MAX,
} Because;

/* "root", "mta", "mailman", "AllowedUsers", "AllowedGroups", "DeniedMailUsers". */
const char *because_to_string(Because because);

typedef struct AllowedId {
        uint32_t id;
        Because because;
        char *name;   /* owned: the user's or group's name */
        char *detail; /* owned: the group for a member, the MTA for an MTA's user; else NULL */
} AllowedId;

/* Sorted by id, each id once: of two reasons the one that comes first in `Because` stays. */
typedef struct AllowedIds {
        AllowedId *items; /* owned */
        size_t count;
        size_t allocated;
} AllowedIds;

void allowed_ids_done(AllowedIds *ids);
/* Append copies; order is made by allowed_ids_sort(). Return: 0 or -ENOMEM. */
WARN_UNUSED int allowed_ids_append(
                AllowedIds *ids,
                uint32_t id,
                Because because,
                const char *name,
                const char *detail);
void allowed_ids_sort(AllowedIds *ids);
/* Binary search; NULL if it is not there. */
const AllowedId *allowed_ids_find(const AllowedIds *ids, uint32_t id);

typedef struct HostFacts {
        AllowedIds uids;       /* sorted; root is always there */
        AllowedIds gids;       /* sorted: sockets with this primary or effective gid may connect */
        AllowedIds denied;     /* sorted: uids of DeniedMailUsers, for the mail meter */
        PortVerdicts verdicts; /* in effect: the policy's, or its default as judged then */
        StringList unknown_users;  /* of AllowedUsers, no longer resolvable */
        StringList unknown_groups; /* of AllowedGroups */
        StringList unknown_denied; /* of DeniedMailUsers */
        SubjectIds subjects; /* of exceptions; not in the JSON here, but beside the exceptions */
} HostFacts;

void host_facts_done(HostFacts *facts);
/* Do the names mean the same in both? Verdicts are not compared. */
bool host_facts_have_same_names(const HostFacts *a, const HostFacts *b);
WARN_UNUSED int host_facts_copy(const HostFacts *facts, HostFacts *ret);

/* The caller owns the reference. NULL when out of memory. */
json_t *host_facts_to_json(const HostFacts *facts);
/* Return: 0; -EINVAL with the reason; -ENOMEM. */
WARN_UNUSED int host_facts_from_json(const json_t *json, HostFacts *ret, Failure *reterr);
