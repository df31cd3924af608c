/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The policy: what the administrator wants, for the whole machine. Pure data; everything in this
 * folder is pure. Its keys, types and bounds are those of org.example.SmtpRestrictions(5), sections
 * "Policy keys" and "Mail limit keys".
 */

#include "policy/mail-limits.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/failure.h"
#include "util/string-list.h"

typedef enum PortVerdict {
        PORT_VERDICT_REDIRECT, /* to the same port of the local MTA */
        PORT_VERDICT_REJECT,   /* refused at once, by a TCP reset */
        _PORT_VERDICT_MAX,
} PortVerdict;

const char *port_verdict_to_string(PortVerdict verdict);
/* Return: 0 or -EINVAL. */
WARN_UNUSED int port_verdict_from_string(const char *string, PortVerdict *ret);

/* What happens on which port to who may not connect. Sorted by port, no port twice. */
typedef struct PortVerdicts {
        struct {
                uint16_t port;
                PortVerdict verdict;
        } entries[SMTP_RESTRICTIONS_PORTS_MAX];
        size_t count;
} PortVerdicts;

/* 25 redirect, 465 and 587 reject. */
extern const PortVerdicts port_verdicts_default;

enum { PORT_VERDICTS_E_TWICE = 1, PORT_VERDICTS_E_FULL };

/* Insert at its place. Return: 0 or PORT_VERDICTS_E_*. */
WARN_UNUSED int port_verdicts_add(PortVerdicts *verdicts, uint16_t port, PortVerdict verdict);
bool port_verdicts_equal(const PortVerdicts *a, const PortVerdicts *b);
bool port_verdicts_have(const PortVerdicts *verdicts, PortVerdict verdict);

typedef enum Tristate {
        TRISTATE_UNSET = -1,
        TRISTATE_FALSE = 0,
        TRISTATE_TRUE = 1,
} Tristate;

typedef struct Policy {
        bool enabled;
        bool observe;
        bool port_verdicts_set; /* false: the default, of which a redirect without an MTA becomes a
                                   reject */
        PortVerdicts port_verdicts; /* always valid; the default when not set */
        StringList allowed_users;   /* sorted, unique */
        StringList allowed_groups;  /* sorted, unique */
        Tristate cut_existing;      /* unset: as policy_cuts_existing() says */
        char *contact;              /* owned; NULL when unset */
        MailLimits mail_limits;
} Policy;

/* All defaults. */
void policy_init(Policy *policy);
void policy_done(Policy *policy);
WARN_UNUSED int policy_copy(const Policy *policy, Policy *ret);
bool policy_equal(const Policy *a, const Policy *b);

/* CutExisting, or its default: true where a port of `effective` is redirected (conntrack is on
 * there anyway). */
bool policy_cuts_existing(const Policy *policy, const PortVerdicts *effective);

/*
 * Whole-policy rules that no single key can be checked for (SmtpAcceptMax 0 beside
 * SmtpAcceptMaxPerHost, ...). Return: 0, or -EINVAL with InvalidValue naming the key.
 */
WARN_UNUSED int policy_check(const Policy *policy, Failure *reterr);

/* Bounds of single values, shared by codec and file. Return: 0, or -EINVAL with InvalidValue whose
 * text begins "KEY:". */
WARN_UNUSED int policy_check_name(const char *key, const char *name, Failure *reterr);
WARN_UNUSED int policy_check_contact(const char *contact, Failure *reterr);
