/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The words for a refusal, for a human who gets them by SMTP. Pure. */

#include "meter/verdict.h"

#define VERDICT_TEXT_SIZE ((size_t) 320)

/*
 * For a human who gets it by SMTP: "4.7.1 ..." or "5.7.1 ...", of printable ASCII. `until_sec` is
 * when there is room again, as far as can be told now. `contact` may be NULL.
 */
void verdict_to_text(
                const Verdict *verdict,
                const LimitState *cause,
                const char *name,
                uint64_t recipients,
                int64_t until_sec,
                const char *contact,
                char ret[static VERDICT_TEXT_SIZE]);

/* The same for a domain of whose recipients too many have failed or wait. */
void verdict_share_text(
                const char *domain,
                uint64_t bad,
                uint64_t recipients,
                const char *contact,
                char ret[static VERDICT_TEXT_SIZE]);

/* The same for somebody who is suspended. */
void verdict_suspended_text(
                SubjectKind kind,
                const char *name,
                const char *contact,
                char ret[static VERDICT_TEXT_SIZE]);

/* The same for who has logged in and may not send so. */
void verdict_no_auth_text(
                const char *mailbox, const char *contact, char ret[static VERDICT_TEXT_SIZE]);

/* The same for a user who may not send to remote domains at all. */
void verdict_denied_user_text(
                const char *name, const char *contact, char ret[static VERDICT_TEXT_SIZE]);
