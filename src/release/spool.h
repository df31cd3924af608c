/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Exim's record of a message (exim -Mvh). Pure. */

#include "util/macro.h"

/* Has our ACL held the message? Its variable stands among Exim's own lines, before the first empty
 * one; what strangers write stands behind that, or in the values of variables, which are skipped.
 */
bool spool_says_held(const char *text, size_t size);
