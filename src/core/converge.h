/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * converge(policy): the one transaction, and the only way by which anything on the host is changed.
 * Enable, Disable, SetMailLimits, start after a crash, reload and rollback are all this, with
 * another policy:
 *
 *     read what is there, render, check (nftables dry run; Exim reads the staged text)   nothing
 * has changed so far record    temporaries of policy.json and applied.json, then pending.json
 * durable Exim      rename its files, reload, prove by new listening sockets firewall  one batch,
 * tried before commit    rename policy.json the commit point applied   rename applied.json, remove
 * pending.json
 *
 * A failure before the commit converges back to what is in force; a crash does the same at the next
 * start.
 */

#include "core/engine.h"
#include "core/verdicts.h"

typedef struct ConvergeRequest {
        const Policy *policy;   /* wanted */
        const Policy *known;    /* its names may have vanished since; NULL: any name may */
        const HostFacts *facts; /* take these as they are; NULL: resolve now */
        Judgement judgement;
        PortVerdicts verdicts; /* in effect before, or as recorded */
        bool write_policy;     /* false: policy.json stays, and has this digest */
        Digest digest;
        bool exim_optional; /* an Exim half that cannot be done is a Problem, not a failure */
        bool reload_owed;   /* Exim may run with other text than its files hold */
        bool check_only;    /* stop before anything is changed */
        bool undo; /* the way back: pending.json stays until it is done, nothing is recorded anew */
        bool keep_firewall;    /* undo: the kernel holds what it shall hold */
        const char *dead_unit; /* undo: Exim died and has to be started rather than reloaded; may be
                                  NULL */
        const LastChange *change; /* who asked; NULL: nobody, the change on record stays */
        Trial *trial;             /* this change is on trial: recorded before it begins; gets the
                                     digest of policy.json. NULL: it is not */
        JobResult *preview;       /* where to put ruleset, diffs, problems; NULL: nobody asked */
} ConvergeRequest;

/*
 * On success engine->applied is what is in force. *ret_changed: the policy is another than before.
 * On failure the host is as it was, or the code is RollbackFailed; the text says which.
 */
WARN_UNUSED int converge(
                Engine *engine, const ConvergeRequest *request, bool *ret_changed, Failure *reterr);

/* The policy that is in force once more, with the host as it is now. Return: as converge(). */
WARN_UNUSED int converge_as_applied(
                Engine *engine, bool exim_optional, bool reload_owed, Failure *reterr);
/* The same, where Exim may be left as it is. */
WARN_UNUSED int converge_again(Engine *engine, bool reload_owed, Failure *reterr);
