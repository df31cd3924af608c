/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The hooks: places where Exim asks an ACL of ours after the administrator's own has accepted, and
 * where it asks what to hold. What a set of limits needs of them, as ACL files and as options that
 * point to them. Pure.
 *
 * An ACL file is named by its content: a file that Exim may be reading is never replaced by another
 * text, and a configuration that is only being checked can point to files that are there already.
 */

#include "exim/exim.h"
#include "exim/options.h"

#define EXIM_ACL_DIRECTORY "/etc/smtp-restrictions/exim"

typedef enum EximHook {
        EXIM_HOOK_MAIL,
        EXIM_HOOK_RCPT,
        EXIM_HOOK_DATA,
        EXIM_HOOK_NOT_SMTP,
        EXIM_HOOK_HOLD,
        _EXIM_HOOK_MAX,
} EximHook;

/* What Exim says of its configuration as it is without our hooks. */
typedef struct EximHookFacts {
        char *values[_EXIM_HOOK_MAX]; /* owned: the administrator's own; "" where none is set */
        StringList own_domains;       /* named domain lists of mail that is not relayed */
        bool has_auth;                /* somebody can log in */
} EximHookFacts;

void exim_hook_facts_done(EximHookFacts *facts);

typedef struct EximAcl {
        char *path; /* owned */
        char *text; /* owned */
        size_t size;
} EximAcl;

typedef struct EximHooks {
        EximAcl acls[2 * _EXIM_HOOK_MAX];
        size_t acl_count;
        char *values[_EXIM_HOOK_MAX]; /* owned: what the option gets; NULL: it is none of ours */
        bool locks_out;               /* nobody from elsewhere can relay any more */
} EximHooks;

void exim_hooks_done(EximHooks *hooks);

bool exim_hooks_are_wanted(const MailLimits *limits);

/* The main option that each hook is. */
const char *exim_hook_option(EximHook hook);

/*
 * `contact` (may be NULL) is told to people who are refused. `denied` (may be NULL): users of this
 * host that may not send to others. Return: 0; or a negative errno with
 * EximConfigUnsupported where the administrator's configuration cannot be wrapped, saying what to
 * do.
 */
WARN_UNUSED int exim_hooks_render(
                const EximHookFacts *facts,
                const MailLimits *limits,
                const char *contact,
                const AllowedIds *denied,
                EximHooks *ret,
                Failure *reterr);

/* Add the pointers to the settings of the file that the layout has for them. */
void exim_hooks_append_settings(const EximHooks *hooks, EximLayout layout, EximSettings *settings);
