/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What our ACLs say: text for each hook (exim/hooks.h) and each wish. Everything below is asked
 * only after the administrator's own ACL has accepted. Pure.
 */

#include "exim/hooks.h"
#include "util/text.h"

typedef struct HookInput {
        const EximHookFacts *facts;
        const MailLimits *limits;
        const char *contact;      /* NULL: nobody */
        const AllowedIds *denied; /* NULL: nobody */
} HookInput;

/* RequireAuth. Its key, or NULL where it is not wanted. */
const char *auth_rules_key(const MailLimits *limits);
void auth_rules_append(Text *text, const HookInput *input);

/* The mail meter. SmtpAuth's hook is there too while something is set for somebody by name. */
const char *meter_rules_auth_key(const MailLimits *limits);
void meter_rules_append_mail(Text *text, const HookInput *input);
void meter_rules_append_rcpt(Text *text, const HookInput *input);
void meter_rules_append_data(Text *text, const HookInput *input);
void meter_rules_append_not_smtp(Text *text, const HookInput *input);
/* A line of an expression that is "yes" for a message of somebody who is, or may be, suspended. */
extern const char meter_rules_suspended[];
/* hold_domains: ours, then the administrator's own. */
void meter_rules_append_hold(Text *text, const HookInput *input);
