/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Which verdicts take effect: a redirect needs a local MTA to redirect to. Judged when a verdict is
 * set, never at boot, in recovery or repair: an MTA that is down for a minute must not change the
 * policy. Pure but for the list of sockets that it is given.
 */

#include "policy/policy.h"
#include "policy/problem.h"
#include "util/socket-list.h"

typedef enum Judgement {
        JUDGEMENT_KEEP,    /* what was in effect stays */
        JUDGEMENT_IMPROVE, /* a default redirect that became a reject is judged again, the others
                              stay */
        JUDGEMENT_NEW,     /* every redirect is judged */
} Judgement;

/* What a change from `before` to `now` calls for; `repair`: Enable or Reload, which look again. */
Judgement verdicts_judgement(const Policy *before, const Policy *now, bool repair);

/*
 * `in_effect`: before the change. Return: 0; -EADDRNOTAVAIL with RedirectNeedsMta when a redirect
 * that was asked for has nothing to go to.
 */
WARN_UNUSED int verdicts_judge(
                const Policy *policy,
                Judgement judgement,
                const PortVerdicts *in_effect,
                const SocketList *listening,
                PortVerdicts *ret,
                Failure *reterr);

/* Does anything listen there, on either family? */
bool verdicts_has_listener(const SocketList *listening, uint16_t port);

/*
 * Problem redirect-needs-mta for each redirect without a listener, and for each default redirect
 * that is a reject now. Return: 0 or -ENOMEM.
 */
WARN_UNUSED int verdicts_find_problems(
                const Policy *policy,
                const PortVerdicts *in_effect,
                const SocketList *listening,
                Problems *problems);
