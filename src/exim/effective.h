/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Our limits beside the options that the administrator has set himself: what Exim would make of
 * both. Pure. */

#include "policy/mail-limits.h"

/* Options to ask by `exim -bP` for exim_effective_check(). */
#define EXIM_EFFECTIVE_OPTIONS 3
extern const char *const exim_effective_options[EXIM_EFFECTIVE_OPTIONS];

/*
 * `output` is of exim -bP. Exim takes a reserve that leaves nothing, and then refuses everybody
 * without a word. Return: 0, or -EINVAL with InvalidValue naming both sides.
 */
WARN_UNUSED int exim_effective_check(const MailLimits *limits, const char *output, Failure *reterr);

/*
 * The same for what Exim itself refuses (exim -bV), as far as it speaks of the limits. Return:
 * -EINVAL with InvalidValue; or 0, and nothing is set.
 */
WARN_UNUSED int exim_effective_explain(
                const MailLimits *limits, const char *words, Failure *reterr);
