/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Try a staged configuration beside the one in force, in smtp-restrictions-check@.service: what
 * stands in it runs there, without our rights.
 */

#include "exim/ask.h"

/*
 * Return: 0, also where it could not be tried or judged: probing->left_open then says why; or
 * -EBADMSG with EximConfigInvalid and Exim's words, or -ENOMEM.
 */
WARN_UNUSED int exim_probe_staged(
                EximProbing *probing,
                const EximFacts *facts,
                const EximStaged *staged,
                Failure *reterr);
