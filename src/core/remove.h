/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Removal of the package: rules out of the kernel, Exim's files as they were. Works with a broken
 * Exim, and without bus and systemd. policy.json and the state stay, for an install that follows;
 * purging is the package's business.
 */

#include "util/macro.h"

/*
 * Logs its own failures, and goes on after each: as much as can be is given back. *ret_reload_owed:
 * Exim's files changed and Exim could not be told through systemd. Return: 0, or the first negative
 * errno.
 */
WARN_UNUSED int remove_run(bool *ret_reload_owed);
