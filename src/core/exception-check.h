/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Whether an exception that is about to be granted would do anything on this host. */

#include "policy/exception.h"

/*
 * Against the ports that are restricted, and, for one that redirects, who listens here. Return: 0;
 * -EINVAL with InvalidValue; -EADDRNOTAVAIL with RedirectNeedsMta; another negative errno.
 */
WARN_UNUSED int exception_check(
                const Exception *exception, const PortVerdicts *restricted, Failure *reterr);
