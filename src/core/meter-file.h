/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * meter.json: what the mail meter is told of the policy. It is there before anything of Exim's
 * points to the meter, and stays until nothing does any more.
 */

#include "core/store.h"
#include "exim/exim.h"
#include "policy/facts.h"
#include "policy/problem.h"

/*
 * The bytes that the policy needs; NULL if it needs no meter. The caller frees. Return: 0; or a
 * negative errno with EximConfigUnsupported.
 */
WARN_UNUSED int meter_file_render(
                const Policy *policy,
                const HostFacts *facts,
                const EximFacts *exim,
                char **ret_text,
                size_t *ret_size,
                Failure *reterr);

/* Durable at once. Return: 1 if it is another one now, 0 if it was this; or a negative errno with
 * StorageFailed. */
WARN_UNUSED int meter_file_write(
                const Store *store, const char *text, size_t size, Failure *reterr);
/* Return: 0 or a negative errno. */
WARN_UNUSED int meter_file_remove(const Store *store);

/* Is it another file than that with the digest, or gone? Return: 0 or -ENOMEM. */
WARN_UNUSED int meter_file_find_problem(const Digest *wanted, Problems *problems);

/* Does somebody listen for Exim's questions? Starts the meter. */
bool meter_is_reachable(void);

/* Has the meter something set for a subject by name? Then Exim has to ask it, whatever the policy
 * says: who is suspended would be free otherwise. */
bool meter_has_subjects(void);

/* The meter's user: whose its files are. Return: false if it has never run. */
bool meter_find_uid(uint32_t *ret);
