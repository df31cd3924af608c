/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* From a question to the line that answers it. */

#include "meter/ledger-shared.h"
#include "meter/subject-text.h"
#include "meterd/settings.h"
#include "meterd/subject-table.h"

#define DECIDE_ANSWER_SIZE ((size_t) 400)

/*
 * Whose is it? `has_uid`: the kernel knows the local user who has sent it. Return: is there an
 * answer already? Else decide() has it.
 */
bool decide_at_once(
                Settings *settings,
                SubjectTable *subjects,
                const MeterRequest *request,
                bool has_uid,
                uint32_t uid,
                Subjects *ret_names,
                char ret[static DECIDE_ANSWER_SIZE]);
/* By the ledger; `call`: what the server of shared counters has answered, or NULL. Return: 0; a
 * negative errno, on which there is no answer: -ENOSPC (too many messages), -ENOMEM. */
WARN_UNUSED int decide(
                Ledger *ledger,
                Settings *settings,
                const MeterRequest *request,
                const Subjects *names,
                bool has_uid,
                uint32_t uid,
                const LedgerCall *call,
                char ret[static DECIDE_ANSWER_SIZE]);

/*
 * Somebody of this host has sent it and has hung up, so that nobody can say who that was: without
 * this it would be the way to send without limits. Who waits for the answer to his message is not
 * concerned. Return: whether it is refused; false where nothing ever is.
 */
bool decide_without_owner(Settings *settings, char ret[static DECIDE_ANSWER_SIZE]);

/* May who has logged in send so? */
void decide_auth(
                Settings *settings,
                SubjectTable *subjects,
                const MeterRequest *request,
                char ret[static DECIDE_ANSWER_SIZE]);

/* What is in effect for who logs in as that mailbox, or as most of that domain do, and by whose
 * word. */
bool decide_auth_of(
                Settings *settings,
                SubjectTable *subjects,
                const Subject *subject,
                SmtpAuthLevel *ret_level);

/* A delivery's question. Return: 0; -ENOMEM, after which the ledger cannot be used any more. */
WARN_UNUSED int decide_release(
                Ledger *ledger,
                Settings *settings,
                const MeterRequest *request,
                const LedgerCall *call,
                char ret[static DECIDE_ANSWER_SIZE]);
