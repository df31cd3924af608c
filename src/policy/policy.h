/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The policy: what the administrator wants, for the whole machine. Pure data; everything in this
 * folder is pure. Its keys, types and bounds are those of org.example.SmtpRestrictions(5), sections
 * "Policy keys" and "Mail limit keys".
 */

#include "policy/exceptions.h"
#include "policy/mail-limits.h"
#include "policy/port-verdicts.h"
#include "util/failure.h"
#include "util/string-list.h"

typedef enum Tristate {
        TRISTATE_UNSET = -1,
        TRISTATE_FALSE = 0,
        TRISTATE_TRUE = 1,
} Tristate;

/* What happens to SMTP of containers and virtual machines, which no user of this host owns. */
typedef enum Forwarded {
        FORWARDED_ALLOW,
        FORWARDED_REJECT,
        FORWARDED_OBSERVE,
        _FORWARDED_MAX,
} Forwarded;

/* "allow", "reject", "observe". */
const char *forwarded_to_string(Forwarded forwarded);
/* Return: 0, or -EINVAL with InvalidValue. */
WARN_UNUSED int forwarded_from_string(const char *string, Forwarded *ret, Failure *reterr);

typedef struct Policy {
        bool enabled;
        bool observe;
        bool port_verdicts_set; /* false: the default, of which a redirect without an MTA becomes a
                                   reject */
        PortVerdicts port_verdicts; /* always valid; the default when not set */
        StringList allowed_users;   /* sorted, unique */
        StringList allowed_groups;  /* sorted, unique */
        Tristate cut_existing;      /* unset: as policy_cuts_existing() says */
        Forwarded forwarded;
        StringList forwarded_interfaces; /* sorted, unique; exempt from .forwarded */
        StringList forwarded_networks;   /* likewise, by source address */
        char *contact;                   /* owned; NULL when unset */
        char *domain_owners;             /* owned: path; NULL when unset */
        char *shared_counters;           /* owned: URL; NULL when unset */
        uint32_t shared_share;           /* percent */
        MailLimits mail_limits;
        Exceptions exceptions; /* not in policy.json, and no policy key: granted one by one */
} Policy;

/* All defaults. */
void policy_init(Policy *policy);
void policy_done(Policy *policy);
WARN_UNUSED int policy_copy(const Policy *policy, Policy *ret);
/* But for the exceptions. */
bool policy_equal(const Policy *a, const Policy *b);

/* CutExisting, or its default: true where a port of `effective` is redirected (conntrack is on
 * there anyway). */
bool policy_cuts_existing(const Policy *policy, const PortVerdicts *effective);

/*
 * The whole policy: every bound below, and rules that no single key can be checked for
 * (SmtpAcceptMax 0 beside SmtpAcceptMaxPerHost, ...). What passes can be written to policy.json and
 * read back. Return: 0, or -EINVAL with InvalidValue naming the key.
 */
WARN_UNUSED int policy_check(const Policy *policy, Failure *reterr);

/* Bounds of single values, shared by codec and file. Return: 0, or -EINVAL with InvalidValue whose
 * text begins "KEY:". */
WARN_UNUSED int policy_check_name(const char *key, const char *name, Failure *reterr);
/* The same for entries of ForwardedInterfaces (and the subject of an exception), -Networks. */
WARN_UNUSED int policy_check_interface(const char *key, const char *name, Failure *reterr);
WARN_UNUSED int policy_check_network(const char *key, const char *network, Failure *reterr);
/* An empty one passes: it takes the contact, the path, or the server, away. */
WARN_UNUSED int policy_check_contact(const char *contact, Failure *reterr);
WARN_UNUSED int policy_check_domain_owners(const char *path, Failure *reterr);
WARN_UNUSED int policy_check_shared_counters(const char *url, Failure *reterr);
WARN_UNUSED int policy_check_shared_share(uint64_t percent, Failure *reterr);
/* Entries of a list; to be asked before they are copied. */
WARN_UNUSED int policy_check_count(
                const char *key, size_t count, size_t min, size_t max, Failure *reterr);
