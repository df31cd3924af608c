/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* From a question to the line that answers it. */

#include "meter/ledger.h"
#include "meterd/settings.h"

#define DECIDE_ANSWER_SIZE ((size_t) 400)

/*
 * `has_uid`: the kernel knows the local user who has sent it. Return: 0; a negative errno, on which
 * there is no answer: -ENOSPC (too many messages), -ENOMEM.
 */
WARN_UNUSED int decide(
                Ledger *ledger,
                Settings *settings,
                const MeterRequest *request,
                bool has_uid,
                uint32_t uid,
                char ret[static DECIDE_ANSWER_SIZE]);

/* A delivery's question. Return: 0; -ENOMEM, after which the ledger cannot be used any more. */
WARN_UNUSED int decide_release(
                Ledger *ledger, const MeterRequest *request, char ret[static DECIDE_ANSWER_SIZE]);
