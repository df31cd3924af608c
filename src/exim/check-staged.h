/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Let Exim judge a configuration that is not in force yet, with our settings in it: it takes it, it
 * would use each value, it sees our lines as they are written, and nobody but root can change what
 * it includes.
 */

#include "exim/ask.h"

/* Return: 0; or a negative errno with EximConfigInvalid, EximConfigUnsupported, EximBlockedByMacro
 * or InvalidValue. Without settings only Exim's own judgement (-bV) counts. */
WARN_UNUSED int exim_check_staged(
                const EximFacts *facts,
                const EximSettings *settings,
                const EximStaged *staged,
                Failure *reterr);
